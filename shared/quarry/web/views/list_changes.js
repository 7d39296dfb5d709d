// What a list changed in its supplier's prices.
import { html } from "../vendor/preact.js";
import { link } from "../address.js";
import { get } from "../api.js";
import { money, number, percent } from "../format.js";
import { t } from "../language.js";
import { Failure, More, Scrolled, Tag, useAnswer } from "../parts.js";

const KINDS = ["dearer", "cheaper", "new", "gone", "unchanged"];
export const CHANGE_TAG = { dearer: "bad", cheaper: "good", new: "plain", gone: "old" };

export function ListChanges({ id }) {
  const load = (cursor, options) => get(`/batches/${id}/changes`, { limit: cursor ? 100 : 20, cursor }, options);
  const [page, problem, again, set] = useAnswer((signal) => load(null, { signal }), [id]);
  if (problem) return html`<${Failure} problem=${problem} again=${again} />`;
  if (!page) return null;
  return html`<section class="block" aria-labelledby="changes"><h2 id="changes">${t("list_changes.title")}</h2>
    <ul class="chips">${KINDS.filter((kind) => page.summary[kind] > 0).map((kind) => html`<li class="chip">${t(`change.${kind}`)} <strong>${number(page.summary[kind])}</strong></li>`)}</ul>
    ${page.items.length > 0 && html`<details open=${page.summary.dearer + page.summary.cheaper > 0 || undefined}><summary>${t("list_changes.show")}</summary>
      <${Scrolled} label=${t("list_changes.title")}><table class="changed">
        <thead><tr><th scope="col">${t("export.material")}</th><th scope="col">${t("list_changes.kind")}</th><th scope="col" class="number">${t("list_changes.was")}</th>
          <th scope="col" class="number">${t("list_changes.is")}</th><th scope="col" class="number">%</th></tr></thead>
        <tbody>${page.items.map((one) => html`<tr><td class="as-listed">${one.material_id ? html`<a href=${link(`materials/${one.material_id}`)}>${one.name}</a>` : one.name}</td>
          <td class="kind"><${Tag} kind=${CHANGE_TAG[one.kind]}>${t(`change.${one.kind}`)}<//></td>
          <td class="was number">${one.old_price === null ? "—" : money(one.old_price, one.currency)}</td><td class="is number">${one.new_price === null ? "—" : money(one.new_price, one.currency)}</td>
          <td class="percent number">${one.change_percent === null ? "" : percent(one.change_percent)}</td></tr>`)}</tbody>
      </table><//>
      <${More} ...${{ page, set, load }} /></details>`}
  </section>`;
}
