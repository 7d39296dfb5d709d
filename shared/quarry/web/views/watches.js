// Watches: a material, or whatever has the words of a query, below a price.
import { html, useState } from "../vendor/preact.js";
import { link, useAddress } from "../address.js";
import { all, baseCurrency, put, remove } from "../api.js";
import { ago, money, supplier } from "../format.js";
import { t } from "../language.js";
import { Failure, Tag, useAnswer, Waiting } from "../parts.js";

export function Watches() {
  const { query } = useAddress();
  const [items, problem, again] = useAnswer((signal) => all("/watches", {}, 1000, { signal }), []);
  return html`
    <p class="quiet-text">${t("watches.how")}</p>
    <${New} query=${query} made=${again} />
    ${problem && html`<${Failure} problem=${problem} again=${again} />`}
    ${!items && !problem && html`<${Waiting} />`}
    ${items?.length === 0 && html`<p class="quiet-text">${t("watches.none")}</p>`}
    <ul class="plain">${items?.map((one) => html`<${Watch} key=${one.id} watch=${one} gone=${again} />`)}</ul>`;
}

function New({ query, made }) {
  const material = query.get("material");
  const [given, setGiven] = useState({ query: query.get("q") ?? "", below: "", unit: query.get("unit") ?? "", currency: baseCurrency() });
  const [problem, setProblem] = useState(null);
  const typed = (name) => (event) => setGiven({ ...given, [name]: event.target.value });
  const create = async (event) => {
    event.preventDefault();
    setProblem(null);
    const sent = given;
    try {
      const what = material ? { material_id: material } : { query: given.query.trim() };
      await put(`/watches/${crypto.randomUUID()}`, { ...what, below: given.below.trim().replace(",", "."), unit: given.unit.trim(), currency: given.currency });
      // What has been typed for the next one meanwhile stays.
      setGiven((now) => (now === sent ? { ...now, query: "", below: "" } : now));
      made();
    } catch (refused) {
      setProblem(refused);
    }
  };
  return html`<form class="row watch-form" onSubmit=${create}>
    <label>${t("watches.what")} <input type="text" required value=${material ? query.get("q") : given.query} readonly=${material !== null} maxlength="200" onInput=${typed("query")} /></label>
    <label>${t("watches.below")} <input type="text" inputmode="decimal" required size="8" value=${given.below} pattern="\\d{1,10}([.,]\\d{1,4})?" onInput=${typed("below")} /></label>
    <span>${given.currency} /</span>
    <label>${t("export.unit")} <input type="text" required size="6" value=${given.unit} maxlength="50" onInput=${typed("unit")} /></label>
    <button class="primary">${t("watches.create")}</button>
    ${problem && html`<${Failure} problem=${problem} />`}
  </form>`;
}

function Watch({ watch, gone }) {
  const [problem, setProblem] = useState(null);
  const end = () => remove(`/watches/${watch.id}`).then(gone, setProblem);
  const limit = `${money(watch.below, watch.currency)} / ${watch.unit}`;
  const now = watch.cheapest;
  return html`<li class="row spread">
    <span>${watch.material_id ? html`<a href=${link(`materials/${watch.material_id}`)}>${now?.name ?? t("watches.material")}</a>` : html`<a href=${link("search", { q: watch.query })}>${watch.query}</a>`}
      ${" "}<small>${t("watches.limit", { limit })}</small>
      <small class="line">${now ? t("watches.now", { price: `${money(now.watched_price, watch.currency)} / ${watch.unit}`, supplier: supplier(now) }) : t("watches.no_offer")}
        ${watch.fired_at && ` · ${t("watches.fired", { ago: ago(watch.fired_at) })}`}</small></span>
    <span class="row">${watch.is_below && html`<${Tag} kind="good">${t("watches.is_below")}<//>`}
      <button class="quiet" aria-label=${t("watches.delete", { name: watch.query ?? now?.name ?? "" })} onClick=${end}>✕</button></span>
    ${problem && html`<${Failure} problem=${problem} again=${end} />`}</li>`;
}
