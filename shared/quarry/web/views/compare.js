// Up to five materials side by side: the suppliers' prices of each in its own unit.
import { html } from "../vendor/preact.js";
import { useAddress } from "../address.js";
import { all, baseCurrency, get } from "../api.js";
import { day, money, supplier } from "../format.js";
import { t } from "../language.js";
import { cheapest, comparedPrice } from "../offers.js";
import { Failure, Notice, Scrolled, Tag, useAnswer, useTitle, Waiting } from "../parts.js";
import { commonUnit } from "./units.js";

const MOST = 5;

async function loaded(id, signal) {
  const [material, offers] = await Promise.all([
    get(`/materials/${id}`, {}, { signal }),
    all(`/materials/${id}/offers`, {}, 500, { signal }),
  ]);
  return { material, offers, unit: commonUnit(offers, material.base_unit) };
}

export default function Compare() {
  const ids = useAddress().query.getAll("id").slice(0, MOST);
  useTitle(t("compare.title"));
  const [found, problem, again] = useAnswer((signal) => Promise.all(ids.map((id) => loaded(id, signal))), [ids.join()]);
  return html`<h1>${t("compare.title")}</h1>
    ${problem && html`<${Failure} problem=${problem} again=${again} />`}
    ${!found && !problem && html`<${Waiting} />`}
    ${found?.length === 0 && html`<${Notice}>${t("compare.none")}<//>`}
    ${found?.length > 0 && html`<${Table} found=${found} />`}`;
}

function Table({ found }) {
  const suppliers = new Map(found.flatMap(({ offers }) => offers.map((offer) => [offer.supplier_id, supplier(offer)])));
  const best = found.map(({ offers, unit }) => cheapest(offers, unit));
  return html`<${Scrolled} label=${t("compare.title")}><table class="compare">
    <thead><tr><th scope="col">${t("offers.supplier")}</th>
      ${found.map(({ material, unit }) => html`<th scope="col"><a href=${`#/materials/${material.id}`}>${material.name}</a>
        <small class="line">${unit ? t("offers.compared", { unit }) : t("offers.compared_none")}</small></th>`)}</tr></thead>
    <tbody>${[...suppliers].map(([id, name]) => html`<tr key=${id}><th scope="row">${name}</th>
      ${found.map(({ offers, unit }, place) => html`<td class="number"><${Cell} ...${{ offers, unit, id, best: best[place] }} /></td>`)}</tr>`)}
    </tbody></table><//>`;
}

function Cell({ offers, unit, id, best }) {
  const own = offers.filter((offer) => offer.supplier_id === id);
  if (own.length === 0) return html`<span class="quiet-text" aria-label=${t("compare.no_offer")}>—</span>`;
  return own.slice(0, 3).map((offer) => {
    const price = comparedPrice(offer, unit);
    return html`<div class=${offer.id === best ? "best" : ""}>
      <span class="price">${price === null ? money(offer.price, offer.currency) : money(price, baseCurrency())}</span>
      ${price !== null && html`<small> / ${unit}</small>`}
      ${offer.id === best && html` <${Tag} kind="good">${t("offers.cheapest")}<//>`}
      <small class="line">${offer.name}</small>
      <small class="line">${money(offer.price, offer.currency)}${offer.unit && ` / ${offer.unit}`} · ${day(offer.valid_from)}</small>
    </div>`;
  });
}
