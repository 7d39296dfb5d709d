// As on a machine that is starved: each answer and each frame comes late, by any time up to «most» milliseconds.
(most) => {
  const { fetch, requestAnimationFrame, setTimeout } = window;
  const FRAME = 100; // what the page waits for a frame at most
  const any = () => Math.random() * most / 2;
  const pause = (signal) => new Promise((on, stopped) => {
    const stop = () => stopped(new DOMException("stopped", "AbortError"));
    if (signal?.aborted) stop();
    signal?.addEventListener("abort", stop);
    setTimeout(on, any());
  });
  window.fetch = async (url, options = {}) => {
    if (!options.keepalive) await pause(options.signal); // who closes the page waits for nothing
    const answer = await fetch(url, options);
    await pause(options.signal);
    return answer;
  };
  window.requestAnimationFrame = (act) => requestAnimationFrame(() => setTimeout(() => act(performance.now()), any()));
  window.setTimeout = (act, time, ...rest) => setTimeout(act, time === FRAME ? time + any() : time, ...rest);
}
