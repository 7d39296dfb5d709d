// The search field with its suggestions: a combobox, as screen readers know it.
import { html, useEffect, useLayoutEffect, useRef, useState } from "../vendor/preact.js";
import { address, change } from "../address.js";
import { get } from "../api.js";
import { t } from "../language.js";

const PAUSE = 80;
const TYPING = 150; // milliseconds of rest before what was typed is asked for

export function SearchField() {
  const { typed, type, ask } = useTyped();
  const [offered, setOffered] = useState([]);
  const [at, setAt] = useState(-1);
  const field = useRef(null);
  useLayoutEffect(() => { if (matchMedia("(pointer: fine)").matches) field.current.focus(); }, []);
  const [suggest, settle] = useSuggestions(setOffered);

  const close = () => { settle(); setOffered([]); setAt(-1); };
  const submit = (chosen) => {
    close();
    ask(chosen);
  };
  const typing = (event) => {
    setAt(-1);
    suggest(event.target.value);
    type(event.target.value);
  };
  const key = (event) => {
    const step = { ArrowDown: 1, ArrowUp: -1 }[event.key];
    if (step && offered.length) {
      event.preventDefault();
      settle(); // who chooses among suggestions is given no others
      setAt((at + 1 + step + offered.length + 1) % (offered.length + 1) - 1);
    } else if (event.key === "Enter") {
      event.preventDefault();
      submit(at >= 0 ? offered[at].text : typed);
    } else if (event.key === "Escape") {
      if (offered.length) event.preventDefault();
      close();
    }
  };
  const open = offered.length > 0;
  return html`<div class="search" role="search">
    <input type="text" enterkeyhint="search" ref=${field} value=${typed} onInput=${typing} onKeyDown=${key} onBlur=${close}
      role="combobox" aria-label=${t("search.field")} aria-expanded=${open} aria-controls="suggestions" aria-autocomplete="list"
      aria-activedescendant=${at >= 0 ? `suggestion-${at}` : undefined}
      placeholder=${t("search.placeholder")} autocomplete="off" autocapitalize="off" spellcheck=${false} maxlength="500" />
    ${typed && html`<button class="quiet clear" aria-label=${t("search.clear")}
      onClick=${() => { submit(""); field.current.focus(); }}>✕</button>`}
    <ul id="suggestions" role="listbox" aria-label=${t("search.suggestions")} hidden=${!open}>
      ${offered.map((one, place) => html`<li key=${one.text} id=${`suggestion-${place}`} role="option" aria-selected=${place === at}
        onPointerDown=${(event) => { event.preventDefault(); submit(one.text); }}>${one.text}<span class="count">${one.count}</span></li>`)}
    </ul>
  </div>`;
}

const said = () => address().query.get("q") ?? "";

/** The search's address with other words. */
const worded = (text, options) => change("search", (query) => {
  query.delete("as");
  if (text) query.set("q", text);
  else query.delete("q");
}, options);

/** What is typed: the address follows once the hands rest, and is followed where it changes by itself: back, or a link. */
function useTyped() {
  const [typed, setTyped] = useState(said);
  const put = useRef(typed.trim());
  const timer = useRef(0);
  useLayoutEffect(() => {
    const follow = () => {
      if (said() === put.current) return;
      clearTimeout(timer.current);
      put.current = said();
      setTyped(said());
    };
    addEventListener("hashchange", follow);
    return () => {
      removeEventListener("hashchange", follow);
      clearTimeout(timer.current);
    };
  }, []);
  const write = (text, options) => {
    put.current = text.trim();
    worded(text.trim(), options);
  };
  const later = (text, act) => {
    setTyped(text);
    clearTimeout(timer.current);
    act();
  };
  return {
    typed,
    ask: (text) => later(text, () => write(text)),
    type: (text) => later(text, () => { timer.current = setTimeout(() => write(text, { replace: true }), TYPING); }),
  };
}

/** [asks for those of a text, takes no others any longer]. */
function useSuggestions(set) {
  const pending = useRef({ timer: 0, stop: null });
  const stop = () => {
    clearTimeout(pending.current.timer);
    pending.current.stop?.abort();
  };
  useEffect(() => stop, []);
  const suggest = (text) => {
    stop();
    if (text.trim().length < 2) {
      set([]);
      return;
    }
    pending.current.timer = setTimeout(async () => {
      const cut = new AbortController();
      pending.current.stop = cut;
      try {
        const { items } = await get("/search/suggestions", { q: text, limit: 6 }, { signal: cut.signal });
        if (!cut.signal.aborted) set(items.filter((one) => one.text !== text.trim().toLowerCase()));
      } catch {
        if (!cut.signal.aborted) set([]); // suggestions are a convenience: the search itself says what is wrong
      }
    }, PAUSE);
  };
  return [suggest, stop];
}
