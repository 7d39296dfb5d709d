// Tables as files, made in the page. Text stays text: in a workbook by its type, in CSV by an apostrophe before what a
// spreadsheet program would run as a formula.
const FORMULA = /^[\s]*[=+\-@\t\r\n＝＋－＠]/;
// eslint-disable-next-line no-control-regex
const UNSAFE = /[\u0000-\u001f\u007f-\u009f\u200b-\u200f\u2028-\u202e\u2066-\u2069\ufeff\ufffe\uffff]/g;

export function csv(rows) {
  const cell = (value) => {
    if (value === null || value === undefined) return '""';
    if (typeof value === "number") return `"${String(value).replace(".", ",")}"`;
    const text = String(value).replace(UNSAFE, " ");
    return `"${(FORMULA.test(String(value)) ? `'${text}` : text).replaceAll('"', '""')}"`;
  };
  // With a byte order mark and semicolons, a double click opens it in columns.
  const text = `\ufeff${rows.map((row) => row.map(cell).join(";")).join("\r\n")}\r\n`;
  return new Blob([text], { type: "text/csv;charset=utf-8" });
}

export function xlsx(rows, title) {
  const sheet = escaped(title.replace(/[\\/*?:[\]]/g, " ").slice(0, 31));
  const files = {
    "[Content_Types].xml": `<Types xmlns="http://schemas.openxmlformats.org/package/2006/content-types"><Default Extension="rels" ContentType="application/vnd.openxmlformats-package.relationships+xml"/><Default Extension="xml" ContentType="application/xml"/><Override PartName="/xl/workbook.xml" ContentType="application/vnd.openxmlformats-officedocument.spreadsheetml.sheet.main+xml"/><Override PartName="/xl/styles.xml" ContentType="application/vnd.openxmlformats-officedocument.spreadsheetml.styles+xml"/><Override PartName="/xl/worksheets/sheet1.xml" ContentType="application/vnd.openxmlformats-officedocument.spreadsheetml.worksheet+xml"/></Types>`,
    "_rels/.rels": relations({ rId1: ["officeDocument", "xl/workbook.xml"] }),
    "xl/workbook.xml": `<workbook xmlns="http://schemas.openxmlformats.org/spreadsheetml/2006/main" xmlns:r="http://schemas.openxmlformats.org/officeDocument/2006/relationships"><sheets><sheet name="${sheet}" sheetId="1" r:id="rId1"/></sheets></workbook>`,
    "xl/_rels/workbook.xml.rels": relations({ rId1: ["worksheet", "worksheets/sheet1.xml"], rId2: ["styles", "styles.xml"] }),
    "xl/styles.xml": `<styleSheet xmlns="http://schemas.openxmlformats.org/spreadsheetml/2006/main"><fonts count="2"><font><sz val="11"/><name val="Calibri"/></font><font><b/><sz val="11"/><name val="Calibri"/></font></fonts><fills count="2"><fill><patternFill patternType="none"/></fill><fill><patternFill patternType="gray125"/></fill></fills><borders count="1"><border/></borders><cellStyleXfs count="1"><xf/></cellStyleXfs><cellXfs count="2"><xf/><xf fontId="1" applyFont="1"/></cellXfs><cellStyles count="1"><cellStyle name="Normal" xfId="0" builtinId="0"/></cellStyles></styleSheet>`,
    "xl/worksheets/sheet1.xml": worksheet(rows),
  };
  return new Blob(zip(files), { type: "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet" });
}

export function saveBlob(blob, name) {
  const anchor = document.createElement("a");
  anchor.href = URL.createObjectURL(blob);
  anchor.download = name.replace(/[\\/:*?"<>|]/g, " ").slice(0, 120);
  anchor.click();
  setTimeout(() => URL.revokeObjectURL(anchor.href), 60_000);
}

function relations(targets) {
  const each = Object.entries(targets).map(([id, [kind, target]]) =>
    `<Relationship Id="${id}" Type="http://schemas.openxmlformats.org/officeDocument/2006/relationships/${kind}" Target="${target}"/>`);
  return `<Relationships xmlns="http://schemas.openxmlformats.org/package/2006/relationships">${each.join("")}</Relationships>`;
}

function worksheet(rows) {
  const widths = rows[0].map((_, column) =>
    Math.min(60, Math.max(8, ...rows.slice(0, 200).map((row) => String(row[column] ?? "").length + 2))));
  const columns = widths.map((width, place) => `<col min="${place + 1}" max="${place + 1}" width="${width}" customWidth="1"/>`);
  const lines = rows.map((row, line) => `<row>${row.map((value) => cell(value, line === 0)).join("")}</row>`);
  return `<worksheet xmlns="http://schemas.openxmlformats.org/spreadsheetml/2006/main"><sheetViews><sheetView workbookViewId="0"><pane ySplit="1" topLeftCell="A2" activePane="bottomLeft" state="frozen"/></sheetView></sheetViews><cols>${columns.join("")}</cols><sheetData>${lines.join("")}</sheetData></worksheet>`;
}

function cell(value, head) {
  const style = head ? ' s="1"' : "";
  if (value === null || value === undefined || value === "") return `<c${style}/>`;
  if (typeof value === "number") return `<c${style}><v>${value}</v></c>`;
  return `<c${style} t="inlineStr"><is><t xml:space="preserve">${escaped(String(value).replace(UNSAFE, " "))}</t></is></c>`;
}

const escaped = (text) => text.replaceAll("&", "&amp;").replaceAll("<", "&lt;").replaceAll('"', "&quot;");

/** A ZIP of stored files: sheets of what is seen are small. */
function zip(files) {
  const encoder = new TextEncoder();
  const parts = [];
  const central = [];
  let offset = 0;
  for (const [name, text] of Object.entries(files)) {
    const path = encoder.encode(name);
    const body = encoder.encode(`<?xml version="1.0" encoding="UTF-8" standalone="yes"?>${text}`);
    const common = [20, 0, 0, 0, 0x21]; // version, flags, method, time, date: 1 January 1980
    const sizes = [crc32(body), body.length, body.length];
    const local = record(0x04034b50, common, sizes, [path.length, 0]);
    parts.push(local, path, body);
    central.push(record(0x02014b50, [20, ...common], sizes, [path.length, 0, 0, 0, 0], [0, offset]), path);
    offset += local.length + path.length + body.length;
  }
  const size = central.reduce((sum, part) => sum + part.length, 0);
  const count = Object.keys(files).length;
  return [...parts, ...central, record(0x06054b50, [0, 0, count, count], [size, offset], [0])];
}

function record(signature, shorts, longs, more, last = []) {
  const bytes = new Uint8Array(4 + 2 * shorts.length + 4 * longs.length + 2 * more.length + 4 * last.length);
  const view = new DataView(bytes.buffer);
  let at = 0;
  const put = (values, width) => values.forEach((value) => {
    view[width === 2 ? "setUint16" : "setUint32"](at, value, true);
    at += width;
  });
  put([signature], 4);
  put(shorts, 2);
  put(longs, 4);
  put(more, 2);
  put(last, 4);
  return bytes;
}

const TABLE = Uint32Array.from({ length: 256 }, (_, byte) => {
  let value = byte;
  for (let bit = 0; bit < 8; bit += 1) value = value & 1 ? 0xedb88320 ^ (value >>> 1) : value >>> 1;
  return value;
});

function crc32(bytes) {
  let value = 0xffffffff;
  for (const byte of bytes) value = TABLE[(value ^ byte) & 0xff] ^ (value >>> 8);
  return (value ^ 0xffffffff) >>> 0;
}
