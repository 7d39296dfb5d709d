// Price lists: drop them, and see what became of each.
import { html } from "../vendor/preact.js";
import { change, link, useAddress } from "../address.js";
import { get } from "../api.js";
import { ago, number, supplier } from "../format.js";
import { t } from "../language.js";
import { Failure, More, Scrolled, Tag, useAnswer, useTitle, Waiting } from "../parts.js";
import { useWatched } from "../progress.js";
import { forgetSuppliers, knownSuppliers } from "../suppliers.js";
import { busy } from "../uploads.js";
import { Drop } from "./drop.js";
import { OneList } from "./one_list.js";
import { Status } from "./status.js";

export default function Lists({ path }) {
  return path[1] ? html`<${OneList} key=${path[1]} id=${path[1]} />` : html`<${Overview} />`;
}

function Overview() {
  const { query } = useAddress();
  const chosen = { supplier_id: query.get("supplier"), status: query.get("status") };
  useTitle(t("nav.lists"));
  const [suppliers, , suppliersAgain] = useAnswer(knownSuppliers, []);
  const load = (cursor, options) => get("/batches", { ...chosen, limit: 50, cursor }, options);
  const [page, problem, again, set] = useAnswer((signal) => load(null, { signal }), [query.toString()]);
  const lists = useWatched(page?.items ?? [], again);
  const sent = () => {
    again();
    if (busy()) return;
    forgetSuppliers(); // with the last file that was on its way, once for all of them
    suppliersAgain();
  };
  const narrow = (name) => ({ target: { value } }) => change("lists", (next) => (value ? next.set(name, value) : next.delete(name)));
  return html`<h1>${t("nav.lists")}</h1>
    <${Drop} suppliers=${suppliers} sent=${sent} />
    <section class="block" aria-labelledby="recent">
      <div class="row spread"><h2 id="recent">${t("lists.recent")}</h2>
        <div class="row">
          <select aria-label=${t("facets.supplier")} value=${chosen.supplier_id ?? ""} onChange=${narrow("supplier")}>
            <option value="">${t("lists.every_supplier")}</option>
            ${[...(suppliers?.values() ?? [])].map((one) => html`<option value=${one.id}>${one.name ?? t("supplier.number", { id: one.id })}</option>`)}
          </select>
          <select aria-label=${t("lists.status")} value=${chosen.status ?? ""} onChange=${narrow("status")}>
            <option value="">${t("lists.every_status")}</option>
            ${["processing", "completed", "completed_with_errors", "failed", "undone"].map((one) => html`<option value=${one}>${t(`status.${one}`)}</option>`)}
          </select>
        </div></div>
      ${problem && html`<${Failure} problem=${problem} again=${again} />`}
      ${!page && !problem && html`<${Waiting} />`}
      ${page && lists.length === 0 && html`<p class="quiet-text">${t("lists.none")}</p>`}
      ${lists.length > 0 && html`<${Table} lists=${lists} />`}
      <${More} ...${{ page, set, load }} />
    </section>`;
}

function Table({ lists }) {
  return html`<${Scrolled} label=${t("lists.recent")}><table class="lists">
    <thead><tr><th scope="col">${t("lists.file")}</th><th scope="col">${t("offers.supplier")}</th><th scope="col">${t("lists.came")}</th>
      <th scope="col">${t("lists.status")}</th><th scope="col" class="number">${t("lists.rows")}</th><th scope="col">${t("lists.look")}</th></tr></thead>
    <tbody>${lists.map((list) => html`<tr key=${list.request_id}>
      <td><${File} list=${list} /></td><td class="supplier">${list.kind === "estimate" ? "" : supplier(list)}</td><td class="came nowrap">${ago(list.created_at)}</td>
      <td class="status"><${Status} list=${list} /></td><td class="number">${number(list.total)}</td><td class="look"><${Look} list=${list} /></td></tr>`)}</tbody>
  </table><//>`;
}

/** A bill of materials is no supplier's, and what became of it is an estimate. */
function File({ list }) {
  const [place, tag] = { preview: ["lists", t("lists.preview")], estimate: ["estimates", t("lists.bill")] }[list.kind] ?? ["lists"];
  return html`<a href=${link(`${place}/${list.request_id}`)}>${list.file_name ?? t("origin.rows")}</a>${tag && html` <${Tag}>${tag}<//>`}`;
}

/** What a person should look at. */
function Look({ list }) {
  const things = [
    list.failed > 0 && html`<${Tag} kind="warning">${t("lists.failed_rows", { n: list.failed })}<//>`,
    list.needs_review > 0 && html`<${Tag} kind="warning">${t("lists.reviews", { n: list.needs_review })}<//>`,
    list.attention.length > 0 && html`<${Tag} kind="warning">${t("lists.attention", { n: list.attention.length })}<//>`,
  ].filter(Boolean);
  return things.length ? html`<span class="row tight">${things}</span>` : html`<span class="quiet-text">—</span>`;
}
