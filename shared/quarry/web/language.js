// The page's words, one file a language; the browser's language is the first choice, the switch a lasting one.
const KEPT = "quarry.language";
export const LANGUAGES = { ru: "Русский", en: "English" };
let current = "ru";
let words = {};
let plurals = new Intl.PluralRules("ru");
let asked = 0;

export function chosenLanguage() {
  const kept = localStorage.getItem(KEPT);
  if (kept in LANGUAGES) return kept;
  const wanted = (navigator.languages ?? [navigator.language]).map((one) => one.slice(0, 2));
  return wanted.find((one) => one in LANGUAGES) ?? "en";
}

/** Of two languages that are asked for the later one is spoken, whichever words come last. */
export async function speak(language, { keep = false } = {}) {
  asked += 1;
  const turn = asked;
  if (keep) localStorage.setItem(KEPT, language);
  const answer = await fetch(new URL(`words/${language}.json`, import.meta.url));
  const told = await answer.json();
  if (turn !== asked) return;
  words = told;
  current = language;
  plurals = new Intl.PluralRules(language);
  document.documentElement.lang = language;
}

export const language = () => current;

/** The text of a key with its {values}; a number called «n» selects the form: «offers.one», «offers.few»… */
export function t(key, values = {}) {
  const form = "n" in values && words[`${key}.${plurals.select(Number(values.n))}`];
  const text = form || words[key] || words[`${key}.other`];
  if (text === undefined) return key;
  return text.replace(/\{(\w+)\}/g, (_, name) => {
    const value = values[name];
    return typeof value === "number" ? value.toLocaleString(current) : String(value ?? "");
  });
}

export const known = (key) => key in words;

/** The API's sentence in the page's language, where it is known by its code. */
export function said(group, { code, message }) {
  return known(`${group}.${code}`) ? t(`${group}.${code}`) : message;
}
