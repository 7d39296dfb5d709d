// The suppliers, with the time of each one's last list: an offer is as old as the list that last had it.
import { all } from "./api.js";
import { ageInDays } from "./format.js";

const OLD_DAYS = 90;
const RECENT_LISTS = 500; // by whose names files are recognised
let loading = null;

/** {id: {id, name, last, lists}}; asked for once, until a list has been dropped. «last» is what was imported last. */
export function knownSuppliers() {
  loading ??= Promise.all([all("/suppliers", { limit: 1000 }), all("/batches", {}, RECENT_LISTS)])
    .then(([named, lists]) => {
      const known = new Map(named.map((one) => [one.id, { ...one, last: one.last_list, lists: [] }]));
      for (const list of lists) {
        const supplier = known.get(list.supplier_id);
        if (!supplier || ["preview", "estimate"].includes(list.kind)) continue;
        supplier.lists.push(list);
        // Without PostgreSQL nobody else knows which it is.
        if (list.status.startsWith("completed")) supplier.last ??= { ...list, listed_at: list.created_at };
      }
      // The last list of a supplier may be older than the many of others.
      for (const one of known.values()) if (one.last && one.lists.length === 0) one.lists.push(one.last);
      return known;
    })
    .catch((problem) => {
      loading = null;
      throw problem;
    });
  return loading;
}

export const forgetSuppliers = () => { loading = null; };

/** When the supplier's last list came, if that is long ago. */
export function oldSince(suppliers, offer) {
  const listed = suppliers?.get(offer.supplier_id)?.last?.listed_at;
  return listed && ageInDays(listed) > OLD_DAYS ? listed : null;
}
