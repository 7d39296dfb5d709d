// Rows that were not used, or with a warning: those of one kind together, and all of them as a file for the supplier.
import { html } from "../vendor/preact.js";
import { all } from "../api.js";
import { said, t } from "../language.js";
import { Failure, Scrolled, Tag, useAnswer } from "../parts.js";
import { saveBlob, xlsx } from "../tables.js";

const MOST = 20_000;
const SHOWN_ROWS = 8;

export function Remarks({ list }) {
  const [items, problem, again] = useAnswer((signal) => all(`/batches/${list.request_id}/errors`, {}, MOST, { signal }), [list.request_id, list.updated_at]);
  if (problem) return html`<${Failure} problem=${problem} again=${again} />`;
  if (!items?.length) return null;
  return html`<section class="block" aria-labelledby="remarks">
    <div class="row spread"><h2 id="remarks">${t("remarks.title", { n: items.length })}</h2>
      <button onClick=${() => saveBlob(xlsx(rows(items), t("remarks.sheet")), `${t("remarks.file")} ${list.file_name ?? ""}.xlsx`)}>${t("remarks.export")}</button></div>
    <${Scrolled} label=${t("remarks.sheet")}><table>
      <thead><tr><th scope="col">${t("remarks.what")}</th><th scope="col">${t("remarks.where")}</th><th scope="col">${t("remarks.value")}</th></tr></thead>
      <tbody>${grouped(items).map((kind) => html`<tr><td>
        <${Tag} kind=${kind[0].severity === "error" ? "bad" : "warning"}>${t(`severity.${kind[0].severity}`)}<//> ${said("remark", kind[0])}</td>
        <td>${place(kind)}</td><td class="as-listed">${kind[0].value ?? ""}</td></tr>`)}</tbody>
    </table><//>
  </section>`;
}

export function grouped(items) {
  const kinds = new Map();
  items.forEach((one, number) => {
    const key = JSON.stringify([one.sheet, one.column, one.code, one.severity, one.row === null ? number : null]);
    kinds.set(key, [...(kinds.get(key) ?? []), one]);
  });
  return [...kinds.values()].sort((a, b) => (a[0].severity === b[0].severity ? b.length - a.length : a[0].severity === "error" ? -1 : 1));
}

function place(kind) {
  const [{ sheet }] = kind;
  const column = columnOf(kind[0]);
  const numbers = kind.filter((one) => one.row !== null).map((one) => one.row);
  const shown = numbers.slice(0, SHOWN_ROWS).join(", ") + (numbers.length > SHOWN_ROWS ? " …" : "");
  return [sheet && t("origin.sheet", { sheet }), column && t("remarks.column", { column }),
    numbers.length > 0 && t("remarks.rows", { n: Math.min(numbers.length, SHOWN_ROWS), rows: shown }), numbers.length > SHOWN_ROWS && t("list.rows", { n: numbers.length })].filter(Boolean).join(", ");
}

// A column that is missing is no place.
const columnOf = (one) => (one.code === "missing_column" ? null : one.column);

function rows(items) {
  const heads = ["sheet", "row", "column", "value", "message", "severity"].map((name) => t(`remarks.head_${name}`));
  return [heads, ...items.map((one) => [one.sheet, one.row, columnOf(one), one.value, said("remark", one), t(`severity.${one.severity}`)])];
}
