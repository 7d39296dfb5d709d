"""Workbooks of XLSX with formulas that live. Texts are cells of text, which no program runs as formulas."""

import io
import re
import zipfile
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from enum import IntEnum
from typing import Final
from xml.sax.saxutils import escape, quoteattr

_CONTROL: Final = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\ufffe\uffff\ud800-\udfff]")
_MAX_TEXT: Final = 32_767
_HEAD: Final = '<?xml version="1.0" encoding="UTF-8" standalone="yes"?>'
_OFFICE: Final = "http://schemas.openxmlformats.org/officeDocument/2006"
_PACKAGE: Final = "http://schemas.openxmlformats.org/package/2006"
_MAIN: Final = "http://schemas.openxmlformats.org/spreadsheetml/2006/main"
_KIND: Final = "application/vnd.openxmlformats-officedocument"
MEDIA_TYPE: Final = f"{_KIND}.spreadsheetml.sheet"


class Style(IntEnum):
    PLAIN = 0
    BOLD = 1
    MONEY = 2
    BOLD_MONEY = 3


@dataclass(frozen=True, slots=True)
class Formula:
    """A formula, with the value that programs show before they calculate."""

    text: str
    value: str


@dataclass(frozen=True, slots=True)
class Cell:
    value: str | int | Decimal | Formula | None = None
    style: Style = Style.PLAIN


@dataclass(frozen=True, slots=True)
class Sheet:
    name: str
    widths: Sequence[int]
    rows: Iterable[Sequence[Cell]]


def workbook(sheets: Sequence[Sheet], properties: Mapping[str, str]) -> bytes:
    """``properties`` are the document's own."""
    made = io.BytesIO()
    with zipfile.ZipFile(made, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in _parts([sheet.name for sheet in sheets], properties).items():
            archive.writestr(name, content)
        for number, sheet in enumerate(sheets, start=1):
            archive.writestr(f"xl/worksheets/sheet{number}.xml", _sheet(sheet))
    return made.getvalue()


def _sheet(sheet: Sheet) -> str:
    columns = "".join(
        f'<col min="{at}" max="{at}" width="{width}" customWidth="1"/>'
        for at, width in enumerate(sheet.widths, start=1)
    )
    body = "".join(_row(row, cells) for row, cells in enumerate(sheet.rows, start=1))
    return f'{_HEAD}<worksheet xmlns="{_MAIN}"><cols>{columns}</cols><sheetData>{body}</sheetData></worksheet>'


def _row(row: int, cells: Sequence[Cell]) -> str:
    written = "".join(_cell(f"{chr(ord('A') + at)}{row}", cell) for at, cell in enumerate(cells))
    return f'<row r="{row}">{written}</row>'


def _cell(place: str, cell: Cell) -> str:
    value = cell.value
    if value is None or value == "":
        return ""
    mark = f'<c r="{place}" s="{cell.style.value}"'
    if isinstance(value, Formula):
        return f"{mark}><f>{escape(value.text)}</f><v>{escape(value.value)}</v></c>"
    if isinstance(value, int | Decimal):
        return f"{mark}><v>{value:f}</v></c>" if isinstance(value, Decimal) else f"{mark}><v>{value}</v></c>"
    text = escape(_CONTROL.sub(" ", value)[:_MAX_TEXT])
    return f'{mark} t="inlineStr"><is><t xml:space="preserve">{text}</t></is></c>'


def _parts(names: Sequence[str], properties: Mapping[str, str]) -> dict[str, str]:
    """The parts that a workbook needs in addition to its sheets."""
    numbers = range(1, len(names) + 1)
    kept = "".join(
        f'<property fmtid="{{D5CDD505-2E9C-101B-9397-08002B2CF9AE}}" pid="{at}" name={quoteattr(name)}>'
        f"<vt:lpwstr>{escape(value)}</vt:lpwstr></property>"
        for at, (name, value) in enumerate(properties.items(), start=2)
    )
    sheets = "".join(
        f'<sheet name={quoteattr(name)} sheetId="{at}" r:id="rId{at}"/>'
        for at, name in zip(numbers, names, strict=True)
    )
    return {
        "[Content_Types].xml": _types(numbers),
        "_rels/.rels": _relations({"officeDocument": "xl/workbook.xml", "custom-properties": "docProps/custom.xml"}),
        "docProps/custom.xml": f'{_HEAD}<Properties xmlns="{_OFFICE}/custom-properties" '
        f'xmlns:vt="{_OFFICE}/docPropsVTypes">{kept}</Properties>',
        "xl/workbook.xml": f'{_HEAD}<workbook xmlns="{_MAIN}" xmlns:r="{_OFFICE}/relationships">'
        f'<sheets>{sheets}</sheets><calcPr fullCalcOnLoad="1"/></workbook>',
        "xl/_rels/workbook.xml.rels": _relations(
            {**{f"worksheet{at}": f"worksheets/sheet{at}.xml" for at in numbers}, "styles": "styles.xml"}
        ),
        "xl/styles.xml": _STYLES,
    }


def _types(numbers: Iterable[int]) -> str:
    parts = {
        "xl/workbook.xml": "spreadsheetml.sheet.main",
        "xl/styles.xml": "spreadsheetml.styles",
        "docProps/custom.xml": "custom-properties",
        **{f"xl/worksheets/sheet{at}.xml": "spreadsheetml.worksheet" for at in numbers},
    }
    overrides = "".join(
        f'<Override PartName="/{part}" ContentType="{_KIND}.{kind}+xml"/>' for part, kind in parts.items()
    )
    return (
        f'{_HEAD}<Types xmlns="{_PACKAGE}/content-types">'
        f'<Default Extension="rels" ContentType="application/vnd.openxmlformats-package.relationships+xml"/>'
        f'<Default Extension="xml" ContentType="application/xml"/>{overrides}</Types>'
    )


def _relations(targets: Mapping[str, str]) -> str:
    """Relations by kind, with a number appended if there are several of one kind."""
    related = "".join(
        f'<Relationship Id="rId{at}" Type="{_OFFICE}/relationships/{kind.rstrip("0123456789")}" Target="{target}"/>'
        for at, (kind, target) in enumerate(targets.items(), start=1)
    )
    return f'{_HEAD}<Relationships xmlns="{_PACKAGE}/relationships">{related}</Relationships>'


_FONT: Final = '<sz val="11"/><name val="Calibri"/>'
# In the order of Style: built-in formats 0 (general) and 4 (#,##0.00), fonts 0 (plain) and 1 (bold).
_FORMATS: Final = "".join(
    f'<xf numFmtId="{number}" fontId="{font}" fillId="0" borderId="0" xfId="0" applyNumberFormat="1"/>'
    for number, font in ((0, 0), (0, 1), (4, 0), (4, 1))
)
_STYLES: Final = (
    f'{_HEAD}<styleSheet xmlns="{_MAIN}"><fonts count="2"><font>{_FONT}</font><font><b/>{_FONT}</font></fonts>'
    '<fills count="2"><fill><patternFill patternType="none"/></fill><fill><patternFill patternType="gray125"/></fill>'
    '</fills><borders count="1"><border/></borders><cellStyleXfs count="1"><xf/></cellStyleXfs>'
    f'<cellXfs count="4">{_FORMATS}</cellXfs>'
    '<cellStyles count="1"><cellStyle name="Normal" xfId="0" builtinId="0"/></cellStyles></styleSheet>'
)
