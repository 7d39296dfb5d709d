// A material's offers side by side: in one unit and one currency, the cheapest marked, doubtful ones said.
import { html } from "./vendor/preact.js";
import { day, ago, money, supplier } from "./format.js";
import { t } from "./language.js";
import { Scrolled, Tag } from "./parts.js";
import { oldSince } from "./suppliers.js";

/** The offer's price for one unit in the base currency, where both are known. */
export function comparedPrice(offer, unit) {
  const found = offer.comparable.find((one) => one.unit === unit);
  if (!found || !offer.price_in || !Number(offer.price)) return null;
  return Number(found.price) * (Number(offer.price_in.price) / Number(offer.price));
}

/** The number of the cheapest offer that nobody need doubt. */
export function cheapest(offers, unit) {
  let best = null;
  for (const offer of offers) {
    const price = comparedPrice(offer, unit) ?? (unit ? null : Number(offer.price_in?.price) || null);
    if (price !== null && !offer.suspect && (!best || price < best.price)) best = { id: offer.id, price };
  }
  return offers.length > 1 ? best?.id : undefined;
}

export function Offers({ offers, unit, suppliers, label, choose, chosen, origin = false }) {
  const best = cheapest(offers, unit);
  const columns = [
    choose && html`<th scope="col" class="choose"><span class="hidden">${t("offers.choose")}</span></th>`,
    html`<th scope="col" class="supplier">${t("offers.supplier")}</th>`,
    html`<th scope="col" class="as-listed">${t("offers.name")}</th>`,
    html`<th scope="col" class="number listed">${t("offers.price")}</th>`,
    html`<th scope="col" class="number compared">${t("offers.compared_none")}</th>`,
    html`<th scope="col" class="since">${t("offers.since")}</th>`,
    origin && html`<th scope="col" class="origin">${t("offers.origin")}</th>`,
  ];
  return html`<${Scrolled} label=${label}>
    <table class=${origin ? "offers sourced" : "offers"}>
      <thead><tr>${columns}</tr></thead>
      <tbody>
        ${offers.map((offer) => html`<${Row} key=${offer.id} ...${{ offer, unit, suppliers, choose, origin }}
          best=${offer.id === best} chosen=${chosen?.has(offer.id)} />`)}
      </tbody>
    </table>
  <//>`;
}

function Row({ offer, unit, suppliers, best, choose, chosen, origin }) {
  const old = oldSince(suppliers, offer);
  const price = comparedPrice(offer, unit);
  const foreign = offer.price_in && offer.price_in.currency !== offer.currency;
  return html`<tr class=${best ? "best" : ""}>
    ${choose && html`<td class="choose"><input type="checkbox" aria-label=${t("offers.choose_one", { name: offer.name })}
      checked=${chosen} onChange=${() => choose(offer.id)} /></td>`}
    <td class="supplier">${supplier(offer)}</td>
    <td class="as-listed">${offer.name}${offer.sku && html`${" "}<small class="nowrap">${t("offers.sku", { sku: offer.sku })}</small>`}</td>
    <td class="number listed">
      <span class="price">${money(offer.price, offer.currency)}</span>${offer.unit && offer.price && html`<small> / ${offer.unit}</small>`}
      ${foreign && offer.price && html`<small class="line">${t("offers.converted", {
        price: money(offer.price_in.price, offer.price_in.currency), date: day(offer.price_in.rate_date) })}</small>`}
    </td>
    <td class="number compared">
      ${best && html`<${Tag} kind="good">${t("offers.cheapest")}<//> `}
      ${offer.suspect && html`<${Tag} kind="doubt" title=${offer.suspect_reason}>${t("offers.suspect")}<//> `}
      ${price !== null && html`<span class="price">${money(price, offer.price_in.currency)}</span><small> / ${unit}</small>`}
      ${price === null && html`<small>${offer.price ? reason(offer) : "—"}</small>`}
    </td>
    <td class="since"><span class="nowrap">${day(offer.valid_from)}</span>
      ${old && html` <${Tag} kind="old" title=${t("offers.old_why")}>${t("offers.old", { ago: ago(old) })}<//>`}
      ${offer.in_stock === false && html` <${Tag} kind="old">${t("offers.not_in_stock")}<//>`}</td>
    ${origin && html`<td class="origin"><${Origin} source=${offer.source} /></td>`}
  </tr>`;
}

/** The list that has the offer, and where in it. */
function Origin({ source }) {
  if (!source) return html`<small>—</small>`;
  const place = [source.sheet && t("origin.sheet", { sheet: source.sheet }), source.row && t("origin.row", { row: String(source.row) })];
  return html`<a href=${`#/lists/${source.request_id}`}>${source.file_name ?? t("origin.rows")}</a>
    <small class="line">${place.filter(Boolean).join(", ")}</small>`;
}

function reason(offer) {
  return offer.price_in ? t("offers.not_comparable") : t("offers.no_rate");
}
