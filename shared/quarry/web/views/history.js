// Prices over time: a line for each supplier, and the same as a table.
import { html } from "../vendor/preact.js";
import { day, money, supplier } from "../format.js";
import { t } from "../language.js";
import { Chart } from "../chart.js";
import { Scrolled } from "../parts.js";

const MOST_LINES = 6;

/** What is drawn: prices per base unit where most have one, in the currency that most are in. */
export function series(prices) {
  const priced = prices.filter((one) => one.price !== null);
  const perUnit = priced.filter((one) => one.price_per_base_unit !== null).length * 2 > priced.length;
  const currency = mostOf(priced.map((one) => one.currency));
  const lines = new Map();
  for (const one of [...priced].reverse()) {
    const value = perUnit ? one.price_per_base_unit : one.price;
    if (one.currency !== currency || value === null) continue;
    if (!lines.has(one.supplier_id)) lines.set(one.supplier_id, { name: supplier(one), points: [] });
    lines.get(one.supplier_id).points.push({
      from: Date.parse(one.valid_from), to: one.superseded_at ? Date.parse(one.superseded_at) : null, value: Number(value) });
  }
  return { currency, perUnit, lines: [...lines.values()].sort((a, b) => b.points.length - a.points.length) };
}

function mostOf(values) {
  const counts = new Map();
  for (const value of values) counts.set(value, (counts.get(value) ?? 0) + 1);
  return [...counts].sort((a, b) => b[1] - a[1])[0]?.[0] ?? null;
}

export function History({ prices, unit }) {
  const { lines, currency, perUnit } = series(prices);
  const undrawn = lines.slice(MOST_LINES);
  if (lines.length === 0) return html`<p class="quiet-text">${t("history.none")}</p>`;
  return html`
    <${Chart} lines=${lines.slice(0, MOST_LINES)} format=${(value) => money(value, currency)} label=${t(!perUnit ? "history.per_package" : unit ? "history.per" : "history.per_unit", { unit })} />
    ${undrawn.length > 0 && html`<p class="quiet-text"><small>${t("history.undrawn", { names: undrawn.map((one) => one.name).join(", ") })}</small></p>`}
    <details><summary>${t("history.table", { n: prices.length })}</summary>
      <${Scrolled} label=${t("history.title")}><table>
        <thead><tr><th scope="col">${t("offers.supplier")}</th><th scope="col" class="number">${t("offers.price")}</th>
          <th scope="col" class="number">${t("offers.compared_none")}</th><th scope="col">${t("history.from")}</th><th scope="col">${t("history.to")}</th></tr></thead>
        <tbody>${prices.map((one) => html`<tr><td>${supplier(one)}</td><td class="number">${money(one.price, one.currency)}</td>
          <td class="number">${one.price_per_base_unit === null ? "—" : money(one.price_per_base_unit, one.currency)}</td>
          <td>${day(one.valid_from)}</td><td>${one.superseded_at ? day(one.superseded_at) : t("history.now")}</td></tr>`)}</tbody>
      </table><//>
    </details>`;
}
