// Where a list is on its way, and how far.
import { html } from "../vendor/preact.js";
import { t } from "../language.js";
import { Tag } from "../parts.js";

const KIND = { completed: "good", completed_with_errors: "warning", failed: "bad", undone: "plain" };

export function Status({ list }) {
  const running = !(list.status in KIND);
  return html`<${Tag} kind=${KIND[list.status] ?? (list.waiting ? "warning" : "plain")}>${t(list.waiting ? "status.waiting" : `status.${list.status}`)}<//>
    ${running && html` <progress max="100" value=${list.percent} aria-label=${t("lists.progress")}></progress> <small>${t("lists.percent", { percent: list.percent })}</small>`}`;
}
