// What is seen, as a file: a line for each offer.
import { html } from "../vendor/preact.js";
import { day, supplier } from "../format.js";
import { t } from "../language.js";
import { comparedPrice } from "../offers.js";
import { csv, saveBlob, xlsx } from "../tables.js";

export function offerRows(hits) {
  const heads = ["material", "group", "supplier", "name", "sku", "unit", "price", "currency", "compared_unit",
    "compared_price", "vat", "since"].map((name) => t(`export.${name}`));
  const rows = hits.flatMap(({ material, offers, compared_unit: unit }) => offers.map((offer) => {
    const compared = comparedPrice(offer, unit);
    return [material.name, material.category, supplier(offer), offer.name, offer.sku, offer.unit,
      offer.price === null ? null : Number(offer.price), offer.currency, unit,
      compared === null ? null : Number(compared.toFixed(4)), t(`vat.${offer.vat}`), day(offer.valid_from)];
  }));
  return [heads, ...rows];
}

export function Export({ hits, name }) {
  if (hits.length === 0) return null;
  const file = `quarry ${name}`.trim();
  return html`<div class="export">
    <button onClick=${() => saveBlob(xlsx(offerRows(hits), t("nav.search")), `${file}.xlsx`)}>${t("export.xlsx")}</button>
    <button onClick=${() => saveBlob(csv(offerRows(hits)), `${file}.csv`)}>${t("export.csv")}</button>
  </div>`;
}
