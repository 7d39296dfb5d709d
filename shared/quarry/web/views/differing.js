// The words of two names, each with whether the other name lacks it.
const WORD = /[\p{L}\p{N}]+(?:[.,/][\p{N}]+)*/gu;

export function differing(one, other) {
  const words = (text) => new Set((text.toLowerCase().replaceAll("ё", "е").match(WORD) ?? []));
  const [ours, theirs] = [words(one), words(other)];
  return [marked(one, theirs), marked(other, ours)];
}

function marked(text, others) {
  const parts = [];
  let last = 0;
  for (const found of text.matchAll(WORD)) {
    if (found.index > last) parts.push({ text: text.slice(last, found.index), differs: false });
    parts.push({ text: found[0], differs: !others.has(found[0].toLowerCase().replaceAll("ё", "е")) });
    last = found.index + found[0].length;
  }
  if (last < text.length) parts.push({ text: text.slice(last), differs: false });
  return parts;
}
