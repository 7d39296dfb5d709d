// What several views are made of.
import { html, useEffect, useLayoutEffect, useRef, useState } from "./vendor/preact.js";
import { language, t } from "./language.js";

/** The words that matched, from the API's «<mark>» markup, as text: nothing of it is taken as HTML. */
export function Marked({ text }) {
  return text.split(/(<mark>.*?<\/mark>)/).map((part) =>
    part.startsWith("<mark>") ? html`<mark>${unescaped(part.slice(6, -7))}</mark>` : unescaped(part));
}

const ENTITIES = { "&amp;": "&", "&lt;": "<", "&gt;": ">", "&quot;": '"', "&#x27;": "'", "&#39;": "'" };
const unescaped = (text) => text.replace(/&(?:amp|lt|gt|quot|#x27|#39);/g, (entity) => ENTITIES[entity]);

export function Tag({ kind = "plain", children, title }) {
  return html`<span class="tag ${kind}" title=${title}>${children}</span>`;
}

export function Notice({ kind = "info", children, live = true }) {
  return html`<div class="notice ${kind}" role=${live ? (kind === "error" ? "alert" : "status") : undefined}>${children}</div>`;
}

/** What went wrong, in words, with a way to try again. */
export function Failure({ problem, again }) {
  return html`<${Notice} kind="error">
    <p>${problem.message}</p>
    ${problem.errors?.length > 0 && html`<ul>${problem.errors.map((one) => html`<li>${one.message}</li>`)}</ul>`}
    ${again && html`<button onClick=${again}>${t("again")}</button>`}
  <//>`;
}

export function Waiting() {
  return html`<p class="waiting" role="status"><span class="spinner" aria-hidden="true"></span>${t("waiting")}</p>`;
}

/** What «load» gives: [answer, problem, again]; the former answer stays until the next is there. */
export function useAnswer(load, about) {
  const [state, setState] = useState({ answer: null, problem: null });
  const [times, setTimes] = useState(0);
  useEffect(() => {
    const stop = new AbortController();
    load(stop.signal)
      .then((answer) => stop.signal.aborted || setState({ answer, problem: null }))
      .catch((problem) => {
        if (problem.name !== "AbortError" && !stop.signal.aborted) setState(({ answer }) => ({ answer, problem }));
      });
    return () => stop.abort();
  }, [...about, times, language()]); // some answers are in the page's language
  return [state.answer, state.problem, () => setTimes((count) => count + 1), (answer) => setState({ answer, problem: null })];
}

export function Dialog({ title, close, children }) {
  const element = useRef(null);
  useLayoutEffect(() => {
    element.current.showModal();
    return () => element.current?.close();
  }, []);
  return html`<dialog ref=${element} aria-label=${title} onCancel=${(event) => { event.preventDefault(); close(); }}>
    <header><h2>${title}</h2><button class="quiet" aria-label=${t("close")} onClick=${close}>✕</button></header>
    ${children}
  </dialog>`;
}

/** A table that scrolls by itself where the window is narrow, also by keys. */
export function Scrolled({ label, children }) {
  return html`<div class="scrolled" tabindex="0" role="group" aria-label=${label}>${children}</div>`;
}

export function useTitle(title) {
  useEffect(() => { document.title = title ? `${title} · Quarry` : "Quarry"; }, [title]);
}

/** The next page of a list, where there is one. What comes when another list is shown already is left. */
export function More({ page, set, load, field = "items" }) {
  const shown = useRef(page);
  shown.current = page;
  useEffect(() => () => { shown.current = null; }, []);
  const [last, setLast] = useState({});
  const state = last.page === page ? last : {};
  if (!page?.next_cursor) return null;
  const more = async () => {
    setLast({ page, busy: true });
    try {
      const next = await load(page.next_cursor);
      if (shown.current === page) set({ ...page, [field]: [...page[field], ...next[field]], next_cursor: next.next_cursor });
    } catch (problem) {
      if (shown.current === page) setLast({ page, problem });
    }
  };
  return state.problem ? html`<${Failure} problem=${state.problem} again=${more} />`
    : html`<p class="more"><button disabled=${state.busy} onClick=${more}>${t("more")}</button></p>`;
}

/** A text field that keeps what is being typed, whatever is drawn anew meanwhile. «take» gets it when one leaves the field,
 * unless «fault» says in words what is wrong with it. */
export function TextField({ value, take, fault = () => "", ...others }) {
  const [typed, setTyped] = useState(null);
  const typing = useRef(false);
  useEffect(() => { if (!typing.current) setTyped(null); }, [value]);
  const type = ({ target }) => {
    typing.current = true;
    target.setCustomValidity("");
    setTyped(target.value);
  };
  // What was typed and deleted again is no change, and «onChange» says nothing of it.
  const rest = ({ target }) => {
    if (target.value !== value) return;
    typing.current = false;
    setTyped(null);
  };
  const leave = ({ target }) => {
    target.setCustomValidity(fault(target.value));
    if (!target.reportValidity()) return;
    typing.current = false;
    take(target.value);
  };
  return html`<input type="text" ...${others} value=${typed ?? value} onInput=${type} onChange=${leave} onBlur=${rest} />`;
}
