// How a list was read, sheet by sheet: what each column was taken for, over the first rows. A column's role can be
// changed; the list is then read again, and so is each later one of the same layout.
import { html, useState } from "../vendor/preact.js";
import { goAfter, link } from "../address.js";
import { get, post, put } from "../api.js";
import { money, number } from "../format.js";
import { t } from "../language.js";
import { Failure, Scrolled, Tag, useAnswer } from "../parts.js";

const ROLES = ["name", "price", "unit", "sku", "size", "model", "brand", "category", "currency", "stock", "pack", "weight", "description", "id", "ignored"];
const KINDS = ["goods", "headings", "headers", "continuations", "totals", "notes", "blank", "skipped"];

/** The number of a column by its letters, from 0: a row's cells are those of the whole sheet. */
const place = (letters) => [...letters].reduce((number, letter) => number * 26 + letter.charCodeAt(0) - 64, 0) - 1;

export function Reading({ list }) {
  const [reading, problem, again] = useAnswer((signal) => get(`/batches/${list.request_id}/reading`, {}, { signal }), [list.request_id, list.rows_seen]);
  if (problem?.status === 404) return null; // not read yet, or long ago
  return html`<section class="block" aria-labelledby="reading"><h2 id="reading">${t("reading.title")}</h2>
    ${problem && html`<${Failure} problem=${problem} again=${again} />`}
    ${reading?.sheets.map((sheet, at) => html`<${Sheet} key=${`${sheet.fingerprint}${at}`} ...${{ sheet, list, several: reading.sheets.length > 1 }} />`)}
  </section>`;
}

function Sheet({ sheet, list, several }) {
  const [roles, setRoles] = useState({});
  const [state, setState] = useState({});
  const edited = Object.keys(roles).length;
  const pick = (column) => (event) => {
    const next = { ...roles, [column.letter]: event.target.value || null };
    if ((column.role ?? "") === event.target.value) delete next[column.letter];
    setRoles(next);
  };
  const save = async () => {
    setState({ busy: true });
    try {
      const columns = Object.entries(roles).map(([letter, role]) => ({ letter, role }));
      await goAfter(async () => {
        await put(`/suppliers/${list.supplier_id}/layouts`, { fingerprint: sheet.fingerprint, columns });
        return link(`lists/${(await post(`/batches/${list.request_id}/reread`)).request_id}`);
      });
    } catch (problem) {
      setState({ problem });
    }
  };
  return html`<div class="sheet">
    ${several && html`<h3>${sheet.sheet}</h3>`}
    <p class="quiet-text">${KINDS.filter((kind) => sheet.rows[kind] > 0).map((kind) => `${t(`rows.${kind}`)} ${number(sheet.rows[kind])}`).join(" · ")}
      ${sheet.confidence < 0.7 && html` <${Tag} kind="warning">${t("reading.unsure", { percent: Math.round(sheet.confidence * 100) })}<//>`}
      ${sheet.read_by === "person" && html` <${Tag} kind="good">${t("reading.by_person")}<//>`}</p>
    <${Scrolled} label=${t("reading.columns", { sheet: sheet.sheet ?? list.file_name })}><table class="reading">
      <thead>
        <tr>${sheet.columns.map((column) => html`<th scope="col" class=${column.letter in roles ? "edited" : ""}>
          <select aria-label=${t("reading.role_of", { column: column.letter, title: column.title })} title=${column.why}
            value=${(column.letter in roles ? roles[column.letter] : column.role) ?? ""} onChange=${pick(column)}>
            <option value="">${t("role.none")}</option>${ROLES.map((role) => html`<option value=${role}>${t(`role.${role}`)}</option>`)}
          </select><small class="line">${column.letter}: ${column.title}</small></th>`)}</tr>
      </thead>
      <tbody>${sheet.sample.map((one) => html`<tr class=${one.offer ? "" : "no-goods"}>${sheet.columns.map((column) => html`<td>${one.cells[place(column.letter)] ?? ""}</td>`)}</tr>`)}</tbody>
    </table><//>
    <div class="row">
      <button class="primary" disabled=${edited === 0 || state.busy} onClick=${save}>${t("reading.save")}</button>
      <small>${edited ? t("reading.edited", { n: edited }) : t("reading.how")}</small>
    </div>
    ${state.problem && html`<${Failure} problem=${state.problem} />`}
    <details><summary>${t("reading.result")}</summary><ul class="plain">${sheet.sample.filter((one) => one.offer).map((one) => html`<li>
      ${one.offer.name} <small>${[one.offer.sku, one.offer.unit].filter(Boolean).join(" · ")}</small> — ${money(one.offer.price, one.offer.currency)}</li>`)}</ul></details>
  </div>`;
}
