// The words of two names, each with whether the other name lacks it.
// «60*27мм» and «60х27 мм» are the same words; what stands between two sizes is none.
const WORD = /\p{N}+(?:[.,]\p{N}+)*|(?!(?<=\p{N}\s?)[xх]\s?\p{N})\p{L}+/giu;

const plain = (word) => word.toLowerCase().replaceAll("ё", "е").replaceAll(",", ".");

export function differing(one, other) {
  const words = (text) => new Set((text.match(WORD) ?? []).map(plain));
  const [ours, theirs] = [words(one), words(other)];
  return [marked(one, theirs), marked(other, ours)];
}

function marked(text, others) {
  const parts = [];
  let last = 0;
  for (const found of text.matchAll(WORD)) {
    if (found.index > last) parts.push({ text: text.slice(last, found.index), differs: false });
    parts.push({ text: found[0], differs: !others.has(plain(found[0])) });
    last = found.index + found[0].length;
  }
  if (last < text.length) parts.push({ text: text.slice(last), differs: false });
  return parts;
}
