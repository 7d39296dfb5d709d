// Are these two one and the same? One question at a time, with keys. The last answer is sent a few seconds later, or with
// the next one: until then it can be taken back.
import { html, useLayoutEffect, useRef, useState } from "../vendor/preact.js";
import { link, useAddress } from "../address.js";
import { get, post } from "../api.js";
import { ago, money, supplier } from "../format.js";
import { t } from "../language.js";
import { Failure, More, Notice, Scrolled, Tag, useAnswer, useTitle, Waiting } from "../parts.js";
import { knownSuppliers } from "../suppliers.js";
import { differing } from "./differing.js";

const GRACE = 6000; // milliseconds in which an answer can be taken back
const KEYS = { KeyS: "same", KeyD: "different", KeyN: "skip", KeyZ: "undo" };

export default function Reviews() {
  const decided = useAddress().query.get("status") === "decided";
  useTitle(t("nav.reviews"));
  return html`<div class="row spread"><h1>${t("nav.reviews")}</h1>
      <nav class="tabs" aria-label=${t("reviews.which")}>
        <a href="#/reviews" aria-current=${decided ? undefined : "page"}>${t("reviews.open")}</a>
        <a href=${link("reviews", { status: "decided" })} aria-current=${decided ? "page" : undefined}>${t("reviews.decided")}</a></nav></div>
    ${decided ? html`<${Decided} />` : html`<${Open} />`}`;
}

