// One estimate: what it costs and where; lines in doubt first, each with its offers, and with what else it may mean.
import { html, useEffect, useState } from "../vendor/preact.js";
import { link } from "../address.js";
import { all, ask, download, get } from "../api.js";
import { money, number, supplier } from "../format.js";
import { said, t } from "../language.js";
import { Failure, Notice, Scrolled, Tag, useAnswer, useTitle, Waiting } from "../parts.js";
import { ended } from "../progress.js";
import { saveBlob } from "../tables.js";

const PAUSE = 1500;
const MOST = 10_000; // estimates
const ORDER = { doubtful: 0, unserved: 1, matched: 2 };
const KIND = { doubtful: "warning", unserved: "bad", matched: "good" };
const SHOWN = 200;

/** All lines; while they are being priced the first of them will do. */
async function whole(id, signal) {
  const estimate = await get(`/estimates/${id}`, { limit: 1000 }, { signal });
  let cursor = estimate.status === "pricing" ? null : estimate.next_cursor;
  while (cursor) {
    const next = await get(`/estimates/${id}`, { limit: 1000, cursor }, { signal });
    estimate.lines.push(...next.lines);
    cursor = next.next_cursor;
  }
  return estimate;
}

/** The estimate; or the batch of the file that it is still made of. */
async function loaded(id, signal) {
  try {
    return { estimate: await whole(id, signal) };
  } catch (problem) {
    if (problem.status !== 404) throw problem;
    const batch = await get(`/batches/${id}`, {}, { signal });
    if (!ended(batch) || batch.status === "failed") return { batch };
    // The workbook of an earlier estimate: that one was read anew.
    const of = (await all("/estimates", {}, MOST, { signal })).find((one) => one.request_id === id);
    if (!of) throw problem;
    return { estimate: await whole(of.id, signal) };
  }
}

