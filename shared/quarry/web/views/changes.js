// What became dearer, cheaper, new or gone, across suppliers and over time; and watches: «tell me when this falls below».
import { html } from "../vendor/preact.js";
import { change as changed, link, useAddress } from "../address.js";
import { get } from "../api.js";
import { ago, money, number, percent, supplier, time } from "../format.js";
import { t } from "../language.js";
import { Failure, More, Notice, Scrolled, Tag, TextField, useAnswer, useTitle, Waiting } from "../parts.js";
import { knownSuppliers } from "../suppliers.js";
import { saveBlob, xlsx } from "../tables.js";
import { CHANGE_TAG } from "./list_changes.js";
import { Watches } from "./watches.js";

const PERIODS = [1, 7, 30, 90, 365];
const KINDS = ["dearer", "cheaper", "new", "gone", "price_added", "price_removed", "unit_changed", "currency_changed", "duplicate", "duplicate_gone"];
const DAY = 86_400_000;

function asked(query) {
  const days = Number(query.get("days") ?? 30);
  return {
    since: query.get("since") ?? new Date(Math.floor((Date.now() - days * DAY) / 60_000) * 60_000).toISOString(),
    until: query.get("until"),
    supplier_id: query.get("supplier"),
    kind: query.get("kind"),
    group: query.get("group"),
    min_percent: query.get("percent"),
  };
}

export default function Changes({ path }) {
  const watching = path[1] === "watches";
  useTitle(t("nav.changes"));
  return html`<div class="row spread"><h1>${t("nav.changes")}</h1>
      <nav class="tabs" aria-label=${t("changes.which")}>
        <a href="#/changes" aria-current=${watching ? undefined : "page"}>${t("changes.period")}</a>
        <a href="#/changes/watches" aria-current=${watching ? "page" : undefined}>${t("watches.title")}</a></nav></div>
    ${watching ? html`<${Watches} />` : html`<${Period} />`}`;
}

function Period() {
  const { query } = useAddress();
  const load = (cursor, options) => get("/changes", { ...asked(query), limit: cursor ? 100 : 50, cursor }, options);
  const [page, problem, again, set] = useAnswer((signal) => load(null, { signal }), [query.toString()]);
  const [suppliers] = useAnswer(knownSuppliers, []);
  return html`
    <${Filters} ...${{ query, suppliers }} />
    ${problem && html`<${Failure} problem=${problem} again=${again} />`}
    ${!page && !problem && html`<${Waiting} />`}
    ${page?.digest && html`<${Digest} digest=${page.digest} query=${query} />`}
    ${page?.items.length === 0 && html`<${Notice}>${t("changes.none")}<//>`}
    ${page?.items.length > 0 && html`
      <div class="summary"><p role="status">${t(page.digest?.total.relation === "gte" ? "changes.at_least" : "changes.total", { n: page.digest?.total.value ?? page.items.length })}</p>
        <div class="export"><button onClick=${() => saveBlob(xlsx(rows(page.items), t("nav.changes")), `${t("nav.changes")}.xlsx`)}>${t("export.xlsx")}</button></div></div>
      <${Table} items=${page.items} />`}
    <${More} ...${{ page, set, load }} />`;
}

function Filters({ query, suppliers }) {
  const narrow = (name, value) => changed("changes", (next) => (value ? next.set(name, value) : next.delete(name)));
  const change = (name) => (event) => narrow(name, event.target.value);
  return html`<div class="row filters">
    <label>${t("changes.days")} <select value=${query.get("days") ?? "30"} onChange=${change("days")}>${PERIODS.map((days) => html`<option value=${days}>${t("changes.last", { n: days })}</option>`)}</select></label>
    <label>${t("offers.supplier")} <select value=${query.get("supplier") ?? ""} onChange=${change("supplier")}><option value="">${t("lists.every_supplier")}</option>
      ${[...(suppliers?.values() ?? [])].map((one) => html`<option value=${one.id}>${one.name ?? t("supplier.number", { id: one.id })}</option>`)}</select></label>
    <label>${t("list_changes.kind")} <select value=${query.get("kind") ?? ""} onChange=${change("kind")}><option value="">${t("changes.every_kind")}</option>
      ${KINDS.map((kind) => html`<option value=${kind}>${t(`change.${kind}`)}</option>`)}</select></label>
    <label>${t("changes.group")} <${TextField} size="14" value=${query.get("group") ?? ""} maxlength="200" take=${(typed) => narrow("group", typed)} /></label>
    <label>${t("changes.percent")} <${TextField} inputmode="decimal" size="4" value=${query.get("percent") ?? ""} pattern="[0-9]{1,6}([.,][0-9]{1,2})?"
      take=${(typed) => narrow("percent", typed.replace(",", "."))} /></label>
  </div>`;
}

function Digest({ digest, query }) {
  const narrowed = (kind) => {
    const next = new URLSearchParams(query);
    next.set("kind", kind);
    return `#/changes?${next}`;
  };
  return html`<ul class="chips">${Object.entries(digest.by_kind).filter(([, count]) => count > 0).map(([kind, count]) => html`<li><a class="chip" href=${narrowed(kind)}>
      ${t(`change.${kind}`)} <strong>${number(count)}</strong></a></li>`)}</ul>
    ${digest.by_supplier.length > 1 && html`<details><summary>${t("changes.by_supplier")}</summary><ul class="plain">${digest.by_supplier.map((one) => html`<li class="row spread">
      <span>${supplier(one)}</span><span class="quiet-text">${Object.entries(one.by_kind).map(([kind, count]) => `${t(`change.${kind}`)} ${number(count)}`).join(" · ")}</span></li>`)}</ul></details>`}`;
}

