"""Bills of materials as files: any list that the reader understands with quantities, and our own workbooks again."""

import zipfile
from collections.abc import Iterator, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, field, replace
from decimal import Decimal, InvalidOperation
from typing import Any, BinaryIO, Final
from uuid import UUID

from defusedxml.ElementTree import ParseError, fromstring

from quarry.domain.estimates.export import CHOSEN, FIRST_ROW, GROUP, LANGUAGES, NAME, PROPERTY, QUANTITY, UNIT, Words
from quarry.domain.estimates.lines import AskedLine
from quarry.domain.reading import LayoutCorrection, Role, SheetReading
from quarry.domain.rows import PriceRow, RowIssue, Severity
from quarry.errors import BadPriceList
from quarry.knowledge import load
from quarry.knowledge.words import Notation
from quarry.pricelists.headers import normalized
from quarry.pricelists.options import ReadOptions
from quarry.pricelists.reading import scan
from quarry.pricelists.report import Report

MAX_LINES: Final = 10_000
_PROPERTIES: Final = "docProps/custom.xml"
_MOST_PROPERTIES: Final = 100_000
_TITLE: Final = Notation(blank=" ").compiled(load("columns")["quantity"])
_LONGEST_NAME: Final = 2000
_LONGEST_UNIT: Final = 50
_MOST: Final = Decimal(10) ** 9
_NEEDED: Final = frozenset({NAME, QUANTITY, UNIT})
_NO_LINES: Final = (
    "The file has no line with goods and a quantity: it needs a column with the goods («Наименование») and one with "
    "quantities («Количество», «Кол-во», «Объём»)."
)


@dataclass(frozen=True, slots=True)
class EstimateFile:
    """``estimate_id``: it was exported from that estimate. ``chosen``: by line what a person wrote that it is."""

    lines: Sequence[AskedLine]
    issues: Sequence[RowIssue] = ()
    sheets: Sequence[SheetReading] = ()
    estimate_id: str | None = None
    chosen: Mapping[int, str | None] = field(default_factory=dict)


def read_bill(stream: BinaryIO, file_name: str, options: ReadOptions) -> EstimateFile:
    """Raises BadPriceList for what is no bill of materials."""
    known = _exported(stream)
    stream.seek(0)
    return _read_again(stream, known) if known else _read_list(stream, file_name, options)


def _exported(stream: BinaryIO) -> str | None:
    """The estimate that a workbook says it is of."""
    with suppress(zipfile.BadZipFile, KeyError, ParseError, ValueError, NotImplementedError, RuntimeError):
        archive = zipfile.ZipFile(stream)
        if archive.getinfo(_PROPERTIES).file_size > _MOST_PROPERTIES:
            return None
        for one in fromstring(archive.read(_PROPERTIES)):
            if one.get("name") == PROPERTY:
                return str(UUID("".join(one.itertext()).strip()))
    return None


def _read_again(stream: BinaryIO, estimate_id: str) -> EstimateFile:
    from python_calamine import CalamineWorkbook  # only for the few workbooks that come back

    rows = CalamineWorkbook.from_filelike(stream).get_sheet_by_index(0).to_python()
    titles = {str(title): at for at, title in enumerate(rows[FIRST_ROW - 2])} if len(rows) >= FIRST_ROW else {}
    words = next((one for one in LANGUAGES.values() if {*_places(one, titles)} >= _NEEDED), None)
    if words is None:
        raise BadPriceList("no_lines", _NO_LINES)
    places = _places(words, titles)

    def cell(row: Sequence[Any], title: int) -> str:
        return str(row[places[title]]).strip() if title in places and places[title] < len(row) else ""

    lines: list[AskedLine] = []
    chosen: dict[int, str | None] = {}
    issues: list[RowIssue] = []
    for number, row in enumerate(rows[FIRST_ROW - 1 :], start=FIRST_ROW):
        name, quantity = cell(row, NAME), _quantity(cell(row, QUANTITY))
        if not name:
            continue
        if quantity is None:
            issues.append(_no_quantity(number, name, None))
            continue
        line = len(lines) + 1
        lines.append(_line(line, name, quantity, cell(row, UNIT), cell(row, GROUP)))
        said = cell(row, CHOSEN)
        if said:
            chosen[line] = _chosen(said, words)
    return EstimateFile(_checked(lines), issues, (), estimate_id, chosen)


