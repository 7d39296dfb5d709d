"""An invented assortment of construction materials of any size, the same for the same seed."""

import csv
import io
import random
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import product

_BRANDS = ["Волна", "Гранит", "Каскад", "Монолит", "Омега", "Прораб", "Север", "Старт", "Терра", "Форт"]
_COLOURS = ["белый", "серый", "бежевый", "графит", "кремовый", "терракот"]


@dataclass(frozen=True, slots=True)
class Material:
    name: str
    category: str
    unit: str
    price: str
    sku: str


def _assortment() -> Iterator[tuple[str, str, str]]:
    """(name, category, unit) of every material, some tens of thousands."""
    for kind, grade, kg, brand in product(
        ["Цемент", "Портландцемент", "Шлакопортландцемент"],
        ["М300", "М400", "М500", "М600"],
        [5, 10, 25, 40, 50],
        _BRANDS,
    ):
        yield f"{kind} {grade} {brand}, мешок {kg} кг", "Сухие смеси", "мешок"
    mixes = [
        "Клей для плитки",
        "Штукатурка гипсовая",
        "Шпатлёвка финишная",
        "Наливной пол",
        "Затирка",
        "Смесь кладочная",
    ]
    for mix, brand, colour, kg in product(mixes, _BRANDS, _COLOURS, [2, 5, 20, 25, 30]):
        yield f"{mix} {brand} {colour} {kg} кг", "Сухие смеси", "шт"
    for pipe, diameter, wall, length in product(
        ["Труба стальная", "Труба профильная", "Труба полипропиленовая", "Труба ПНД"],
        [16, 20, 25, 32, 40, 50, 63, 75, 90, 110],
        ["1,5", "2", "2,3", "2,8", "3,4", "4,2", "5,4"],
        [2000, 4000, 6000, 12000],
    ):
        yield f"{pipe} {diameter}х{wall}х{length}", "Трубы", "м"
    for board, thickness, width, length in product(
        ["Доска обрезная", "Брус", "Фанера ФК", "Гипсокартон", "Гипсокартон влагостойкий", "Плита OSB-3"],
        ["6", "9,5", "12", "12,5", "18", "25", "40", "50"],
        [100, 150, 600, 1200, 1220, 1250],
        [2000, 2440, 2500, 3000, 6000],
    ):
        yield f"{board} {thickness}х{width}х{length}", "Плиты и пиломатериалы", "лист"
    for screw, coating, diameter, length, pieces in product(
        ["Саморез по дереву", "Саморез по металлу", "Болт", "Анкер", "Шуруп"],
        ["оцинкованный", "чёрный", "жёлтый"],
        ["3,5", "3,8", "4,2", "4,8", "6", "8", "10", "12"],
        [16, 25, 35, 45, 55, 75, 90, 120, 150],
        [50, 100, 200, 500, 1000],
    ):
        yield f"{screw} {coating} {diameter}х{length} ({pieces} шт/уп)", "Крепёж", "уп"
    paints = [
        "Краска фасадная",
        "Краска для стен",
        "Эмаль ПФ-115",
        "Грунтовка глубокого проникновения",
        "Лак паркетный",
    ]
    for paint, brand, colour, litres in product(paints, _BRANDS, _COLOURS, ["0,9", "2,7", "5", "9", "10", "20"]):
        yield f"{paint} {brand} {colour} {litres} л", "Краски", "ведро"
    for radiator, height, width, kind in product(
        ["Радиатор стальной", "Радиатор биметаллический", "Радиатор алюминиевый"],
        range(300, 1000, 50),
        range(400, 3000, 50),
        [10, 11, 21, 22, 33],
    ):
        yield f"{radiator} тип {kind} {height}х{width}", "Отопление", "шт"
    for cable, cores, section, metres in product(
        ["Кабель ВВГнг", "Кабель NYM", "Провод ПВС", "Провод ШВВП"],
        [1, 2, 3, 4, 5],
        ["0,75", "1,5", "2,5", "4", "6", "10"],
        [10, 20, 50, 100, 200],
    ):
        yield f"{cable} {cores}х{section}, бухта {metres} м", "Электрика", "бухта"


def materials(count: int, seed: int = 1) -> list[Material]:
    """``count`` distinct materials in a random order. Raises ValueError when there are fewer."""
    chance = random.Random(seed)
    drawn = chance.sample(list(_assortment()), count)
    return [
        Material(name, category, unit, f"{chance.uniform(20, 90_000):.2f}", f"Q-{number:06d}")
        for number, (name, category, unit) in enumerate(drawn, start=1)
    ]


def as_csv(listed: list[Material]) -> bytes:
    """The materials as a supplier's CSV: ``;``, UTF-8."""
    text = io.StringIO()
    writer = csv.writer(text, delimiter=";")
    writer.writerow(["Артикул", "Наименование", "Категория", "Ед. изм.", "Цена, руб."])
    writer.writerows([m.sku, m.name, m.category, m.unit, m.price] for m in listed)
    return text.getvalue().encode()