function Open() {
  const [page, problem, again, set] = useAnswer((signal) => get("/reviews", { limit: 50 }, { signal }), []);
  const [at, setAt] = useState(0);
  const [said, setSaid] = useState(null); // {review, decision}: not sent yet
  const [taken, setTaken] = useState([]); // what others had decided already
  const [unsent, setUnsent] = useState([]); // answers that did not get through, with the problem
  const [count, setCount] = useState(0);
  const pending = useRef(null);
  const drawn = useRef(0); // when the question that is shown was

  const tell = async (answer) => {
    try {
      // Who closes the page has decided as well.
      await post(`/reviews/${answer.review.id}`, { decision: answer.decision }, { keepalive: true });
      setCount((number) => number + 1);
    } catch (failure) {
      if (failure.status === 409) setTaken((some) => [...some, answer.review]);
      else setUnsent((some) => [...some, { ...answer, problem: failure }]);
    }
  };
  const flush = async () => {
    const held = pending.current;
    if (!held) return;
    pending.current = null;
    clearTimeout(held.timer);
    setSaid((current) => (current === held.said ? null : current));
    await tell(held.said);
  };
  const tellAgain = () => {
    setUnsent([]);
    unsent.forEach(tell);
  };
  // Who leaves has decided.
  useLayoutEffect(() => {
    const leave = () => { flush(); };
    addEventListener("pagehide", leave);
    return () => {
      removeEventListener("pagehide", leave);
      flush();
    };
  }, []);

  const items = page?.items ?? [];
  const review = items[at];
  const act = (what, event) => {
    // What was pressed before the question was drawn is no answer to it.
    if (event.timeStamp < drawn.current) return;
    if (what === "undo") {
      if (!pending.current) return;
      clearTimeout(pending.current.timer);
      pending.current = null;
      setSaid(null);
      setAt((now) => Math.max(0, now - 1));
    } else if (review) {
      setTaken([]);
      flush();
      if (what !== "skip") {
        const next = { review, decision: what };
        pending.current = { said: next, timer: setTimeout(flush, GRACE) };
        setSaid(next);
      }
      setAt(at + 1);
    }
  };
  useLayoutEffect(() => { drawn.current = performance.now(); }, [review?.id]);
  useLayoutEffect(() => {
    const key = (event) => {
      if (event.repeat) return;
      const typing = /^(INPUT|TEXTAREA|SELECT)$/.test(event.target.tagName);
      if (KEYS[event.code] && !typing && !event.ctrlKey && !event.metaKey && !event.altKey) act(KEYS[event.code], event);
    };
    addEventListener("keydown", key);
    return () => removeEventListener("keydown", key);
  });
  const reload = async () => {
    await flush();
    setAt(0);
    set(null);
    again();
  };

  if (problem && !page) return html`<${Failure} problem=${problem} again=${again} />`;
  if (!page) return html`<${Waiting} />`;
  return html`
    <p class="quiet-text">${t("reviews.how")}</p>
    ${taken.map((one) => html`<${Notice} kind="warning" key=${one.id}><p>${t("reviews.taken", { name: one.row.name })}</p><//>`)}
    ${unsent.length > 0 && html`<${Notice} kind="error"><p>${t("reviews.unsent", { names: unsent.map((one) => `«${one.review.row.name}»`).join(", ") })}
      ${" "}${unsent[0].problem.message}</p><button onClick=${tellAgain}>${t("again")}</button><//>`}
    ${said && html`<${Notice} kind="good"><div class="row spread"><span>${t(`reviews.said_${said.decision}`, { name: said.review.row.name, other: said.review.material.name })}</span>
      <button onClick=${(event) => act("undo", event)}>${t("reviews.undo")} <kbd>Z</kbd></button></div><//>`}
    ${review && html`<${Question} key=${review.id} review=${review} act=${act} left=${items.length - at} more=${page.next_cursor !== null} />`}
    ${!review && html`<${Notice} kind="good"><p>${items.length === 0 ? t("reviews.none") : t("reviews.end", { n: count + (said ? 1 : 0) })}</p>
      ${items.length > 0 && html`<button onClick=${reload}>${t("reviews.reload")}</button>`}<//>`}`;
}

function Question({ review, act, left, more }) {
  const [suppliers] = useAnswer(knownSuppliers, []);
  const [ours, theirs] = differing(review.row.name, review.material.name);
  return html`<article class="question" aria-label=${t("reviews.question")}>
    <p class="quiet-text">${t(more ? "reviews.left_more" : "reviews.left", { n: left })} · ${t("reviews.concerned", { n: review.offers_total })} ·
      ${" "}${t("reviews.likeness", { percent: Math.round(review.score * 100) })}</p>
    <div class="sides">
      <${Side} title=${t("reviews.row")} side=${review.row} words=${ours} suppliers=${suppliers} />
      <${Side} title=${t("reviews.material")} side=${review.material} words=${theirs} suppliers=${suppliers} />
    </div>
    <p>${t("reviews.why")} ${Object.keys(review.missing).map((kind) => t(`why.${kind}`)).join("; ")}</p>
    <div class="row">
      <button class="primary" onClick=${(event) => act("same", event)}>${t("reviews.same")} <kbd>S</kbd></button>
      <button onClick=${(event) => act("different", event)}>${t("reviews.different")} <kbd>D</kbd></button>
      <button class="quiet" onClick=${(event) => act("skip", event)}>${t("reviews.skip")} <kbd>N</kbd></button>
    </div>
  </article>`;
}

function Side({ title, side, words, suppliers }) {
  return html`<section class="side" aria-label=${title}><h2>${title}</h2>
    <p class="name">${words.map((one) => (one.differs ? html`<mark>${one.text}</mark>` : one.text))} ${side.unit && html`<small>${side.unit}</small>`}</p>
    <ul class="plain">${side.offers.map((offer) => html`<li class="row spread"><span>${supplier({ ...offer, supplier_name: suppliers?.get(offer.supplier_id)?.name })}<small class="line">${offer.name}</small></span>
      <span class="number price">${money(offer.price, offer.currency)}${offer.unit && html`<small> / ${offer.unit}</small>`}</span></li>`)}</ul>
    ${side.material_id && html`<a href=${link(`materials/${side.material_id}`)}>${t("reviews.look")}</a>`}
  </section>`;
}

function Decided() {
  const load = (cursor, options) => get("/reviews", { status: "decided", limit: 50, cursor }, options);
  const [page, problem, again, set] = useAnswer((signal) => load(null, { signal }), []);
  if (problem) return html`<${Failure} problem=${problem} again=${again} />`;
  if (!page) return html`<${Waiting} />`;
  return html`<p class="quiet-text">${t("reviews.decided_how")}</p>
    ${page.items.length === 0 && html`<p>${t("reviews.none_decided")}</p>`}
    ${page.items.length > 0 && html`<${Scrolled} label=${t("reviews.decided")}><table>
      <thead><tr><th scope="col">${t("reviews.row")}</th><th scope="col">${t("reviews.material")}</th><th scope="col">${t("reviews.decision")}</th><th scope="col">${t("reviews.when")}</th></tr></thead>
      <tbody>${page.items.map((one) => html`<tr key=${one.id}><td>${one.row.name}</td>
        <td>${one.material.material_id ? html`<a href=${link(`materials/${one.material.material_id}`)}>${one.material.name}</a>` : one.material.name}</td>
        <td><${Tag} kind=${one.decision === "same" ? "good" : "plain"}>${t(`reviews.${one.decision}`)}<//></td><td class="nowrap">${ago(one.decided_at)}</td></tr>`)}</tbody></table><//>`}
    <${More} ...${{ page, set, load }} />`;
}
