"""The outline levels of a workbook's rows: accounting programs export their tree of groups so.

The spreadsheet engine does not give them, so they are read from the sheets' own XML.
"""

import posixpath
import re
import zipfile
from collections.abc import Iterator
from typing import BinaryIO
from xml.etree.ElementTree import ParseError

from defusedxml import DefusedXmlException
from defusedxml.ElementTree import fromstring

_PART = 1 << 20
_ROW = re.compile(rb"<row\b[^>]{0,500}>")
_NUMBER = re.compile(rb'\br="(\d+)"')
_LEVEL = re.compile(rb'\boutlineLevel="([1-7])"')
_RELATION = "{http://schemas.openxmlformats.org/officeDocument/2006/relationships}id"


def outlines(stream: BinaryIO) -> dict[str, dict[int, int]]:
    """By sheet name and row number the levels above 0. Empty for a workbook of another kind or with odd innards."""
    stream.seek(0)
    try:
        with zipfile.ZipFile(stream) as archive:
            return {name: levels for name, part in _sheets(archive) if (levels := _levels(archive, part))}
    except (KeyError, ParseError, DefusedXmlException, UnicodeDecodeError, LookupError):
        return {}


def _sheets(archive: zipfile.ZipFile) -> Iterator[tuple[str, str]]:
    """Each sheet's name and the part that holds it."""
    targets = {
        relation.get("Id"): relation.get("Target", "")
        for relation in fromstring(archive.read("xl/_rels/workbook.xml.rels"))
    }
    for sheet in fromstring(archive.read("xl/workbook.xml")).iterfind(".//{*}sheet"):
        target = targets[sheet.get(_RELATION)]
        part = target.lstrip("/") if target.startswith("/") else posixpath.normpath(f"xl/{target}")
        yield sheet.get("name", ""), part


def _levels(archive: zipfile.ZipFile, part: str) -> dict[int, int]:
    levels = {}
    tail = b""
    with archive.open(part) as content:
        while chunk := content.read(_PART):
            window = tail + chunk
            for row in _ROW.findall(window):
                level, number = _LEVEL.search(row), _NUMBER.search(row)
                if level and number:
                    levels[int(number[1])] = int(level[1])
            tail = window[-600:]
    return levels
