// The place to drop files, and those that are on their way.
import { html, useEffect, useLayoutEffect, useRef, useState } from "../vendor/preact.js";
import { bytes } from "../format.js";
import { t } from "../language.js";
import { Scrolled, Tag, TextField } from "../parts.js";
import { guesser } from "../recognising.js";
import { assign, choose, clearDone, dropFile, dropped, files, recognise, send, watch } from "../uploads.js";

export function Drop({ suppliers, sent }) {
  const [, again] = useState(0);
  const [over, setOver] = useState(false);
  const picker = useRef(null);
  const count = useRef(0);
  useLayoutEffect(() => watch(() => {
    again((times) => times + 1);
    const done = files.filter(({ state }) => state === "sent").length;
    if (done > count.current) sent();
    count.current = done;
  }), []);
  useEffect(() => { if (suppliers) recognise(guesser(suppliers)); }, [suppliers]);
  // Folders are walked a while: the suppliers may come meanwhile.
  const known = useRef(suppliers);
  known.current = suppliers;
  const take = (found) => choose(found, guesser(known.current));
  const onDrop = async (event) => {
    event.preventDefault();
    setOver(false);
    take(await dropped(event.dataTransfer));
  };
  const onPick = (event) => {
    take([...event.target.files].map((file) => ({ file, folder: file.webkitRelativePath?.split("/").at(-2) ?? null })));
    event.target.value = "";
  };
  return html`
    <div class=${`drop ${over ? "over" : ""}`} onDragOver=${(event) => { event.preventDefault(); setOver(true); }}
      onDragLeave=${() => setOver(false)} onDrop=${onDrop}>
      <p><strong>${t("drop.here")}</strong></p>
      <p class="quiet-text">${t("drop.kinds")}</p>
      <div class="row center">
        <button class="primary" onClick=${() => picker.current.click()}>${t("drop.choose")}</button>
        <${FolderButton} onPick=${onPick} />
      </div>
      <input ref=${picker} id="files" type="file" multiple hidden aria-label=${t("drop.choose")} onChange=${onPick} />
    </div>
    ${files.length > 0 && html`<${Queue} suppliers=${suppliers} />`}`;
}

function FolderButton({ onPick }) {
  const folder = useRef(null);
  return html`<button onClick=${() => folder.current.click()}>${t("drop.folder")}</button>
    <input ref=${folder} id="folder" type="file" webkitdirectory hidden aria-label=${t("drop.folder")} onChange=${onPick} />`;
}

function Queue({ suppliers }) {
  const ready = files.filter(({ state }) => state === "ready" || state === "failed");
  const unknown = files.filter(({ state }) => state === "ask");
  const over = files.some(({ state }) => state === "sent" || state === "refused");
  return html`<section class="block" aria-label=${t("queue.label")}>
    <datalist id="suppliers">${[...(suppliers?.values() ?? [])].filter((one) => one.name).map((one) => html`<option value=${one.name}></option>`)}</datalist>
    ${unknown.length > 1 && html`<${ForAll} unknown=${unknown} />`}
    <${Scrolled} label=${t("queue.label")}><table class="queue">
      <thead><tr><th scope="col">${t("lists.file")}</th><th scope="col">${t("offers.supplier")}</th><th scope="col">${t("lists.status")}</th><th><span class="hidden">${t("queue.remove")}</span></th></tr></thead>
      <tbody>${files.map((one) => html`<${Line} key=${one.key} one=${one} state=${one.state} sent=${one.sent} message=${one.message} />`)}</tbody>
    </table><//>
    <div class="row">
      <button class="primary" disabled=${ready.length === 0} onClick=${() => send()}>${t("queue.send", { n: ready.length })}</button>
      ${over && html`<button onClick=${clearDone}>${t("queue.clear")}</button>`}
      <span role="status" class="quiet-text">${unknown.length > 0 ? t("queue.unknown", { n: unknown.length }) : ""}</span>
    </div>
  </section>`;
}

function ForAll({ unknown }) {
  const [name, setName] = useState("");
  return html`<form class="row" onSubmit=${(event) => { event.preventDefault(); unknown.forEach((one) => assign(one, { name, why: "asked" })); }}>
    <label class="row">${t("queue.for_all", { n: unknown.length })}
      <input type="text" list="suppliers" value=${name} maxlength="200" onInput=${(event) => setName(event.target.value)} /></label>
    <button disabled=${!name.trim()}>${t("queue.apply")}</button>
  </form>`;
}

const KIND = { ask: "warning", ready: "plain", waiting: "plain", sending: "plain", sent: "good", refused: "bad", failed: "bad" };

function Line({ one }) {
  const open = one.state === "ask" || one.state === "ready" || one.state === "failed";
  return html`<tr>
    <td class="as-listed">${one.file.name} <small>${bytes(one.file.size)}</small></td>
    <td>${open
      ? html`<${TextField} list="suppliers" aria-label=${t("queue.supplier_of", { file: one.file.name })} placeholder=${t("queue.whose")} maxlength="200"
          value=${one.supplier} take=${(name) => assign(one, { name, why: "asked" })} />
          ${one.why && one.why !== "asked" && html`<small class="line">${t(`queue.why_${one.why}`)}</small>`}`
      : one.supplier}</td>
    <td><${Tag} kind=${KIND[one.state]}>${t(`queue.${one.state}`)}<//>
      ${one.state === "sending" && html` <progress max="1" value=${one.sent} aria-label=${one.file.name}></progress>`}
      ${one.state === "sent" && html` <a href=${`#/lists/${one.requestId}`}>${t("queue.see")}</a>`}
      ${one.message && html`<small class="line">${one.message}</small>`}</td>
    <td>${(open || one.state === "refused") && html`<button class="quiet" aria-label=${t("queue.remove_one", { file: one.file.name })} onClick=${() => dropFile(one)}>✕</button>`}</td>
  </tr>`;
}