def _places(words: Words, titles: Mapping[str, int]) -> dict[int, int]:
    """Where the columns of a workbook stand now, by their first place."""
    return {at: titles[title] for at, title in enumerate(words.titles) if title in titles}


def _chosen(said: str, words: Words) -> str | None:
    if said.casefold() == words.nothing:
        return None
    try:
        return str(UUID(said))
    except ValueError:
        raise BadPriceList(
            "bad_choice",
            f"«{said[:60]}» in the column «{words.titles[CHOSEN]}» is neither a material's id nor «{words.nothing}». "
            "Correct or empty it.",
        ) from None


def _read_list(stream: BinaryIO, file_name: str, options: ReadOptions) -> EstimateFile:
    report = Report()
    found = list(scan(stream, file_name, options, report))
    said = _corrections(report.sheets)
    if said:
        stream.seek(0)
        report = Report()
        layouts = {**said, **options.layouts}
        found = list(scan(stream, file_name, replace(options, layouts=layouts), report))
    issues = [one for one in found if isinstance(one, RowIssue) and one.code != "missing_column"]
    lines: list[AskedLine] = []
    for one in found:
        if isinstance(one, RowIssue):
            continue
        row = one.read()
        if row.stock is None or not 0 < row.stock < _MOST:
            issues.append(_no_quantity(row.row, row.name, row.sheet))
            continue
        lines.append(_line(len(lines) + 1, row.name, row.stock, row.unit or "", _group(row)))
    return EstimateFile(_checked(lines), issues, report.sheets)


def _corrections(sheets: Sequence[SheetReading]) -> Mapping[str, LayoutCorrection]:
    """Of layouts without a column of quantities, in which a title says what a bill calls them."""
    return dict(_of_sheets(sheets))


def _of_sheets(sheets: Sequence[SheetReading]) -> Iterator[tuple[str, LayoutCorrection]]:
    for sheet in sheets:
        roles = {column.role for column in sheet.columns}
        titled = [column.letter for column in sheet.columns if _TITLE.search(normalized(column.title))]
        if Role.STOCK not in roles and titled:
            roles_said: Mapping[str, Role | None] = {titled[0]: Role.STOCK}
            yield sheet.fingerprint, LayoutCorrection(fingerprint=sheet.fingerprint, roles=roles_said)


def _group(row: PriceRow) -> str:
    return " / ".join(row.category)


def _line(number: int, name: str, quantity: Decimal, unit: str, group: str) -> AskedLine:
    return AskedLine(
        line=number,
        name=name[:_LONGEST_NAME],
        quantity=quantity,
        unit=unit[:_LONGEST_UNIT] or None,
        group=group[:500] or None,
    )


def _quantity(text: str) -> Decimal | None:
    try:
        found = Decimal(text.replace(" ", "").replace("\u00a0", "").replace(",", "."))
    except InvalidOperation:
        return None
    return found if found.is_finite() and 0 < found < _MOST else None


def _no_quantity(row: int, name: str, sheet: str | None) -> RowIssue:
    return RowIssue(
        code="no_quantity",
        message=f"«{name[:80]}» has no quantity above zero: the line is left out. Give it one and drop the file again.",
        severity=Severity.WARNING,
        sheet=sheet,
        row=row,
    )


def _checked(lines: Sequence[AskedLine]) -> Sequence[AskedLine]:
    if not lines:
        raise BadPriceList("no_lines", _NO_LINES)
    if len(lines) > MAX_LINES:
        raise BadPriceList(
            "too_many_lines", f"The bill has {len(lines):,} lines; at most {MAX_LINES:,} are priced. Split it."
        )
    return lines
