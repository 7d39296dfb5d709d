// Files on their way: chosen, given a supplier, sent three at a time, sent again where the connection fails. They go on
// while one looks at other views.
import { configuration, post } from "./api.js";
import { t } from "./language.js";
import { forgetSuppliers } from "./suppliers.js";

const AT_ONCE = 3;
const PAUSES = [1000, 2000, 4000, 8000, 15_000, 30_000, 60_000];
const EXPIRED = 403;
const HIDDEN = /^(\.|~\$|Thumbs\.db$|desktop\.ini$)/i;
const changed = new EventTarget();
export const files = [];
let sending = 0;

export const watch = (update) => {
  changed.addEventListener("change", update);
  return () => changed.removeEventListener("change", update);
};
const tell = () => changed.dispatchEvent(new Event("change"));

/** Without what operating systems put beside files. */
export const visible = (found) => found.filter(({ file }) => !HIDDEN.test(file.name));

/** «state»: ask (no supplier), ready, waiting, sending, sent, refused (never sent), failed (may be tried again). */
export function choose(found, guess) {
  for (const { file, folder } of visible(found)) {
    const one = { file, folder, key: crypto.randomUUID(), sent: 0, state: "ask", supplier: "", why: null, message: null, requestId: null };
    const refused = fault(file);
    if (refused) Object.assign(one, { state: "refused", message: refused });
    else assign(one, guess(file, folder));
    files.push(one);
  }
  tell();
}

/** Why the file is not sent; null where nothing speaks against it. */
export function fault(file) {
  const most = configuration().max_file_bytes;
  if (file.size > most) return t("upload.too_large", { most: Math.floor(most / 1_048_576) });
  if (file.size === 0) return t("upload.empty");
  if (file.name.length > 200) return t("upload.long_name");
  return null;
}

export function assign(one, { name, why }) {
  Object.assign(one, { supplier: name ?? "", why, state: name?.trim() ? "ready" : "ask" });
  tell();
}

/** Who dropped files before the suppliers were known is not asked about those that are. */
export function recognise(guess) {
  for (const one of files) {
    if ((one.state === "ask" || one.state === "ready") && one.why !== "asked") assign(one, guess(one.file, one.folder));
  }
}

export function dropFile(one) {
  files.splice(files.indexOf(one), 1);
  tell();
}

export function clearDone() {
  for (const one of files.filter(({ state }) => state === "sent" || state === "refused")) files.splice(files.indexOf(one), 1);
  tell();
}

export function send(some = files) {
  for (const one of some) {
    if (one.state === "ready" || one.state === "failed") Object.assign(one, { state: "waiting", message: null });
  }
  next();
}

export const busy = () => files.some(({ state }) => state === "waiting" || state === "sending");

addEventListener("beforeunload", (event) => {
  if (busy()) event.preventDefault();
});

function next() {
  tell();
  while (sending < AT_ONCE) {
    const one = files.find(({ state }) => state === "waiting");
    if (!one) return;
    sending += 1;
    one.state = "sending";
    upload(one)
      .then(() => Object.assign(one, { state: "sent", message: null }))
      .catch((problem) => Object.assign(one, { state: "failed", message: problem.message }))
      .finally(() => {
        sending -= 1;
        next();
      });
  }
}

const numbers = new Map();

/** The supplier's number by its name; several files of one new supplier make it once. */
function supplierOf(name) {
  const key = name.trim().toLowerCase();
  if (!numbers.has(key)) {
    numbers.set(key, post("/suppliers", { name: name.trim() }).then((one) => {
      forgetSuppliers();
      return one.id;
    }).catch((problem) => {
      numbers.delete(key);
      throw problem;
    }));
  }
  return numbers.get(key);
}

async function upload(one) {
  one.requestId = await sendFile(one.file, async () => ({ supplier_id: await supplierOf(one.supplier), file_name: one.file.name }), {
    begun: (requestId) => { one.requestId = requestId; },
    sent: (share) => {
      Object.assign(one, { sent: share, message: null });
      tell();
    },
    lost: () => {
      one.message = t("upload.lost");
      tell();
    },
  });
}

/** Sends a file, again and again while the connection fails; gives the request id that it is followed by. */
export async function sendFile(file, describe, { begun = () => {}, sent = () => {}, lost = () => {} } = {}) {
  let ticket = null;
  for (let attempt = 0; ; attempt += 1) {
    try {
      if (!ticket) {
        ticket = await post("/pricelists", await describe());
        begun(ticket.request_id);
      }
      await transfer(file, ticket.upload, sent);
      return ticket.request_id;
    } catch (problem) {
      if (problem.status >= 400 && problem.status < 500 && problem.status !== EXPIRED && problem.status !== 429) throw problem;
      if (attempt >= PAUSES.length && navigator.onLine) throw problem;
      if (problem.status === EXPIRED) ticket = null; // a form is valid for an hour: another one, of a new import
      lost();
      await restored(navigator.onLine ? PAUSES[attempt] : null);
    }
  }
}

/** When the browser says that it is online again, or after a pause, where there is one. */
function restored(pause) {
  return new Promise((resolve) => {
    const timer = pause === null ? null : setTimeout(done, pause);
    function done() {
      clearTimeout(timer);
      removeEventListener("online", done);
      resolve();
    }
    addEventListener("online", done);
  });
}

function transfer(file, { url, fields }, sent) {
  const body = new FormData();
  for (const [name, value] of Object.entries(fields)) body.append(name, value);
  body.append("file", file);
  return new Promise((resolve, reject) => {
    const request = new XMLHttpRequest(); // fetch says nothing of what was sent
    const fail = (status, message) => reject(Object.assign(new Error(message), { status }));
    request.upload.onprogress = (event) => sent(event.loaded / event.total);
    request.onload = () => (request.status < 300 ? resolve() : fail(request.status, t("upload.refused", { status: request.status })));
    request.onerror = () => fail(0, t("problem.connection"));
    request.open("POST", url);
    request.send(body);
  });
}

/** The files of what was dropped; folders are walked. */
export async function dropped(transferred) {
  const entries = [...transferred.items].map((item) => item.webkitGetAsEntry?.()).filter(Boolean);
  if (entries.length === 0) return [...transferred.files].map((file) => ({ file, folder: null }));
  return (await Promise.all(entries.map((entry) => walked(entry, null)))).flat();
}

async function walked(entry, folder) {
  if (entry.isFile) {
    const file = await new Promise((resolve, reject) => entry.file(resolve, reject));
    return [{ file, folder }];
  }
  const reader = entry.createReader();
  const inside = [];
  for (;;) {
    const some = await new Promise((resolve, reject) => reader.readEntries(resolve, reject)); // a hundred at a time
    if (some.length === 0) break;
    inside.push(...some);
  }
  return (await Promise.all(inside.map((one) => walked(one, entry.name)))).flat();
}
