"""What reading price lists costs. ``python -m benchmarks.reading_speed``: CPU seconds for a list of each format.

``--against TREE`` reads the same lists with another checkout of this project as well, in turns, and prints ratios;
``--memory`` reads 500,000 rows of CSV and prints the most memory that was allocated for it at a time. Each reading is
a process of its own, which runs nothing but the reader; of several the quickest counts.
"""

import argparse
import io
import subprocess
import sys
import tempfile
import zipfile
from collections.abc import Iterator
from pathlib import Path
from xml.sax.saxutils import escape

import openpyxl
import xlwt
from openpyxl.styles import Font

HERE = Path(__file__).parent.parent
HEADER = ("Артикул", "Наименование", "Ед. изм.", "Остаток", "Цена розн., руб.", "Цена опт., руб.")
Row = tuple[str | float, ...]
_READ = r"""
import io, sys, time
sys.path.insert(0, sys.argv[1])
from quarry import pricelists
content, name = open(sys.argv[2], "rb").read(), sys.argv[2]
# What is made at the first reading is no part of any list's cost.
list(pricelists.read(io.BytesIO("Наименование;Ед.;Цена, руб.\nПлитка 20х30;м2;10,50\n".encode()), "a.csv"))
if sys.argv[3] == "memory":
    import tracemalloc
    tracemalloc.start()
    sum(1 for _ in pricelists.read(open(name, "rb"), name))
    print(tracemalloc.get_traced_memory()[1] / 2**20)
else:
    started = time.process_time()
    sum(1 for _ in pricelists.read(io.BytesIO(content), name))
    print(time.process_time() - started)
"""


def rows(count: int) -> Iterator[Row]:
    """Goods of ten groups; a row of one cell is a group."""
    for number in range(count):
        if number % 50 == 0:
            yield (f"Группа {number // 50}: плитка и смеси",)
        price = 10 + number % 900 + 0.5
        yield f"A-{number:06}", f"Плитка керамическая {number} 20х30 белая", "м2", number % 7, price, price * 0.9


def csv_of(count: int) -> bytes:
    lines = (";".join(map(str, row if len(row) > 1 else ("", *row))) for row in (HEADER, *rows(count)))
    return ("\n".join(lines) + "\n").encode()


def xlsx_of(count: int) -> bytes:
    workbook = openpyxl.Workbook()
    sheet = workbook.active
    assert sheet is not None
    sheet.append(HEADER)
    for row in rows(count):
        sheet.append(row)
        if len(row) == 1:
            sheet.cell(sheet.max_row, 1).font = Font(bold=True)
    out = io.BytesIO()
    workbook.save(out)
    return out.getvalue()


def xls_of(count: int) -> bytes:
    workbook = xlwt.Workbook()
    sheet, bold = workbook.add_sheet("Лист1"), xlwt.easyxf("font: bold on")
    for number, row in enumerate((HEADER, *rows(count))):
        for column, cell in enumerate(row):
            sheet.write(number, column, cell, *([bold] if len(row) == 1 else []))
    out = io.BytesIO()
    workbook.save(out)
    return out.getvalue()


def ods_of(count: int) -> bytes:
    def cell(value: str | float, style: str) -> str:
        kind = "string" if isinstance(value, str) else f'float" office:value="{value}'
        content = f"<text:p>{escape(str(value))}</text:p>"
        return f'<table:table-cell{style} office:value-type="{kind}">{content}</table:table-cell>'

    names = {name: f"urn:oasis:names:tc:opendocument:xmlns:{name}:1.0" for name in ("office", "table", "text", "style")}
    names["fo"] = "urn:oasis:names:tc:opendocument:xmlns:xsl-fo-compatible:1.0"
    spaces = " ".join(f'xmlns:{name}="{space}"' for name, space in names.items())
    body = "".join(
        "<table:table-row>"
        + "".join(cell(value, ' table:style-name="b"' if len(row) == 1 else "") for value in row)
        + "</table:table-row>"
        for row in (HEADER, *rows(count))
    )
    content = (
        f'<?xml version="1.0" encoding="UTF-8"?><office:document-content {spaces} office:version="1.2">'
        '<office:automatic-styles><style:style style:name="b" style:family="table-cell"><style:text-properties '
        'fo:font-weight="bold"/></style:style></office:automatic-styles><office:body><office:spreadsheet>'
        f'<table:table table:name="Лист1">{body}</table:table></office:spreadsheet></office:body>'
        "</office:document-content>"
    )
    mime = "application/vnd.oasis.opendocument.spreadsheet"
    manifest = (
        '<?xml version="1.0"?><manifest:manifest xmlns:manifest="urn:oasis:names:tc:opendocument:xmlns:manifest:1.0">'
        f'<manifest:file-entry manifest:full-path="/" manifest:media-type="{mime}"/>'
        '<manifest:file-entry manifest:full-path="content.xml" manifest:media-type="text/xml"/></manifest:manifest>'
    )
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("mimetype", mime, zipfile.ZIP_STORED)
        archive.writestr("META-INF/manifest.xml", manifest)
        archive.writestr("content.xml", content)
    return out.getvalue()


LISTS = {"csv": (csv_of, 40_000), "xlsx": (xlsx_of, 8_000), "xls": (xls_of, 8_000), "ods": (ods_of, 8_000)}


def measured(tree: Path, path: Path, what: str = "time") -> float:
    """By the tree's own interpreter, with its own dependencies."""
    python = tree / ".venv/bin/python"
    command = [str(python if python.exists() else sys.executable), "-c", _READ, str(tree / "shared"), str(path), what]
    return float(subprocess.run(command, check=True, capture_output=True, text=True).stdout)


def compare(folder: Path, other: Path | None, turns: int) -> None:
    print(f"{'list':<6} {'rows':>7} {'ms/1,000':>9}" + (f" {'there':>9} {'ratio':>6}" if other else ""))
    for kind, (made, count) in LISTS.items():
        path = folder / f"list.{kind}"
        path.write_bytes(made(count))
        pairs = [(measured(HERE, path), measured(other, path) if other else 0.0) for _ in range(turns)]
        here, there = (min(times) for times in zip(*pairs, strict=True))
        each = f"{kind:<6} {count:>7,} {here / count * 1e6:>9.1f}"
        print(each + (f" {there / count * 1e6:>9.1f} {here / there:>6.2f}" if other else ""), flush=True)


def main() -> int:
    parser = argparse.ArgumentParser(prog="python -m benchmarks.reading_speed", description=__doc__)
    parser.add_argument("--against", type=Path, help="another checkout, with its .venv")
    parser.add_argument("--turns", type=int, default=3)
    parser.add_argument("--memory", action="store_true")
    given = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        if given.memory:
            path = Path(folder) / "list.csv"
            path.write_bytes(csv_of(500_000))
            print(f"500,000 rows of CSV: {measured(HERE, path, 'memory'):.1f} MiB at most")
        else:
            compare(Path(folder), given.against and given.against.resolve(), given.turns)
    return 0


if __name__ == "__main__":
    sys.exit(main())
