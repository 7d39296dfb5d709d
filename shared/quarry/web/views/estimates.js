// Bills of materials: dropped as a file or pasted from a spreadsheet, priced by the offers that fit.
import { html, useRef, useState } from "../vendor/preact.js";
import { goAfter, link } from "../address.js";
import { baseCurrency, get, post } from "../api.js";
import { ago, number } from "../format.js";
import { t } from "../language.js";
import { Failure, More, Notice, Scrolled, Tag, useAnswer, useTitle, Waiting } from "../parts.js";
import { dropped, fault, sendFile, visible } from "../uploads.js";
import { lines } from "./bill.js";
import { OneEstimate } from "./one_estimate.js";

export default function Estimates({ path }) {
  return path[1] ? html`<${OneEstimate} key=${path[1]} id=${path[1]} />` : html`<${Overview} />`;
}

function Overview() {
  useTitle(t("nav.estimates"));
  const load = (cursor, options) => get("/estimates", { limit: cursor ? 50 : 20, cursor }, options);
  const [page, problem, again, set] = useAnswer((signal) => load(null, { signal }), []);
  return html`<h1>${t("nav.estimates")}</h1>
    <${New} />
    <section class="block" aria-labelledby="made"><h2 id="made">${t("estimates.made")}</h2>
      ${problem && html`<${Failure} problem=${problem} again=${again} />`}
      ${!page && !problem && html`<${Waiting} />`}
      ${page?.items.length === 0 && html`<p class="quiet-text">${t("estimates.none")}</p>`}
      ${page?.items.length > 0 && html`<${Scrolled} label=${t("estimates.made")}><table>
        <thead><tr><th scope="col">${t("estimates.name")}</th><th scope="col">${t("lists.came")}</th><th scope="col" class="number">${t("estimates.lines")}</th><th scope="col">${t("lists.status")}</th></tr></thead>
        <tbody>${page.items.map((one) => html`<tr key=${one.id}><td><a href=${link(`estimates/${one.id}`)}>${one.name || t("estimates.unnamed")}</a></td><td>${ago(one.created_at)}</td>
          <td class="number">${number(one.progress.lines)}</td><td><${Tag} kind=${one.status === "priced" ? "good" : "plain"}>${t(`estimates.${one.status}`)}<//></td></tr>`)}</tbody></table><//>`}
      <${More} ...${{ page, set, load }} /></section>`;
}

function New() {
  const [given, setGiven] = useState({ name: "", text: "", suppliers: "", waste: "0" });
  const [state, setState] = useState({});
  const [over, setOver] = useState(false);
  const picker = useRef(null);
  const typed = (name) => (event) => setGiven({ ...given, [name]: event.target.value });
  const terms = () => ({ currency: baseCurrency(), max_suppliers: given.suppliers ? Number(given.suppliers) : null, waste_percent: given.waste.replace(",", ".") || "0" });
  const tried = async (work) => {
    setState({ busy: true });
    try {
      // Who has gone on to something else finds it in the list.
      await goAfter(async () => link(`estimates/${await work()}`));
    } catch (problem) {
      setState({ problem });
    }
  };
  const file = (one) => tried(() => sendFile(one, () => ({ kind: "estimate", file_name: one.name, terms: terms() }), {
    sent: (share) => setState({ busy: true, share }),
    lost: () => setState({ busy: true, lost: true }),
  }));
  const take = (found) => {
    const some = visible(found);
    const wrong = some.length > 1 ? t("estimates.one_file") : some.length === 1 && fault(some[0].file);
    if (wrong) setState({ problem: new Error(wrong) });
    else if (some.length === 1) file(some[0].file);
  };
  const drop = async (event) => {
    event.preventDefault();
    setOver(false);
    take(await dropped(event.dataTransfer));
  };
  const pick = (event) => {
    take([...event.target.files].map((one) => ({ file: one })));
    event.target.value = "";
  };
  const read = lines(given.text);
  const paste = (event) => {
    event.preventDefault();
    tried(async () => (await post("/estimates", { name: given.name.trim(), lines: read.lines, ...terms() })).id);
  };
  return html`<form onSubmit=${paste}>
    <div class=${`drop ${over ? "over" : ""}`} onDragOver=${(event) => { event.preventDefault(); setOver(true); }} onDragLeave=${() => setOver(false)}
      onDrop=${drop}>
      <p><strong>${t("estimates.drop")}</strong></p>
      <p class="quiet-text">${t("estimates.kinds")}</p>
      <button type="button" class="primary" disabled=${state.busy} onClick=${() => picker.current.click()}>${t("estimates.choose")}</button>
      <input ref=${picker} id="bill" type="file" hidden aria-label=${t("estimates.choose")} onChange=${pick} />
      ${state.share !== undefined && html`<p><progress max="1" value=${state.share} aria-label=${t("queue.sending")}></progress></p>`}
      ${state.lost && html`<p role="status">${t("upload.lost")}</p>`}
    </div>
    <div class="row terms">
      <label>${t("estimates.max_suppliers")} <input type="number" min="1" max="100" value=${given.suppliers} onInput=${typed("suppliers")} placeholder=${t("estimates.any")} /></label>
      <label>${t("estimates.waste")} <input type="text" inputmode="decimal" size="4" pattern="\\d{1,3}([.,]\\d{1,2})?" value=${given.waste} onInput=${typed("waste")} /></label>
    </div>
    <details><summary>${t("estimates.paste")}</summary>
      <label class="field">${t("estimates.name")}<input type="text" maxlength="200" value=${given.name} onInput=${typed("name")} /></label>
      <label class="field">${t("estimates.paste_how")}<textarea rows="8" value=${given.text} onInput=${typed("text")} placeholder=${t("estimates.paste_example")}></textarea></label>
      ${read.faults.length > 0 && html`<${Notice} kind="warning">${t("estimates.faults", { n: read.faults.length, lines: read.faults.slice(0, 10).join(", ") })}<//>`}
      <button class="primary" disabled=${read.lines.length === 0 || read.faults.length > 0 || state.busy}>${t("estimates.price", { n: read.lines.length })}</button>
    </details>
    ${state.problem && html`<${Failure} problem=${state.problem} />`}
  </form>`;
}
