// Amounts, dates and ages as the chosen language writes them.
import { language, t } from "./language.js";

const UNKNOWN_CURRENCY = "XXX";
const DAY = 86_400_000;
const made = new Map();

function once(key, make) {
  const name = `${language()}:${key}`;
  if (!made.has(name)) made.set(name, make());
  return made.get(name);
}

export function money(value, currency) {
  if (value === null || value === undefined) return t("price.none");
  const amount = Number(value);
  const digits = { minimumFractionDigits: amount && Math.abs(amount) < 1 ? 2 : Number.isInteger(amount) ? 0 : 2,
    maximumFractionDigits: amount && Math.abs(amount) < 1 ? 4 : 2 };
  if (currency === UNKNOWN_CURRENCY || !currency) {
    return `${amount.toLocaleString(language(), digits)} ${t("currency.unknown")}`;
  }
  return once(`${currency}:${digits.minimumFractionDigits}:${digits.maximumFractionDigits}`, () =>
    new Intl.NumberFormat(language(), {
      style: "currency", currency, currencyDisplay: "narrowSymbol", ...digits,
    })).format(amount);
}

export const number = (value) => Number(value).toLocaleString(language());

export function percent(value) {
  return once("percent", () => new Intl.NumberFormat(language(), {
    style: "percent", maximumFractionDigits: 1, signDisplay: "exceptZero",
  })).format(Number(value) / 100);
}

/** Without the year where it is this one. */
export function day(moment) {
  if (!moment) return "";
  const date = new Date(moment);
  const year = date.getFullYear() === new Date().getFullYear() ? undefined : "numeric";
  return once(`day:${year}`, () => new Intl.DateTimeFormat(language(), { day: "numeric", month: "short", year }))
    .format(date).replace(/\s?г\.$/, "");
}

export function time(moment) {
  if (!moment) return "";
  return once("time", () => new Intl.DateTimeFormat(language(), { dateStyle: "medium", timeStyle: "short" }))
    .format(new Date(moment));
}

export const clock = (moment) =>
  once("clock", () => new Intl.DateTimeFormat(language(), { hour: "2-digit", minute: "2-digit" })).format(new Date(moment));

export const ageInDays = (moment) => (Date.now() - new Date(moment)) / DAY;

export function ago(moment) {
  const days = Math.floor(ageInDays(moment));
  const relative = once("ago", () => new Intl.RelativeTimeFormat(language(), { numeric: "auto" }));
  if (days < 1) {
    const minutes = Math.max(0, Math.floor((Date.now() - new Date(moment)) / 60_000));
    return minutes < 60 ? relative.format(-minutes, "minute") : relative.format(-Math.floor(minutes / 60), "hour");
  }
  if (days < 60) return relative.format(-days, "day");
  return days < 730 ? relative.format(-Math.round(days / 30.4), "month") : relative.format(-Math.round(days / 365), "year");
}

export function bytes(count) {
  const [amount, unit] = count >= 1_000_000 ? [count / 1_000_000, "megabyte"] : [count / 1000, "kilobyte"];
  return new Intl.NumberFormat(language(), { style: "unit", unit, maximumFractionDigits: amount < 10 ? 1 : 0 })
    .format(amount);
}

export const supplier = (one) =>
  one.supplier_name || (one.supplier_id === null ? t("supplier.none") : t("supplier.number", { id: one.supplier_id }));
