// The frame around each view: where one is, where one can go, language and colours.
import { html, useEffect, useLayoutEffect, useRef, useState } from "./vendor/preact.js";
import { useAddress } from "./address.js";
import { language, LANGUAGES, speak, t } from "./language.js";
import { Failure, Notice, Waiting } from "./parts.js";

const VIEWS = {
  search: () => import("./views/search.js"),
  materials: () => import("./views/material.js"),
  compare: () => import("./views/compare.js"),
  lists: () => import("./views/lists.js"),
  changes: () => import("./views/changes.js"),
  estimates: () => import("./views/estimates.js"),
  reviews: () => import("./views/reviews.js"),
  state: () => import("./views/state.js"),
};
const PLACES = ["search", "lists", "reviews", "changes", "estimates", "state"];
const THEME = "quarry.theme";

export function Shell({ version }) {
  const [spoken, setSpoken] = useState(language());
  const { path } = useAddress();
  const name = path[0] in VIEWS ? path[0] : path.length ? null : "search";
  const main = useRef(null);
  const arrived = useRef(true);
  useLayoutEffect(() => {
    // A new view begins at its top, with its drawing: later, the focus is where a person has put it. But not the first one, whose search field has the focus.
    if (!arrived.current) {
      main.current.focus({ preventScroll: true });
      window.scrollTo(0, 0);
    }
    arrived.current = false;
  }, [name, path.slice(1).join("/")]);
  const places = useRef(null);
  useLayoutEffect(() => {
    // A phone shows some of the places: the one where one is must be among them.
    const here = places.current.querySelector("[aria-current]");
    if (here) places.current.scrollLeft = here.offsetLeft - (places.current.clientWidth - here.offsetWidth) / 2;
  }, [name, spoken]);
  const choose = (chosen) => speak(chosen, { keep: true }).then(() => setSpoken(language()));
  return html`
    <a class="skip" href="#main" onClick=${(event) => { event.preventDefault(); main.current.focus(); }}>${t("skip")}</a>
    <header class="top">
      <a class="brand" href="#/">Quarry</a>
      <nav ref=${places} aria-label=${t("nav.label")}>
        ${PLACES.map((place) => html`<a href="#/${place}" aria-current=${place === name ? "page" : undefined}>${t(`nav.${place}`)}</a>`)}
      </nav>
      <div class="switches">
        <${ThemeSwitch} />
        <select aria-label=${t("language")} value=${spoken} onChange=${(event) => choose(event.target.value)}>
          ${Object.entries(LANGUAGES).map(([code, label]) => html`<option value=${code}>${label}</option>`)}
        </select>
      </div>
    </header>
    <main id="main" tabindex="-1" ref=${main}>
      ${name ? html`<${View} key=${name} name=${name} path=${path} />` : html`<${Notice}>${t("nowhere")}<//>`}
    </main>
    <footer class="foot">Quarry ${version}</footer>`;
}

function View({ name, path }) {
  const [state, setState] = useState({});
  useEffect(() => {
    VIEWS[name]()
      .then((module) => setState({ view: module.default }))
      // The page has a newer version, whose files have other addresses.
      .catch(() => setState({ problem: new Error(t("problem.newer")) }));
  }, [name]);
  if (state.problem) return html`<${Failure} problem=${state.problem} again=${() => location.reload()} />`;
  return state.view ? html`<${state.view} path=${path} />` : html`<${Waiting} />`;
}

function ThemeSwitch() {
  const [theme, setTheme] = useState(localStorage.getItem(THEME) ?? "auto");
  useLayoutEffect(() => { document.documentElement.dataset.theme = theme; }, [theme]);
  // Kept at once: an effect waits for the next frame, which a page that is left never has.
  const choose = (chosen) => { localStorage.setItem(THEME, chosen); setTheme(chosen); };
  return html`<select aria-label=${t("theme")} value=${theme} onChange=${(event) => choose(event.target.value)}>
    ${["auto", "light", "dark"].map((one) => html`<option value=${one}>${t(`theme.${one}`)}</option>`)}
  </select>`;
}
