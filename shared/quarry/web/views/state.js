// How the service is: its stores, imports that do not move, and how old each supplier's prices are.
import { html } from "../vendor/preact.js";
import { link } from "../address.js";
import { get } from "../api.js";
import { ago, ageInDays, day, number, percent } from "../format.js";
import { t } from "../language.js";
import { Failure, Scrolled, Tag, useAnswer, useTitle, Waiting } from "../parts.js";
import { knownSuppliers } from "../suppliers.js";

const KIND = { healthy: "good", degraded: "warning", unhealthy: "bad", disabled: "plain" };
const AGES = [[30, "good"], [90, "warning"], [Infinity, "old"]];

export default function State() {
  useTitle(t("nav.state"));
  const [stores, problem, again] = useAnswer((signal) => get("/health/databases", {}, { signal }), []);
  const [full] = useAnswer((signal) => get("/health/full", {}, { signal }), []);
  const [running, stuck] = useAnswer((signal) => get("/batches", { status: "processing", limit: 50 }, { signal }), []);
  const [statistics] = useAnswer((signal) => get("/batches/statistics", { days: 30 }, { signal }), []);
  const [suppliers, unknown] = useAnswer(knownSuppliers, []);
  return html`<div class="row spread"><h1>${t("nav.state")}</h1><button onClick=${again}>${t("state.refresh")}</button></div>
    ${problem && html`<${Failure} problem=${problem} again=${again} />`}
    ${!stores && !problem && html`<${Waiting} />`}
    ${stores && html`<${Stores} stores=${stores} full=${full} />`}
    ${stuck ? html`<${Failure} problem=${stuck} />` : running && html`<${Running} lists=${running.items} />`}
    ${statistics && html`<${Statistics} found=${statistics} />`}
    ${unknown ? html`<${Failure} problem=${unknown} />` : suppliers && html`<${Suppliers} suppliers=${[...suppliers.values()]} />`}`;
}

function Stores({ stores, full }) {
  const named = [["relational_database", stores.relational_database], ["vector_database", stores.vector_database], ["cache_database", stores.cache_database],
    ...(full && full.embeddings ? [["embeddings", full.embeddings]] : []), ...(full && full.tunnel.status !== "disabled" ? [["tunnel", full.tunnel]] : [])];
  return html`<section class="block" aria-labelledby="stores"><h2 id="stores">${t("state.stores")}</h2>
    <ul class="cards">${named.map(([name, store]) => html`<li><h3>${t(`state.${name}`)}</h3>
      <p><${Tag} kind=${KIND[store.status]}>${t(`state.${store.status}`)}<//> ${store.response_time_ms != null && html`<small>${t("state.ms", { ms: Math.round(store.response_time_ms) })}</small>`}</p>
      <p class="quiet-text"><small>${store.type}${store.status !== "healthy" && store.status !== "disabled" ? ` · ${t(`state.without_${name}`)}` : ""}</small></p></li>`)}</ul>
    ${full && html`<dl class="figures">${["materials", "offers", "unindexed", "unreconciled", "batches_waiting"].filter((name) => full.counts[name] != null).map((name) => html`<div>
      <dt>${t(`state.count_${name}`)}</dt><dd>${number(full.counts[name])}</dd></div>`)}
      ${Object.entries(full.queues).filter(([, length]) => length !== null).map(([name, length]) => html`<div><dt>${t(`state.queue_${name}`)}</dt><dd>${number(length)}</dd></div>`)}</dl>`}
  </section>`;
}

function Running({ lists }) {
  return html`<section class="block" aria-labelledby="running"><h2 id="running">${t("state.running")}</h2>
    ${lists.length === 0 ? html`<p class="quiet-text">${t("state.none_running")}</p>` : html`<ul class="plain">${lists.map((list) => html`<li class="row spread" key=${list.request_id}>
      <span><a href=${link(`lists/${list.request_id}`)}>${list.file_name ?? t("origin.rows")}</a> <small>${ago(list.created_at)}</small></span>
      ${list.waiting ? html`<span><${Tag} kind="warning">${t("state.stuck", { since: ago(list.waiting.since) })}<//> <small>${list.waiting.reason}</small></span>` : html`<span>${list.percent} %</span>`}</li>`)}</ul>`}
  </section>`;
}

function Statistics({ found }) {
  const figures = [["batches", number(found.batches)], ["rows", number(found.rows)], ["failed", number(found.failed)],
    ["success", found.success_rate === null ? "—" : percent(found.success_rate * 100).replace("+", "")]];
  return html`<section class="block" aria-labelledby="statistics"><h2 id="statistics">${t("state.statistics")}</h2>
    <dl class="figures">${figures.map(([name, value]) => html`<div><dt>${t(`state.figure_${name}`)}</dt><dd>${value}</dd></div>`)}</dl></section>`;
}

function Suppliers({ suppliers }) {
  const sorted = [...suppliers].sort((a, b) => (a.last?.listed_at ?? "").localeCompare(b.last?.listed_at ?? ""));
  return html`<section class="block" aria-labelledby="ages"><h2 id="ages">${t("state.ages")}</h2>
    ${sorted.length === 0 ? html`<p class="quiet-text">${t("lists.none")}</p>` : html`<${Scrolled} label=${t("state.ages")}><table>
      <thead><tr><th scope="col">${t("offers.supplier")}</th><th scope="col">${t("state.last_list")}</th><th scope="col">${t("lists.came")}</th></tr></thead>
      <tbody>${sorted.map((one) => html`<tr key=${one.id}><td><a href=${link("lists", { supplier: one.id })}>${one.name ?? t("supplier.number", { id: one.id })}</a></td>
        <td>${one.last ? html`<a href=${link(`lists/${one.last.request_id}`)}>${one.last.file_name ?? t("origin.rows")}</a>` : "—"}</td>
        <td>${one.last ? html`<${Tag} kind=${AGES.find(([days]) => ageInDays(one.last.listed_at) < days)[1]}>${ago(one.last.listed_at)}<//> <small>${day(one.last.listed_at)}</small>` : "—"}</td></tr>`)}</tbody></table><//>`}
  </section>`;
}
