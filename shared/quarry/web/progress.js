// Imports that are still running, asked for again until they have ended.
import { useEffect, useState } from "./vendor/preact.js";
import { get } from "./api.js";

const PAUSE = 1500;
const ENDED = ["completed", "completed_with_errors", "failed", "undone"];

export const ended = (list) => ENDED.includes(list.status);

/** What was asked for last is not always the latest: an import that has ended goes on when it is retried or undone. */
const later = (one, other) => (other && Date.parse(other.updated_at) >= Date.parse(one.updated_at) ? other : one);

/** The lists with their progress as it goes; «done» when one of them has ended. */
export function useWatched(lists, done) {
  const [fresh, setFresh] = useState(new Map());
  const shown = lists.map((one) => later(one, fresh.get(one.request_id)));
  const open = shown.filter((one) => !ended(one));
  useEffect(() => {
    if (open.length === 0) return undefined;
    const timer = setTimeout(async () => {
      // One question for many: the newest are those that run.
      const answer = open.length === 1
        ? { items: [await get(`/batches/${open[0].request_id}`).catch(() => null)].filter(Boolean) }
        : await get("/batches", { limit: 100 }).catch(() => ({ items: [] }));
      const next = new Map(fresh);
      answer.items.forEach((one) => next.set(one.request_id, one));
      setFresh(next);
      if (answer.items.some((one) => ended(one) && open.some((other) => other.request_id === one.request_id))) done?.();
    }, PAUSE);
    return () => clearTimeout(timer);
  }, [open.map((one) => `${one.request_id}${one.updated_at}${one.percent}`).join(), fresh]);
  return shown;
}
