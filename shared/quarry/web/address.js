// Addresses: «#/materials/ID?…». Each search, material, list and estimate has one that can be sent to others.
import { useLayoutEffect, useState } from "./vendor/preact.js";

export function address() {
  const [path, query = ""] = location.hash.replace(/^#\/?/, "").split("?");
  return { path: path.split("/").filter(Boolean).map(decoded), query: new URLSearchParams(query) };
}

/** An address that was cut off on its way has half a letter at its end. */
function decoded(part) {
  try {
    return decodeURIComponent(part);
  } catch {
    return part;
  }
}

export function link(path, parameters = {}) {
  const query = new URLSearchParams();
  for (const [name, value] of Object.entries(parameters)) {
    for (const one of Array.isArray(value) ? value : [value]) {
      if (one !== null && one !== undefined && one !== "" && one !== false) query.append(name, one);
    }
  }
  const text = query.toString();
  return `#/${path}${text ? `?${text}` : ""}`;
}

const changed = new EventTarget();

export function go(target, { replace = false } = {}) {
  if (target === location.hash) return;
  if (replace) {
    // Typing leaves no entry for each letter in the history.
    history.replaceState(history.state, "", target);
    changed.dispatchEvent(new Event("change"));
  } else {
    location.hash = target;
  }
}

/** The view's address with its parameters edited: those of this moment, not those that were drawn. Who has left already stays gone. */
export function change(view, edit, options) {
  const { path, query } = address();
  if ((path.join("/") || "search") !== view) return;
  edit(query);
  const text = query.toString();
  go(`#/${view}${text ? `?${text}` : ""}`, options);
}

/** Goes to the address that the work ends with, unless one has gone elsewhere meanwhile. */
export async function goAfter(work) {
  const here = location.hash;
  const target = await work();
  if (location.hash === here) go(target);
}

export function useAddress() {
  const [, again] = useState(0);
  // Whatever listens does so from the moment that something is drawn: «useEffect» waits for a frame, which may come late.
  useLayoutEffect(() => {
    const update = () => again((times) => times + 1);
    window.addEventListener("hashchange", update);
    changed.addEventListener("change", update);
    return () => {
      window.removeEventListener("hashchange", update);
      changed.removeEventListener("change", update);
    };
  }, []);
  return address();
}
