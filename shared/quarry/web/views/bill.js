// Lines of a bill as they are pasted: name, quantity, unit, between tabs or semicolons, or «Цемент М500 — 40 мешок».
const FREE = /^(.*?\S)\s*[-–—:,]?\s+(\d[\d\s]*(?:[.,]\d+)?)\s*([^\d\s]\S{0,20})?$/;
const QUANTITY = /^\d{1,9}(?:\.\d{1,6})?$/;

/** {lines, faults}: «faults» are the numbers of lines that have no quantity. */
export function lines(text) {
  const found = { lines: [], faults: [] };
  text.split(/\r?\n/).forEach((line, place) => {
    if (!line.trim()) return;
    const parts = line.split(/\t|;/).map((part) => part.trim());
    const free = FREE.exec(line.trim());
    const [name, quantity, unit] = parts.length > 1 ? parts : free ? free.slice(1) : [line.trim(), ""];
    const amount = (quantity ?? "").replace(/\s/g, "").replace(",", ".");
    if (!name || !QUANTITY.test(amount) || Number(amount) === 0) found.faults.push(place + 1);
    else found.lines.push({ name, quantity: amount, unit: unit || null });
  });
  return found;
}
