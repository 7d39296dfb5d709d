// The search field with its suggestions: a combobox, as screen readers know it.
import { html, useEffect, useRef, useState } from "../vendor/preact.js";
import { get } from "../api.js";
import { t } from "../language.js";

const PAUSE = 80;

export function SearchField({ text, ask }) {
  const [typed, setTyped] = useState(text);
  const [offered, setOffered] = useState([]);
  const [at, setAt] = useState(-1);
  const field = useRef(null);
  const sent = useRef(text);
  // The address may change by itself: back, or a link.
  useEffect(() => {
    if (text !== sent.current) setTyped(text);
    sent.current = text;
  }, [text]);
  useEffect(() => { if (matchMedia("(pointer: fine)").matches) field.current.focus(); }, []);
  const suggest = useSuggestions(setOffered);

  const close = () => { suggest(""); setOffered([]); setAt(-1); };
  const submit = (chosen) => {
    setTyped(chosen);
    sent.current = chosen.trim();
    close();
    ask(chosen.trim(), { now: true });
  };
  const typing = (event) => {
    const value = event.target.value;
    setTyped(value);
    setAt(-1);
    sent.current = value.trim();
    suggest(value);
    ask(value.trim());
  };
  const key = (event) => {
    const step = { ArrowDown: 1, ArrowUp: -1 }[event.key];
    if (step && offered.length) {
      event.preventDefault();
      setAt((at + 1 + step + offered.length + 1) % (offered.length + 1) - 1);
    } else if (event.key === "Enter") {
      event.preventDefault();
      submit(at >= 0 ? offered[at].text : typed);
    } else if (event.key === "Escape" && offered.length) {
      event.preventDefault();
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

function useSuggestions(set) {
  const pending = useRef({ timer: 0, stop: null });
  const stop = () => {
    clearTimeout(pending.current.timer);
    pending.current.stop?.abort();
  };
  useEffect(() => stop, []);
  return (text) => {
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
        set([]); // suggestions are a convenience: the search itself says what is wrong
      }
    }, PAUSE);
  };
}
