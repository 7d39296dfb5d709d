// Materials that were chosen to be compared, at most five; they stay chosen from one search to the next.
import { html, useState } from "../vendor/preact.js";
import { link } from "../address.js";
import { t } from "../language.js";

const MOST = 5;
const KEPT = "quarry.compared";

export function useCompared() {
  const [chosen, setChosen] = useState(() => JSON.parse(sessionStorage.getItem(KEPT) ?? "[]"));
  const keep = (next) => {
    sessionStorage.setItem(KEPT, JSON.stringify(next));
    setChosen(next);
  };
  return {
    chosen,
    ids: chosen.map((one) => one.id),
    full: chosen.length >= MOST,
    clear: () => keep([]),
    toggle: ({ id, name }) => keep(chosen.some((one) => one.id === id)
      ? chosen.filter((one) => one.id !== id)
      : [...chosen, { id, name }].slice(0, MOST)),
  };
}

export function CompareBar({ compared }) {
  if (compared.chosen.length === 0) return null;
  return html`<aside class="compare-bar" aria-label=${t("compare.chosen")}>
    <ul class="chips">${compared.chosen.map((one) => html`<li class="chip" key=${one.id}><span class="name">${one.name}</span>
      <button class="quiet" aria-label=${t("compare.drop", { name: one.name })} onClick=${() => compared.toggle(one)}>✕</button></li>`)}</ul>
    <a class="button primary" href=${link("compare", { id: compared.ids })}>${t("compare.go", { n: compared.ids.length })}</a>
    <button class="quiet" onClick=${compared.clear}>${t("compare.clear")}</button>
  </aside>`;
}
