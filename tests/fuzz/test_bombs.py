"""Small files that would grow without end are refused, or read, within a function's memory."""

import io
import json
import struct
import zipfile
from collections.abc import Callable

import pytest

from tests.fuzz.worker import Worker
from tests.unit.pricelists.documents import commerce, xml_table, zipped
from tests.unit.pricelists.files import ods, xlsx

MEGABYTE = 1 << 20
CEILING = 100 * MEGABYTE
TABLE = [["Наименование", "Цена"], ["Гвозди", 95]]


@pytest.fixture
def worker():
    """A new process each time: its peak is this file's."""
    with Worker(memory=2 << 30) as started:
        yield started


def archived(base: bytes, parts: dict[str, Callable | str]) -> bytes:
    """A workbook with parts added; a callable writes its part in pieces."""
    out = io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(base)) as before, zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as after:
        for name in before.namelist():
            if name not in parts:
                after.writestr(name, before.read(name))
        for name, content in parts.items():
            with after.open(name, "w") as part:
                for piece in [content] if isinstance(content, str) else content():
                    part.write(piece.encode() if isinstance(piece, str) else piece)
    return out.getvalue()


def _zeros(megabytes: int) -> Callable:
    return lambda: ("0" * MEGABYTE for _ in range(megabytes))


def _sheet(inner: str) -> str:
    main = "http://schemas.openxmlformats.org/spreadsheetml/2006/main"
    return f'<?xml version="1.0"?><worksheet xmlns="{main}">{inner}</worksheet>'


LAUGHS = "<!DOCTYPE x [" + "".join(
    f'<!ENTITY l{n} "{f"&l{n - 1};" * 10 if n else "лол" * 10}">' for n in range(10)
) + "]>"  # fmt: skip
EXTERNAL = '<!DOCTYPE x [<!ENTITY e SYSTEM "file:///etc/passwd">]>'
_OFFER = "<yml_catalog><offers><offer><name>НАЗВАНИЕ</name></offer></offers></yml_catalog>"
FIRST = "xl/worksheets/sheet1.xml"


def _laughing(base: bytes, name: str) -> bytes:
    with zipfile.ZipFile(io.BytesIO(base)) as archive:
        part = archive.read(name).decode()
    return archived(base, {name: part.replace("?>", "?>" + LAUGHS, 1).replace("Гвозди", "&l9;")})


def _overlapping(times: int) -> bytes:
    """A workbook whose list of parts names one part many times over."""
    base = archived(xlsx(TABLE), {"xl/media/zeros": _zeros(30)})
    end = base.rindex(b"PK\5\6")
    (start,) = struct.unpack_from("<I", base, end + 16)
    last = base[base.rindex(b"PK\1\2") : end]
    directory = base[start:end] + last * times
    parts = directory.count(b"PK\1\2")
    return base[:start] + directory + struct.pack("<4s4H2IH", b"PK\5\6", 0, 0, parts, parts, len(directory), start, 0)


def _nested(levels: int) -> bytes:
    """Archives of sixteen archives each, those within alike."""
    content = bytes(MEGABYTE)
    for _ in range(levels):
        out = io.BytesIO()
        with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as archive:
            for number in range(16):
                archive.writestr(f"{number}.zip", content)
        content = out.getvalue()
    return content