export function OneEstimate({ id }) {
  const [found, problem, again, set] = useAnswer((signal) => loaded(id, signal), [id]);
  const estimate = found?.estimate;
  const running = found?.batch ? !ended(found.batch) : estimate && estimate.status === "pricing";
  useTitle(estimate?.name ?? t("nav.estimates"));
  useEffect(() => {
    if (!running) return undefined;
    const timer = setTimeout(again, PAUSE);
    return () => clearTimeout(timer);
  }, [running, found, problem]); // a question that fails is asked again
  if (problem && !found) return html`<${Failure} problem=${problem} again=${again} />`;
  if (!found) return html`<${Waiting} />`;
  if (found.batch) return html`<h1>${found.batch.file_name}</h1>${found.batch.error
    ? html`<${Notice} kind="error">${said("list_error", found.batch.error)}<//>` : html`<${Waiting} />`}`;
  return html`
    <p class="back"><a href="#/estimates">← ${t("nav.estimates")}</a></p>
    <div class="row spread"><h1>${estimate.name || t("estimates.unnamed")}</h1><${Export} estimate=${estimate} /></div>
    ${running && html`<p role="status">${t("estimates.running", { percent: estimate.progress.percent })} <progress max="100" value=${estimate.progress.percent} aria-label=${t("lists.progress")}></progress></p>`}
    ${estimate.degraded && html`<${Notice} kind="warning">${t("estimates.degraded")}<//>`}
    ${!estimate.kept && html`<${Notice} kind="warning">${t("estimates.not_kept")}<//>`}
    ${estimate.totals && html`<${Totals} estimate=${estimate} />`}
    <${Lines} estimate=${estimate} changed=${again} />`;
}

function Export({ estimate }) {
  const [problem, setProblem] = useState(null);
  const save = () => download(`/estimates/${estimate.id}/export`).then((blob) => saveBlob(blob, `${estimate.name || t("estimates.unnamed")}.xlsx`)).catch(setProblem);
  return html`<span>${estimate.totals && html`<button onClick=${save}>${t("export.xlsx")}</button>`}${problem && html`<${Failure} problem=${problem} />`}</span>`;
}

function Totals({ estimate: { totals, currency, lines, doubtful, unserved } }) {
  return html`<dl class="figures">
      <div><dt>${t("estimates.cheapest", { n: totals.cheapest.suppliers })}</dt><dd>${money(totals.cheapest.cost, currency)}</dd></div>
      ${totals.with_at_most && html`<div><dt>${t("estimates.at_most", { n: totals.with_at_most.suppliers })}</dt><dd>${money(totals.with_at_most.cost, currency)}</dd></div>`}
      <div><dt>${t("estimates.served")}</dt><dd>${number(totals.cheapest.served)} / ${number(lines.length)}</dd></div>
      <div><dt>${t("estimates.doubtful")}</dt><dd>${number(doubtful.length)}</dd></div>
      <div><dt>${t("estimates.unserved")}</dt><dd>${number(unserved.length)}</dd></div></dl>
    ${totals.with_at_most && !totals.with_at_most.proved && html`<p class="quiet-text">${t("estimates.not_proved")}</p>`}
    <details><summary>${t("estimates.by_supplier")}</summary><${Scrolled} label=${t("estimates.by_supplier")}><table>
      <thead><tr><th scope="col">${t("offers.supplier")}</th><th scope="col" class="number">${t("estimates.cost")}</th><th scope="col" class="number">${t("estimates.has")}</th><th scope="col" class="number">${t("estimates.missing")}</th></tr></thead>
      <tbody>${totals.by_supplier.map((one) => html`<tr key=${one.supplier_id}><td>${supplier(one)}${totals.with_at_most?.supplier_ids.includes(one.supplier_id) && html` <${Tag} kind="good">${t("estimates.chosen_supplier")}<//>`}</td>
        <td class="number">${money(one.cost, currency)}</td><td class="number">${number(one.served)}</td><td class="number">${number(one.missing)}</td></tr>`)}</tbody></table><//></details>`;
}

function Lines({ estimate, changed }) {
  const [shown, setShown] = useState(SHOWN);
  const sorted = [...estimate.lines].sort((a, b) => ORDER[a.status] - ORDER[b.status] || a.line - b.line);
  return html`<ul class="plain lines">${sorted.slice(0, shown).map((line) => html`<${Line} key=${line.line} ...${{ line, estimate, changed }} />`)}</ul>
    ${sorted.length > shown && html`<p class="more"><button onClick=${() => setShown(shown + SHOWN)}>${t("more")}</button></p>`}`;
}

function Line({ line, estimate, changed }) {
  const [state, setState] = useState({});
  const choose = async (material) => {
    setState({ busy: true });
    try {
      await ask("PUT", `/estimates/${estimate.id}/lines/${line.line}`, { body: { material_id: material } });
      setState({});
      changed();
    } catch (problem) {
      setState({ problem });
    }
  };
  const { best } = line;
  return html`<li class="bill-line"><div class="row spread">
      <span class="as-listed"><small>${line.line}.</small> <strong>${line.name}</strong> <small>${number(line.quantity)} ${line.unit ?? ""}</small>
        <span class="line"><${Tag} kind=${KIND[line.status]}>${t(`estimates.line_${line.status}`)}<//> ${line.chosen && html`<${Tag} kind="good">${t("estimates.chosen")}<//> `}
          ${line.material?.id ? html`<a href=${link(`materials/${line.material.id}`)}>${line.material.name}</a>` : line.material?.name ?? ""}</span></span>
      ${best && html`<span class="number"><span class="price">${money(best.cost, best.currency)}</span>
        <small class="line">${supplier(best)} · ${number(best.packages)} ${best.unit ?? ""} × ${money(best.price, best.currency)}</small></span>`}
    </div>
    <details open=${line.status === "doubtful" || undefined}><summary>${t("estimates.details", { n: line.offers.length })}</summary>
      <p class="quiet-text"><small>${line.why}</small></p>
      ${line.offers.length > 0 && html`<${Scrolled} label=${t("offers.of", { name: line.name })}><table>
        <tbody>${line.offers.map((offer) => html`<tr key=${offer.offer_id} class=${offer.offer_id === best?.offer_id ? "best" : ""}><td>${supplier(offer)}</td><td class="as-listed">${offer.name}</td>
          <td class="number">${number(offer.packages)} ${offer.unit ?? ""}</td><td class="number"><span class="price">${money(offer.price_per_base_unit, offer.currency)}</span><small> / ${offer.base_unit}</small></td>
          <td class="number price">${money(offer.cost, offer.currency)}</td></tr>`)}</tbody></table><//>`}
      ${line.alternatives.length > 0 && html`<h2>${t("estimates.alternatives")}</h2><ul class="plain">${line.alternatives.map((one) => html`<li class="row spread">
        <span>${one.material.name} <small class="line">${[one.best && `${money(one.best.cost, one.best.currency)}, ${supplier(one.best)}`, one.why].filter(Boolean).join(" · ")}</small></span>
        ${one.material.id && html`<button disabled=${state.busy} aria-label=${t("estimates.this_one", { name: one.material.name })} onClick=${() => choose(one.material.id)}>${t("estimates.this")}</button>`}</li>`)}</ul>`}
      <div class="row">${line.status === "doubtful" && line.material?.id && html`<button disabled=${state.busy} onClick=${() => choose(line.material.id)}>${t("estimates.right")}</button>`}
        ${line.status !== "unserved" && html`<button class="quiet" disabled=${state.busy} onClick=${() => choose(null)}>${t("estimates.nothing_fits")}</button>`}
        <a href=${link("search", { q: line.name })}>${t("estimates.search")}</a></div>
      ${state.problem && html`<${Failure} problem=${state.problem} />`}
    </details></li>`;
}
