"""An estimate as a workbook whose formulas live: packages, costs and totals follow what is changed in it.

It carries the estimate's id as a property of the document, so that it is known again when it is dropped
(:mod:`quarry.pricelists.estimate_files`).
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Any, Final

from quarry.domain.estimates.quantities import MEASURED_SYMBOLS
from quarry.domain.xlsx import Cell, Formula, Sheet, Style
from quarry.domain.xlsx import workbook as made_of

Json = Mapping[str, Any]
PROPERTY: Final = "quarry-estimate"


@dataclass(frozen=True, slots=True)
class Words:
    """What a workbook says. ``nothing``, in the last column: a person said that it is none of the materials."""

    titles: Sequence[str]
    states: Mapping[str, str]
    nothing: str
    lines: str
    suppliers: str
    waste: str
    total: str
    of_suppliers: Sequence[str]


LANGUAGES: Final = {
    "ru": Words(
        titles=(
            "№", "Раздел", "Наименование", "Количество", "Ед. изм.", "Нужно с запасом", "Ед. сравнения", "Материал",
            "Поставщик", "Предложение", "Цена за единицу", "Единица", "В единице", "Единиц", "Стоимость", "Состояние",
            "Почему", "Материал выбран",
        ),
        states={"matched": "найдено", "doubtful": "проверить", "unserved": "нет в продаже"},
        nothing="нет",
        lines="Смета",
        suppliers="Поставщики",
        waste="Запас, %",
        total="Итого",
        of_suppliers=("Поставщик", "Сумма", "Строк"),
    ),
    "en": Words(
        titles=(
            "No.", "Group", "Goods", "Quantity", "Unit", "Needed with waste", "Compared in", "Material", "Supplier",
            "Offer", "Price of one", "Sold by", "One holds", "Packages", "Cost", "State", "Why", "Material chosen",
        ),
        states={"matched": "found", "doubtful": "look at it", "unserved": "nobody offers it"},
        nothing="none",
        lines="Estimate",
        suppliers="Suppliers",
        waste="Waste, %",
        total="Total",
        of_suppliers=("Supplier", "Sum", "Lines"),
    ),
}  # fmt: skip
# Places of those titles that are read back.
GROUP, NAME, QUANTITY, UNIT, CHOSEN = 1, 2, 3, 4, 17
_WIDTHS: Final = (5, 16, 44, 11, 9, 12, 10, 40, 18, 44, 12, 9, 10, 9, 13, 14, 44, 38)
FIRST_ROW: Final = 4
_BEFORE_TOTAL: Final = 13
_OF_OFFER: Final = 7


def workbook(estimate: Json, language: str) -> bytes:
    """Of a whole estimate as the API shows it, whose lines are all priced."""
    words = LANGUAGES[language]
    sheets = [
        Sheet(words.lines, _WIDTHS, _lines(estimate, words)),
        Sheet(words.suppliers, (30, 16, 12), _suppliers(estimate["lines"], words)),
    ]
    return made_of(sheets, {PROPERTY: estimate["id"]})


def _lines(estimate: Json, words: Words) -> Iterable[Sequence[Cell]]:
    lines = estimate["lines"]
    total = Formula(f"SUM(O{FIRST_ROW}:O{FIRST_ROW + len(lines) - 1})", estimate["totals"]["cheapest"]["cost"])
    yield [Cell(estimate["name"] or words.lines, Style.BOLD)]
    before = [Cell(words.waste), Cell(), Cell(), Cell(Decimal(estimate["waste_percent"]))]
    yield [
        *before,
        *[Cell()] * (_BEFORE_TOTAL - len(before)),
        Cell(f"{words.total}, {estimate['currency']}", Style.BOLD),
        Cell(total, Style.BOLD_MONEY),
    ]
    yield [Cell(title, Style.BOLD) for title in words.titles]
    for row, line in enumerate(lines, start=FIRST_ROW):
        yield _line(row, line, words)


def _line(row: int, line: Json, words: Words) -> Sequence[Cell]:
    material, needed, quantity = line["material"] or {}, line["needed"], Decimal(line["quantity"])
    bare = f"D{row}*{(Decimal(needed['without_waste']) / quantity).normalize():f}"
    measured = needed["unit"] in MEASURED_SYMBOLS
    waste = f"{bare}*$D$2/100" if measured else f"ROUNDDOWN({bare}*$D$2/100,0)"
    need = Formula(f"{bare}+{waste}", needed["amount"])
    chosen = (material.get("id") or words.nothing) if line["chosen"] else None
    return [
        *map(Cell, (line["line"], line["group"], line["name"], quantity, line["unit"], need, needed["unit"])),
        Cell(material.get("name")),
        *(_offer(row, line["best"]) if line["best"] else [Cell()] * _OF_OFFER),
        *map(Cell, (words.states[line["status"]], line["why"], chosen)),
    ]


def _offer(row: int, best: Json) -> Sequence[Cell]:
    divided = f"F{row}/M{row}"
    packages = f"ROUNDUP(ROUND({divided},6),0)" if best["whole"] else f"ROUND({divided},3)"
    return [
        Cell(_supplier(best)),
        Cell(best["name"]),
        Cell(Decimal(best["price"]), Style.MONEY),
        Cell(best["unit"]),
        Cell(Decimal(best["holds"])),
        Cell(Formula(packages, best["packages"])),
        Cell(Formula(f"K{row}*N{row}", best["cost"]), Style.MONEY),
    ]


def _supplier(best: Json) -> str | int | None:
    named: str | int | None = best["supplier_name"] or best["supplier_id"]
    return named


def _suppliers(lines: Sequence[Json], words: Words) -> Iterable[Sequence[Cell]]:
    """What is bought from each where each line is bought as the first sheet says."""
    bought: dict[str | int | None, list[Decimal]] = {}
    for line in lines:
        if line["best"]:
            bought.setdefault(_supplier(line["best"]), []).append(Decimal(line["best"]["cost"]))
    last = FIRST_ROW + len(lines) - 1
    column = f"'{words.lines}'!I{FIRST_ROW}:I{last}"
    yield [Cell(title, Style.BOLD) for title in words.of_suppliers]
    for row, (supplier, costs) in enumerate(bought.items(), start=2):
        total = Formula(f"SUMIF({column},A{row},'{words.lines}'!O{FIRST_ROW}:O{last})", f"{sum(costs):f}")
        yield [Cell(supplier), Cell(total, Style.MONEY), Cell(Formula(f"COUNTIF({column},A{row})", str(len(costs))))]
