// What became of the words that were typed; each change can be undone.
import { html } from "../vendor/preact.js";
import { change } from "../address.js";
import { t } from "../language.js";

export function Understood({ answer, query }) {
  const { rewrites } = answer.understood;
  const kept = query.getAll("as");
  if (rewrites.length === 0 && kept.length === 0) return null;
  const follow = (edit) => change("search", (next) => {
    const words = edit(next.getAll("as"));
    next.delete("as");
    for (const word of words) next.append("as", word);
  });
  return html`<div class="understood">
    <span id="understood">${t("understood.label")}</span>
    <ul class="chips" aria-labelledby="understood">
      ${rewrites.map((one) => html`<li class="chip">
        <s>${one.from}</s>${one.to && html` → <strong>${one.to}</strong>`} <small>${t(`rewrite.${one.reason}`)}</small>
        <button class="quiet" aria-label=${t("understood.undo", { word: one.from })} title=${t("understood.undo", { word: one.from })}
          onClick=${() => follow((words) => [...words, one.from])}>✕</button></li>`)}
      ${kept.map((word) => html`<li class="chip">«${word}» <small>${t("understood.as_written")}</small>
        <button class="quiet" aria-label=${t("understood.again", { word })} onClick=${() => follow((words) => words.filter((one) => one !== word))}>✕</button></li>`)}
    </ul>
  </div>`;
}
