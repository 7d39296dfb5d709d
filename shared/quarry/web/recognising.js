// Whose list a file is: by its folder, by earlier lists of such a name, or by the supplier's name in the file's name.
export const plain = (text) => text.toLowerCase().replaceAll("ё", "е").replace(/[^\p{L}\p{N}]+/gu, " ").trim();

/** A file's name without what differs from one list to the next: dates, numbers, the extension. */
export const stem = (name) =>
  plain(name.replace(/\.[^.]+$/, "")).replace(/\d+/g, " ").replace(/\b(прайс|лист|price|list|от|the|копия|copy)\b/gu, " ").replace(/\s+/g, " ").trim();

export function guesser(suppliers) {
  const named = [...(suppliers?.values() ?? [])].filter((one) => one.name);
  const byName = new Map(named.map((one) => [plain(one.name), one.name]));
  const byFile = new Map();
  const byStem = new Map();
  for (const one of named) {
    for (const list of one.lists) {
      if (!list.file_name) continue;
      remember(byFile, plain(list.file_name), one.name);
      remember(byStem, stem(list.file_name), one.name);
    }
  }
  return (file, folder) => {
    const inFolder = folder && byName.get(plain(folder));
    if (inFolder) return { name: inFolder, why: "folder" };
    const earlier = byFile.get(plain(file.name)) || (stem(file.name).length > 2 && byStem.get(stem(file.name)));
    if (earlier) return { name: earlier, why: "earlier" };
    const within = named.find((one) => plain(one.name).length > 2 && ` ${plain(file.name)} `.includes(` ${plain(one.name)} `));
    if (within) return { name: within.name, why: "name" };
    return folder ? { name: folder, why: "new" } : { name: null, why: null };
  };
}

/** Two suppliers with lists of one name: then the name tells nothing. */
function remember(map, key, name) {
  map.set(key, map.has(key) && map.get(key) !== name ? "" : name);
}
