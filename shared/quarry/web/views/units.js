// The unit in which most of the offers can be compared.
export function commonUnit(offers, preferred) {
  const counts = new Map();
  for (const offer of offers) {
    for (const { unit } of offer.comparable) counts.set(unit, (counts.get(unit) ?? 0) + 1);
  }
  let best = null;
  for (const [unit, count] of counts) {
    const better = !best || count > best.count || (count === best.count && unit === preferred);
    if (better) best = { unit, count };
  }
  return best?.unit ?? null;
}