function Table({ items }) {
  return html`<${Scrolled} label=${t("nav.changes")}><table class="changed">
    <thead><tr><th scope="col">${t("changes.when")}</th><th scope="col">${t("offers.supplier")}</th><th scope="col">${t("export.material")}</th><th scope="col">${t("list_changes.kind")}</th>
      <th scope="col" class="number">${t("list_changes.was")}</th><th scope="col" class="number">${t("list_changes.is")}</th><th scope="col" class="number">%</th></tr></thead>
    <tbody>${items.map((one) => html`<tr key=${`${one.kind}${one.offer_id}`}>
      <td class="when nowrap" title=${time(one.at)}>${one.request_id ? html`<a href=${link(`lists/${one.request_id}`)}>${ago(one.at)}</a>` : ago(one.at)}</td><td class="supplier">${supplier(one)}</td>
      <td class="as-listed">${one.material_id ? html`<a href=${link(`materials/${one.material_id}`)}>${one.name}</a>` : one.name}</td>
      <td class="kind"><${Tag} kind=${CHANGE_TAG[one.kind] ?? "warning"}>${t(`change.${one.kind}`)}<//></td>
      <td class="was number">${price(one.old_price, one.old_currency ?? one.currency, one.old_unit)}</td><td class="is number">${price(one.new_price, one.currency, one.unit)}</td>
      <td class="percent number">${one.change_percent === null ? "" : percent(one.change_percent)}</td></tr>`)}</tbody></table><//>`;
}

const price = (amount, currency, unit) => (amount === null ? "—" : html`<span class="price">${money(amount, currency)}</span>${unit && html`<small> / ${unit}</small>`}`);

function rows(items) {
  const heads = [t("changes.when"), t("offers.supplier"), t("export.material"), t("list_changes.kind"), t("list_changes.was"), t("list_changes.is"), t("export.currency"), t("export.unit"), "%"];
  const amount = (value) => (value === null ? null : Number(value));
  return [heads, ...items.map((one) => [time(one.at), supplier(one), one.name, t(`change.${one.kind}`), amount(one.old_price), amount(one.new_price), one.currency, one.unit, amount(one.change_percent)])];
}
