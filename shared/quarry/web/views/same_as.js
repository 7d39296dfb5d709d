// «The same as …»: another material is looked for, and becomes part of this one.
import { html, useState } from "../vendor/preact.js";
import { post } from "../api.js";
import { money } from "../format.js";
import { t } from "../language.js";
import { Dialog, Failure, useAnswer } from "../parts.js";

export function SameAs({ material, close, done }) {
  const [text, setText] = useState(material.name);
  const [problem, setProblem] = useState(null);
  const [answer, failed] = useAnswer((signal) => post("/search", { query: text, limit: 10 }, { signal }), [text]);
  const others = answer?.hits.filter((hit) => hit.material.id !== material.id) ?? [];
  const merge = async (other) => {
    try {
      await post(`/materials/${material.id}/merge`, { material_id: other });
      done(material.id);
    } catch (refused) {
      setProblem(refused);
    }
  };
  return html`<${Dialog} title=${t("same.title")} close=${close}>
    <p>${t("same.how", { name: material.name })}</p>
    <div class="search"><input type="text" enterkeyhint="search" aria-label=${t("same.search")} placeholder=${t("search.placeholder")} maxlength="500"
      autocomplete="off" spellcheck=${false} value=${text} onInput=${(event) => setText(event.target.value)} /></div>
    ${(problem || failed) && html`<${Failure} problem=${problem || failed} />`}
    <ul class="plain">${others.map((hit) => html`<li key=${hit.material.id} class="row spread">
      <span>${hit.material.name}<small class="line">${[hit.material.category, hit.offers[0] && money(hit.offers[0].price, hit.offers[0].currency)].filter(Boolean).join(" · ")}</small></span>
      <button onClick=${() => merge(hit.material.id)} aria-label=${t("same.choose", { name: hit.material.name })}>${t("same.this")}</button></li>`)}
    </ul>
    ${answer && others.length === 0 && html`<p class="quiet-text">${t("search.nothing_else")}</p>`}
  <//>`;
}
