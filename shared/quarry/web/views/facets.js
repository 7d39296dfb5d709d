// What narrows a search, with the number of materials that each choice would leave.
import { html, useLayoutEffect, useState } from "../vendor/preact.js";
import { change as changed } from "../address.js";
import { baseCurrency } from "../api.js";
import { t } from "../language.js";
import { TextField } from "../parts.js";

const SHOWN = 8;
const SORTS = ["relevance", "price_per_base_unit", "name", "updated_at"];

export function Facets({ facets, query }) {
  const wide = useWide();
  const change = (edit) => changed("search", edit);
  const chosen = ["category", "supplier", "unit", "stock", "min", "max"].filter((name) => query.has(name)).length;
  return html`<details class="facets" open=${wide || undefined}>
    <summary>${t("facets.label")}${chosen > 0 && html` <span class="count">${chosen}</span>`}</summary>
    <label class="field">${t("sort.label")}
      <select value=${query.get("sort") ?? "relevance"} onChange=${(event) => change((next) => next.set("sort", event.target.value))}>
        ${SORTS.map((one) => html`<option value=${one}>${t(`sort.${one}`)}</option>`)}
      </select></label>
    <${Choice} name="category" title=${t("facets.category")} values=${facets.category} ...${{ query, change }} />
    <${Choice} name="supplier" title=${t("facets.supplier")} values=${facets.supplier_id} ...${{ query, change }} />
    <${Choice} name="unit" title=${t("facets.unit")} values=${facets.unit} ...${{ query, change }} />
    <fieldset><legend>${t("facets.price", { currency: baseCurrency() })}</legend>
      <div class="range">
        <${Limit} name="min" ...${{ query, change }} /><span aria-hidden="true">–</span><${Limit} name="max" ...${{ query, change }} />
      </div></fieldset>
    <label class="check"><input type="checkbox" checked=${query.has("stock")}
      onChange=${(event) => change((next) => (event.target.checked ? next.set("stock", "1") : next.delete("stock")))} /> ${t("facets.stock")}</label>
    ${chosen > 0 && html`<button class="quiet" onClick=${() => change((next) =>
      ["category", "supplier", "unit", "stock", "min", "max"].forEach((name) => next.delete(name)))}>${t("facets.clear")}</button>`}
  </details>`;
}

function Choice({ name, title, values = [], query, change }) {
  const [all, setAll] = useState(false);
  const chosen = query.getAll(name);
  // What was chosen stays in view, also where nothing is left of it.
  const absent = chosen.filter((value) => !values.some((one) => String(one.value) === value)).map((value) => ({ value, count: 0 }));
  const offered = [...absent, ...values];
  if (offered.length === 0) return null;
  const shown = all ? offered : offered.filter((one, place) => place < SHOWN || chosen.includes(String(one.value)));
  const toggle = (value) => change((next) => {
    const before = next.getAll(name);
    const kept = before.includes(value) ? before.filter((one) => one !== value) : [...before, value];
    next.delete(name);
    kept.forEach((one) => next.append(name, one));
  });
  return html`<fieldset><legend>${title}</legend>
    ${shown.map((one) => html`<label class="check" key=${one.value}>
      <input type="checkbox" checked=${chosen.includes(String(one.value))} onChange=${() => toggle(String(one.value))} />
      <span>${label(name, one)}</span> <span class="count">${one.count}</span></label>`)}
    ${offered.length > SHOWN && html`<button class="quiet" onClick=${() => setAll(!all)}>${all ? t("facets.fewer") : t("facets.all", { n: offered.length })}</button>`}
  </fieldset>`;
}

function label(name, one) {
  return one.name ?? (name === "supplier" ? t("supplier.number", { id: one.value }) : one.value);
}

function Limit({ name, query, change }) {
  const amount = (typed) => typed.trim().replace(",", ".");
  const fault = (typed) => (/^\d*(\.\d{1,4})?$/.test(amount(typed)) ? "" : t("facets.price_wrong"));
  const take = (typed) => change((next) => (amount(typed) ? next.set(name, amount(typed)) : next.delete(name)));
  return html`<${TextField} inputmode="decimal" size="7" aria-label=${t(`facets.${name}`)} placeholder=${t(`facets.${name}`)}
    value=${query.get(name) ?? ""} ...${{ take, fault }} />`;
}

function useWide() {
  const wide = matchMedia("(min-width: 56rem)");
  const [now, setNow] = useState(wide.matches);
  useLayoutEffect(() => {
    const update = () => setNow(wide.matches);
    wide.addEventListener("change", update);
    return () => wide.removeEventListener("change", update);
  }, []);
  return now;
}
