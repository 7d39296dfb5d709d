// Signing in: the authorization-code flow with PKCE at the deployment's issuer; where there is none, a token that is
// asked for when the API wants one, as «quarry up --auth» does. Tokens live as long as the tab.
import { t } from "./language.js";

const KEPT = "quarry.tokens";
const PENDING = "quarry.sign-in.";
const CHANNEL = "quarry.sign-in";
const WINDOW = "popup,width=480,height=640";
let issuer = null;
let tokens = null;
let renewing = null;

/** False when this window has nothing to show: it is leaving for the issuer, or was opened to sign in and closes. */
export async function begin(given) {
  issuer = given;
  tokens = JSON.parse(sessionStorage.getItem(KEPT) ?? "null");
  const query = new URLSearchParams(location.search);
  if (query.has("state")) return await returned(query);
  if (issuer && !tokens) {
    await leave();
    return false;
  }
  return true;
}

export const authorization = () => (tokens ? { Authorization: `Bearer ${tokens.access}` } : {});

/** A new token in place of one that was refused: quietly where the issuer gave the means, else in a window. */
export function renew(refused) {
  // Another answer was quicker to say that the former one had ended.
  if (refused.Authorization !== authorization().Authorization) return Promise.resolve(true);
  renewing ??= (async () => (await refreshed()) || (await askPerson()))().finally(() => { renewing = null; });
  return renewing;
}

function keep(given) {
  tokens = given;
  sessionStorage.setItem(KEPT, JSON.stringify(tokens));
}

async function refreshed() {
  if (!issuer || !tokens?.refresh) return false;
  try {
    await exchange({ grant_type: "refresh_token", refresh_token: tokens.refresh });
    return true;
  } catch {
    return false;
  }
}

/** A dialog, since only a click may open a window; what has been typed stays where it is. */
function askPerson() {
  const dialog = document.createElement("dialog");
  dialog.className = "sign-in";
  const heading = document.createElement("h2");
  heading.textContent = t("sign_in.ended");
  const text = document.createElement("p");
  text.textContent = t(issuer ? "sign_in.stays" : "sign_in.token");
  dialog.setAttribute("aria-label", heading.textContent);
  const form = document.createElement("form");
  form.method = "dialog";
  const field = document.createElement("input");
  field.type = "password";
  field.setAttribute("aria-label", t("sign_in.token_field"));
  const button = document.createElement("button");
  button.className = "primary";
  button.textContent = t("sign_in.again");
  form.append(...(issuer ? [button] : [field, button]));
  dialog.append(heading, text, form);
  document.body.append(dialog);
  dialog.showModal();
  return new Promise((resolve) => {
    let done = false;
    form.addEventListener("submit", async (event) => {
      event.preventDefault();
      if (issuer) {
        done = await inWindow();
      } else {
        done = field.value.trim() !== "";
        if (done) keep({ access: field.value.trim() });
      }
      if (done) dialog.close();
    });
    dialog.addEventListener("close", () => {
      dialog.remove();
      resolve(done);
    });
  });
}

async function inWindow() {
  const opened = window.open("about:blank", "quarry-sign-in", WINDOW);
  if (!opened) {
    await leave();
    return false;
  }
  const url = await authorizationUrl({ window: true });
  const answered = new Promise((resolve) => {
    const channel = new BroadcastChannel(CHANNEL);
    channel.onmessage = async ({ data }) => {
      const pending = taken(data.state);
      if (!pending) return;
      channel.close();
      await exchange({ grant_type: "authorization_code", code: data.code, code_verifier: pending.verifier });
      resolve(true);
    };
  });
  opened.location = url;
  return answered;
}

async function leave() {
  location.assign(await authorizationUrl({ hash: location.hash }));
}

async function authorizationUrl(about) {
  const state = random();
  const verifier = random();
  // Session storage is the tab's own: a window that was opened hands the code back, and never sees the verifier.
  sessionStorage.setItem(PENDING + state, JSON.stringify({ ...about, verifier }));
  const digest = await crypto.subtle.digest("SHA-256", new TextEncoder().encode(verifier));
  const url = new URL(issuer.authorize_url);
  for (const [name, value] of Object.entries({
    response_type: "code",
    client_id: issuer.client_id,
    redirect_uri: `${location.origin}/`,
    scope: issuer.scopes,
    state: about.window ? `window.${state}` : state,
    code_challenge: base64url(new Uint8Array(digest)),
    code_challenge_method: "S256",
    ...(issuer.audience ? { audience: issuer.audience } : {}),
  })) url.searchParams.set(name, value);
  return url.href;
}

async function returned(query) {
  const state = query.get("state");
  if (state.startsWith("window.")) {
    const channel = new BroadcastChannel(CHANNEL);
    channel.postMessage({ state: state.slice("window.".length), code: query.get("code") });
    channel.close();
    window.close();
    return false;
  }
  const pending = taken(state);
  history.replaceState(null, "", `/${pending?.hash ?? ""}`);
  if (query.has("error") || !pending) throw new Error(query.get("error_description") || t("sign_in.failed"));
  await exchange({ grant_type: "authorization_code", code: query.get("code"), code_verifier: pending.verifier });
  return true;
}

function taken(state) {
  const kept = sessionStorage.getItem(PENDING + state);
  sessionStorage.removeItem(PENDING + state);
  return kept && JSON.parse(kept);
}

async function exchange(grant) {
  const answer = await fetch(issuer.token_url, {
    method: "POST",
    body: new URLSearchParams({ ...grant, client_id: issuer.client_id, redirect_uri: `${location.origin}/` }),
  });
  if (!answer.ok) throw new Error(t("sign_in.failed"));
  const given = await answer.json();
  keep({ access: given.access_token, refresh: given.refresh_token ?? tokens?.refresh ?? null });
}

function random() {
  return base64url(crypto.getRandomValues(new Uint8Array(32)));
}

function base64url(bytes) {
  return btoa(String.fromCharCode(...bytes)).replaceAll("+", "-").replaceAll("/", "_").replace(/=+$/, "");
}