BOMBS: dict[str, Callable[[], bytes]] = {
    "a part of zeros": lambda: archived(xlsx(TABLE), {FIRST: _zeros(200)}),
    "a part of zeros in an open document": lambda: archived(ods(TABLE), {"content.xml": _zeros(200)}),
    "one part 1,000 times": lambda: _overlapping(1000),
    "one part 20 times": lambda: _overlapping(20),
    "archives within archives": lambda: _nested(5),
    "archives within a workbook": lambda: archived(xlsx(TABLE), {"xl/embeddings/a.zip": lambda: [_nested(5)]}),
    "30,000 parts": lambda: archived(xlsx(TABLE), {f"xl/media/{n}": "x" for n in range(30_000)}),
    "entities within entities": lambda: _laughing(xlsx(TABLE), FIRST),
    "entities within an open document": lambda: _laughing(ods(TABLE), "content.xml"),
    "entities within a market list": f"{LAUGHS}{_OFFER}".replace("НАЗВАНИЕ", "&l9;").encode,
    "an entity from outside": f"{EXTERNAL}{_OFFER}".replace("НАЗВАНИЕ", "&e;").encode,
    "a deep sheet": lambda: archived(xlsx(TABLE), {FIRST: _sheet("<sheetData>" + "<row>" * 100_000)}),
    "a deep open document": lambda: archived(ods(TABLE), {"content.xml": "<table:table>" * 100_000}),
    "a deep market list": lambda: b"<yml_catalog>" + b"<x>" * 100_000,
    "a deep document": lambda: b'[{"name": "x", "price": ' + b"[" * 100_000,
    "a shared text of 100 million bytes": lambda: archived(
        xlsx(TABLE), {"xl/sharedStrings.xml": lambda: ["<sst><si><t>", *["Ж" * MEGABYTE] * 50, "</t></si></sst>"]}
    ),
    "200,000 formatted rows": lambda: archived(
        xlsx(TABLE),
        {
            FIRST: lambda: [
                _sheet("<sheetData>").removesuffix("</worksheet>"),
                *(f'<row r="{n}" s="1"><c r="A{n}" s="1"/></row>' for n in range(1, 200_001)),
                "</sheetData></worksheet>",
            ]
        },
    ),
    "10,000 columns": ("Наименование;Цена" + ";" * 10_000 + "\nГвозди;95\n").encode,
    "10,000 columns, 1,000 rows": ("Наименование;Цена\n" + ("Гвозди;95" + ";1" * 10_000 + "\n") * 1000).encode,
    "one line": lambda: b"x" * (190 * MEGABYTE),
    "one open quote": lambda: "Наименование;Цена\nГвозди;95\n".encode() + b'"' + (b"x" * 1_000_000 + b"\n") * 150,
    "quotes only": lambda: b"name;price\n" + b';"' * 500_000,
    "a text without end in a document": lambda: b'[{"name": "' + b"x" * (190 * MEGABYTE),
    "a text of quotes in a document": lambda: b'[{"name": "' + b'\\"' * (50 * MEGABYTE),
    "a key without end": lambda: (
        b'[{"name": "x", "' + b"k" * (3 * MEGABYTE) + b'": {' + b'"a": 1, ' * 1000 + b'"b": 1}}]'
    ),
    "200,000 keys": lambda: json.dumps([{"name": "x", **{f"k{n}": 1 for n in range(200_000)}}]).encode(),
    "20,000 arrays": lambda: json.dumps({f"k{n}": [{"name": 1}] for n in range(20_000)}).encode(),
    "a market name without end": lambda: (
        b"<yml_catalog><offers><offer><name>" + b"x" * (30 * MEGABYTE) + b"</name></offer></offers></yml_catalog>"
    ),
    "a page of cells without end": lambda: b"<html><table><tr>" + b"<td>x" * 20_000_000,
    "a page of tables within tables": lambda: b"<table><tr><td>" * 600_000,
    "a page of one comment": lambda: b"<html><table><!--" + b"x" * (100 * MEGABYTE),
    "a page of one tag": lambda: b"<html><table><td " + b"x" * (100 * MEGABYTE),
    "a page of wide merges": lambda: b"<table>" + b"<tr><td colspan=99999 rowspan=99999>x" * 100_000,
    "an XML table of far cells": lambda: (
        xml_table({"x": []}).replace(
            "<Table>", "<Table>" + '<Row><Cell ss:Index="16000"><Data>x</Data></Cell></Row>' * 100_000
        )
    ).encode(),
    "an XML table of sheets": lambda: xml_table({str(n): [] for n in range(20_000)}).encode(),
    "entities within an XML table": lambda: (
        xml_table({"x": [["Наименование"]]}).replace("?>", f"?>{LAUGHS}", 1).encode()
    ),
    "groups without end": lambda: commerce("<Группы>" + "<Группа>" * 90 + "</Группа>" * 90 + "</Группы>"),
    "an archive of zeros that is an exchange": lambda: archived(zipped({"a.xml": commerce()}), {"b.xml": _zeros(200)}),
    "keys without end in a document": lambda: json.dumps(
        {f"Группа {n}": {"x": {"y": 1}} for n in range(100_000)}
    ).encode(),
    "lines of documents": lambda: b'{"a": 1}\n' * 100_000,
    "elements that are no offers": lambda: b"<yml_catalog><shop>" + b"<x/>" * 200_000 + b"</shop></yml_catalog>",
}


@pytest.mark.parametrize("bomb", list(BOMBS))
def test_a_bomb_is_refused_or_read_within_a_ceiling_of_memory(worker, tmp_path, bomb):
    path = tmp_path / "прайс"
    path.write_bytes(BOMBS[bomb]())

    verdict = worker.judge(path, "прайс")

    assert verdict.finding is None
    assert verdict.peak_growth < CEILING
