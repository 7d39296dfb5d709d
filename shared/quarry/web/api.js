// Questions to the API. What it refuses, and a connection that fails, is one kind of error, with a text for a person.
import { known, language, t } from "./language.js";
import { authorization, renew } from "./sign_in.js";

const PREFIX = "/api/v1";
// A store that was there a moment ago costs one answer: the next one goes round it.
const PAUSE = 1500;
let configured = {};

export const configure = (given) => { configured = given; };
export const configuration = () => configured;
export const baseCurrency = () => configured.base_currency;

export class Problem extends Error {
  constructor(status, detail, { errors = [], retryAfter = null, code = null } = {}) {
    super(detail);
    this.status = status;
    this.code = code;
    this.errors = errors;
    this.retryAfter = retryAfter;
  }
}

export const ask = async (method, path, options) => read(await answered(method, path, options), path);

/** A file that the API makes. */
export async function download(path) {
  const answer = await answered("GET", path);
  return answer.ok ? answer.blob() : read(answer, path);
}

async function answered(method, path, { body, query, signal, keepalive } = {}) {
  const parameters = new URLSearchParams();
  for (const [name, value] of Object.entries(query ?? {})) {
    if (value !== null && value !== undefined && value !== "") parameters.append(name, value);
  }
  const text = parameters.toString();
  const url = `${PREFIX}${path}${text ? `?${text}` : ""}`;
  let used;
  const send = () => fetch(url, {
    method,
    signal,
    keepalive,
    headers: { ...(body === undefined ? {} : { "Content-Type": "application/json" }), "Accept-Language": language(), ...(used = authorization()) },
    body: body === undefined ? undefined : JSON.stringify(body),
  });
  try {
    const answer = await send();
    // A token ends while somebody types: it is renewed, the question is asked again, and nothing typed is lost.
    if (answer.status === 401 && (await renew(used))) return await send();
    const asks = method === "GET" || path === "/search";
    if (answer.status !== 503 || !asks || path.startsWith("/health")) return answer;
    await new Promise((go) => { setTimeout(go, PAUSE); });
    return await send();
  } catch (error) {
    if (error.name === "AbortError") throw error;
    throw new Problem(0, t("problem.connection"));
  }
}

async function read(answer, path) {
  const said = await answer.json().catch(() => null);
  // «No store can answer» of the health routes is an answer as well.
  if (answer.ok || (answer.status === 503 && path.startsWith("/health"))) return said;
  throw new Problem(answer.status, refusal(answer.status, said), {
    errors: said?.errors ?? [],
    code: said?.code ?? null,
    retryAfter: Number(answer.headers.get("Retry-After")) || null,
  });
}

function refusal(status, said) {
  if (status === 401) return t("problem.signed_out");
  if (status === 403) return t("problem.forbidden");
  if (status === 429) return t("problem.busy");
  if (status >= 500) return t("problem.unavailable");
  if (said?.code && known(`problem.${said.code}`)) return t(`problem.${said.code}`);
  return said?.detail || said?.title || t("problem.unknown", { status });
}

export const get = (path, query, options = {}) => ask("GET", path, { query, ...options });
export const post = (path, body, options = {}) => ask("POST", path, { body, ...options });
export const put = (path, body) => ask("PUT", path, { body });
export const remove = (path, query) => ask("DELETE", path, { query });

/** Every item of a list, page by page, at most so many. */
export async function all(path, query = {}, most = 10_000, options = {}) {
  const items = [];
  let cursor = null;
  do {
    const page = await get(path, { limit: 100, ...query, cursor }, options);
    items.push(...page.items);
    cursor = page.next_cursor;
  } while (cursor && items.length < most);
  return items;
}
