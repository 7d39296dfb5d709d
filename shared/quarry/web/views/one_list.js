// One price list: how far it is, what deserves a look, how it was read, what failed, what changed.
import { html, useState } from "../vendor/preact.js";
import { goAfter, link } from "../address.js";
import { get, post } from "../api.js";
import { number, supplier, time } from "../format.js";
import { known, said, t } from "../language.js";
import { Dialog, Failure, Notice, useAnswer, useTitle, Waiting } from "../parts.js";
import { ended, useWatched } from "../progress.js";
import { ListChanges } from "./list_changes.js";
import { Reading } from "./reading.js";
import { Remarks } from "./remarks.js";
import { Status } from "./status.js";

export function OneList({ id }) {
  const [found, problem, again] = useAnswer((signal) => get(`/batches/${id}`, {}, { signal }), [id]);
  const [list] = useWatched(found ? [found] : [], again);
  useTitle(list?.file_name ?? t("nav.lists"));
  if (problem && !list) return html`<${Failure} problem=${problem} again=${again} />`;
  if (!list) return html`<${Waiting} />`;
  const over = ended(list);
  return html`
    <p class="back"><a href="#/lists">← ${t("nav.lists")}</a></p>
    <h1>${list.file_name ?? t("origin.rows")}</h1>
    <p class="group">${supplier(list)} · ${time(list.created_at)} · <${Status} list=${list} /></p>
    ${list.error && html`<${Notice} kind="error"><p>${said("list_error", list.error)}</p><//>`}
    ${list.waiting && html`<${Notice} kind="warning"><p>${t("list.waiting", { attempts: list.waiting.attempts })}</p><p><small>${list.waiting.reason}</small></p><//>`}
    ${!over && list.eta_seconds !== null && html`<p role="status">${t("list.eta", { rate: Math.round(list.rows_per_second), seconds: list.eta_seconds })}</p>`}
    <${Attention} items=${list.attention} />
    <${Figures} list=${list} />
    <${Actions} ...${{ list, over, again }} />
    ${over && !["failed", "undone"].includes(list.status) && html`<${ListChanges} id=${id} />`}
    ${list.kind !== "materials" && list.rows_seen !== null && html`<${Reading} list=${list} />`}
    ${over && html`<${Remarks} list=${list} />`}`;
}

function Attention({ items }) {
  if (items.length === 0) return null;
  return html`<section class="notice warning" aria-labelledby="attention"><h2 id="attention">${t("list.attention")}</h2>
    <ul>${items.map((one) => html`<li>${said("attention", one)}${" "}
      <small>${[one.sheet && t("origin.sheet", { sheet: one.sheet }), one.count > 0 && !OF_COLUMNS.includes(one.code) && t("list.rows", { n: one.count }), named(one)].filter(Boolean).join(", ")}</small></li>`)}</ul></section>`;
}

// They count columns, and no rows.
const OF_COLUMNS = ["amounts_unused", "texts_unused"];

/** What the API's sentence names of the list, where the page has a sentence of its own: «Опт 2». */
function named({ code, message }) {
  if (!known(`attention.${code}`) || code === "ambiguous_price") return "";
  return (message.match(/«[^»]+»/g) ?? []).join(", ");
}

function Figures({ list }) {
  const figures = [["offers", list.offers], ["materials_created", list.materials_created], ["failed", list.failed], ["needs_review", list.needs_review], ["rows_seen", list.rows_seen]];
  return html`<dl class="figures">${figures.filter(([, value]) => value !== null).map(([name, value]) => html`<div>
    <dt>${t(`list.${name}`)}</dt><dd>${name === "needs_review" && value > 0 ? html`<a href="#/reviews">${number(value)}</a>` : number(value)}</dd></div>`)}</dl>`;
}

const UNDOABLE = ["completed", "completed_with_errors"];

function Actions({ list, over, again }) {
  const [problem, setProblem] = useState(null);
  const [asking, setAsking] = useState(false);
  const [readAgain, setReadAgain] = useState([]);
  const act = (work) => async () => {
    setProblem(null);
    try {
      await work();
    } catch (refused) {
      setProblem(refused);
    }
  };
  const reread = act(() => goAfter(async () => link(`lists/${(await post(`/batches/${list.request_id}/reread`)).request_id}`)));
  const retry = act(async () => {
    await post(`/batches/${list.request_id}/retry`);
    again();
  });
  const undo = act(async () => {
    setAsking(false);
    setReadAgain((await post(`/batches/${list.request_id}/undo`)).read_again);
    again();
  });
  const undoable = UNDOABLE.includes(list.status) && ["pricelist", "materials"].includes(list.kind) && list.supplier_id !== null;
  const taken = ["undoing", "undone"].includes(list.status);
  return html`${over && html`<div class="row">
    ${list.kind !== "materials" && html`<button onClick=${reread}>${t("list.reread")}</button>`}
    ${list.failed > 0 && !taken && list.kind !== "materials" && html`<button onClick=${retry}>${t("list.retry")}</button>`}
    ${undoable && html`<button class="undo" onClick=${() => setAsking(true)}>${t("list.undo")}</button>`}
  </div>`}
  ${taken && html`<${Notice}><p>${t(`list.is_${list.status}`)}</p><//>`}
  ${readAgain.length > 0 && html`<${Notice} kind="warning"><p>${t("list.read_again")}</p>
    <ul>${readAgain.map((id) => html`<li><a href=${link(`lists/${id}`)}>${id}</a></li>`)}</ul><//>`}
  ${asking && html`<${Dialog} title=${t("list.undo_question")} close=${() => setAsking(false)}>
    <p>${t("list.undo_means")}</p>
    <div class="row"><button class="primary" onClick=${undo}>${t("list.undo")}</button>
      <button onClick=${() => setAsking(false)}>${t("list.keep")}</button></div><//>`}
  ${problem && html`<${Failure} problem=${problem} />`}`;
}
