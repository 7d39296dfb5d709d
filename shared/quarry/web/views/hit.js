// One material among those that were found, with its cheapest offers.
import { html } from "../vendor/preact.js";
import { link } from "../address.js";
import { t } from "../language.js";
import { Offers } from "../offers.js";
import { Marked, Tag } from "../parts.js";

export function Hit({ hit, suppliers, compared }) {
  const { material, offers } = hit;
  const at = link(`materials/${material.id}`);
  const chosen = compared.ids.includes(material.id);
  return html`<li class="hit">
    <div class="title">
      <h2><a href=${at}><${Marked} text=${hit.highlights[0] ?? escaped(material.name)} /></a></h2>
      ${hit.match === "near" && html`<${Tag} kind="near" title=${t("hit.near_why")}>${t("hit.near")}<//>`}
      <label class="check compare"><input type="checkbox" checked=${chosen} disabled=${!chosen && compared.full}
        onChange=${() => compared.toggle(material)} aria-label=${t("compare.one", { name: material.name })} /> ${t("compare.this")}</label>
    </div>
    ${material.category && html`<p class="group">${material.category}</p>`}
    ${offers.length > 0
      ? html`<${Offers} offers=${offers} unit=${hit.compared_unit} suppliers=${suppliers} label=${t("offers.of", { name: material.name })} />`
      : html`<p class="quiet-text">${t("hit.no_offers")}</p>`}
    ${hit.offers_total > offers.length && html`<p class="rest"><a href=${at}>${t("hit.more", { n: hit.offers_total - offers.length })}</a></p>`}
  </li>`;
}

const escaped = (text) => text.replaceAll("&", "&amp;").replaceAll("<", "&lt;");
