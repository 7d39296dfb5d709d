// Search as one types; the address holds all of it, so that it can be sent to a colleague.
import { html } from "../vendor/preact.js";
import { link, useAddress } from "../address.js";
import { baseCurrency, post } from "../api.js";
import { t } from "../language.js";
import { Failure, More, Notice, useAnswer, useTitle, Waiting } from "../parts.js";
import { knownSuppliers } from "../suppliers.js";
import { CompareBar, useCompared } from "./comparing.js";
import { Export } from "./export.js";
import { Facets } from "./facets.js";
import { Hit } from "./hit.js";
import { SearchField } from "./search_field.js";
import { Understood } from "./understood.js";

const PAGE = 20;

export function asked(query) {
  const price = { min: query.get("min"), max: query.get("max") };
  return {
    query: query.get("q") ?? "",
    as_written: query.getAll("as"),
    limit: PAGE,
    filters: {
      category: query.getAll("category"),
      unit: query.getAll("unit"),
      supplier_id: query.getAll("supplier").map(Number),
      in_stock: query.has("stock") ? true : null,
      price: price.min || price.max ? { min: price.min || null, max: price.max || null, currency: baseCurrency() } : null,
    },
    sort: { by: query.get("sort") ?? "relevance" },
    facets: ["category", "supplier_id", "unit"],
  };
}

export default function Search() {
  const { query } = useAddress();
  const text = query.get("q") ?? "";
  const filtered = ["category", "unit", "supplier", "stock", "min", "max"].some((name) => query.has(name));
  const browsing = text !== "" || filtered;
  useTitle(text || t("nav.search"));
  const load = (cursor, options) => post("/search", { ...asked(query), ...(cursor && { cursor }) }, options);
  const [answer, problem, again, set] = useAnswer(async (signal) => (browsing ? load(null, { signal }) : null), [query.toString()]);
  const [suppliers] = useAnswer(knownSuppliers, []);
  const compared = useCompared();
  return html`
    <h1 class="hidden">${t("nav.search")}</h1>
    <${SearchField} />
    ${problem && html`<${Failure} problem=${problem} again=${again} />`}
    ${!browsing && html`<${Welcome} suppliers=${suppliers} />`}
    ${browsing && !answer && !problem && html`<${Waiting} />`}
    ${browsing && answer && html`
      <div class="found">
        <${Facets} facets=${answer.facets} query=${query} />
        <section aria-label=${t("search.results")}>
          <${Understood} answer=${answer} query=${query} />
          <${Result} ...${{ answer, suppliers, compared, set, load }} />
        </section>
      </div>
      <${CompareBar} compared=${compared} />`}`;
}

function Result({ answer, suppliers, compared, set, load }) {
  const { total, hits } = answer;
  return html`
    <div class="summary">
      <p role="status">${t(total.relation === "gte" ? "search.found_at_least" : "search.found", { n: total.value })}</p>
      <${Export} hits=${hits} name=${answer.query} />
    </div>
    ${answer.degraded && html`<${Notice} kind="warning">${t(`search.degraded_${answer.source}`)}<//>`}
    ${answer.near_only && html`<${Notice}>${t("search.near_only")}<//>`}
    ${answer.did_you_mean && html`<${Notice}>${t("search.did_you_mean")} <a href=${link("search", { q: answer.did_you_mean })}>${answer.did_you_mean}</a><//>`}
    ${hits.length === 0 && html`<${Notice}>${t("search.nothing")}<//>`}
    <ol class="hits">${hits.map((hit) => html`<${Hit} key=${hit.material.id} ...${{ hit, suppliers, compared }} />`)}</ol>
    <${More} page=${answer} field="hits" ...${{ set, load }} />`;
}

function Welcome({ suppliers }) {
  const [answer] = useAnswer((signal) => post("/search", { query: "", limit: 1, facets: ["category"] }, { signal }), []);
  const groups = answer?.facets.category.slice(0, 24) ?? [];
  const empty = answer && answer.total.value === 0;
  return html`<section class="welcome" aria-label=${t("search.begin")}>
    ${empty && html`<${Notice}>${t("search.empty_catalogue")} <a href="#/lists">${t("search.drop_lists")}</a><//>`}
    ${!empty && html`<p>${t("search.examples")}</p>`}
    ${groups.length > 0 && html`<h2>${t("search.groups")}</h2>
      <ul class="chips">${groups.map((one) => html`<li><a class="chip" href=${link("search", { category: one.value })}>
        ${one.value} <span class="count">${one.count}</span></a></li>`)}</ul>`}
    ${suppliers?.size > 0 && html`<p class="quiet-text">${t("search.suppliers", { n: suppliers.size })}</p>`}
  </section>`;
}

