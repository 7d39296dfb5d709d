// One material: every offer, where each comes from, prices over time, and what people may decide about it.
import { html, useState } from "../vendor/preact.js";
import { go, link } from "../address.js";
import { all, get, post } from "../api.js";
import { t } from "../language.js";
import { Offers } from "../offers.js";
import { Failure, Notice, useAnswer, useTitle, Waiting } from "../parts.js";
import { knownSuppliers } from "../suppliers.js";
import { Export } from "./export.js";
import { History } from "./history.js";
import { SameAs } from "./same_as.js";
import { commonUnit } from "./units.js";

const MOST_OFFERS = 2000;
const MOST_PRICES = 5000;

async function loaded(id, signal) {
  const options = { signal };
  const [material, offers] = await Promise.all([get(`/materials/${id}`, {}, options), all(`/materials/${id}/offers`, {}, MOST_OFFERS, options)]);
  return { material, offers, unit: commonUnit(offers, material.base_unit) };
}

export default ({ path }) => html`<${Material} key=${path[1]} id=${path[1]} />`;

function Material({ id }) {
  const [found, problem, again] = useAnswer((signal) => loaded(id, signal), [id]);
  const [prices, noPrices, pricesAgain] = useAnswer((signal) => all(`/materials/${id}/price-history`, {}, MOST_PRICES, { signal }), [id]);
  const [suppliers] = useAnswer(knownSuppliers, []);
  useTitle(found?.material.name);
  if (problem) return html`<${Failure} problem=${problem} again=${again} />`;
  if (!found) return html`<${Waiting} />`;
  const { material } = found;
  return html`
    <p class="back"><a href="#/search" onClick=${(event) => { if (history.length > 1) { event.preventDefault(); history.back(); } }}>← ${t("material.back")}</a></p>
    <h1>${material.name}</h1>
    <p class="group">${[material.category, material.sku && t("offers.sku", { sku: material.sku })].filter(Boolean).join(" · ")}</p>
    ${material.description && html`<p>${material.description}</p>`}
    <${OffersOfIt} ...${{ ...found, suppliers, changed: () => { again(); pricesAgain(); } }} />
    <section class="block" aria-labelledby="history"><h2 id="history">${t("history.title")}</h2>
      ${noPrices && html`<${Failure} problem=${noPrices} again=${pricesAgain} />`}
      ${prices ? html`<${History} prices=${prices} unit=${material.base_unit} />` : !noPrices && html`<${Waiting} />`}
    </section>`;
}

function OffersOfIt({ material, offers, unit, suppliers, changed }) {
  const [chosen, setChosen] = useState(new Set());
  const [state, setState] = useState({});
  const toggle = (id) => {
    const next = new Set(chosen);
    if (!next.delete(id)) next.add(id);
    setChosen(next);
  };
  const split = async () => {
    setState({ busy: true });
    try {
      const { material_id: other } = await post(`/materials/${material.id}/split`, { offers: [...chosen] });
      setChosen(new Set());
      setState({ other, done: chosen.size });
      changed();
    } catch (problem) {
      setState({ problem });
    }
  };
  return html`<section class="block" aria-labelledby="offers">
    <div class="row spread"><h2 id="offers">${t("material.offers", { n: offers.length })}</h2>
      <${Export} hits=${[{ material, offers, compared_unit: unit }]} name=${material.name} /></div>
    ${offers.length > 0 && html`<${Offers} offers=${offers} unit=${unit} suppliers=${suppliers} label=${t("offers.of", { name: material.name })}
      choose=${toggle} chosen=${chosen} origin />`}
    ${offers.length === 0 && html`<p class="quiet-text">${t("hit.no_offers")}</p>`}
    <div class="row decide">
      <button disabled=${chosen.size === 0 || chosen.size === offers.length || state.busy} onClick=${split}>${t("material.split", { n: chosen.size })}</button>
      <button onClick=${() => setState({ merging: true })}>${t("material.merge")}</button>
      ${chosen.size === 0 && html`<small>${t("material.split_how")}</small>`}
    </div>
    ${state.problem && html`<${Failure} problem=${state.problem} />`}
    ${state.done && html`<${Notice} kind="good">${t("material.split_done", { n: state.done })}
      ${state.other && html` <a href=${link(`materials/${state.other}`)}>${t("material.split_other")}</a>`}<//>`}
    ${state.merging && html`<${SameAs} material=${material} close=${() => setState({})}
      done=${(other) => (other === material.id ? (setState({}), changed()) : go(link(`materials/${other}`)))} />`}
  </section>`;
}
