"""Names of a catalogue that grows as real ones do: by further makers' ranges, not by more of the same names.

Every range is a kind of goods, its maker, a word of its own, and some sizes. Makers, kinds and words come again as in
lists of real suppliers, and new ones go on coming: of n ranges about the power 0.7 of n (Heaps' law).
"""

import random
from collections.abc import Iterator
from itertools import count, islice, product

_GOODS = (
    "плинтус обои краска грунтовка шпатель валик кисть рулетка молоток карниз светильник розетка зеркало полка дверь "
    "цемент клей штукатурка шпатлёвка затирка труба доска брус фанера гипсокартон саморез болт анкер эмаль лак "
    "радиатор кабель провод кирпич блок плитка керамогранит ламинат линолеум утеплитель мембрана герметик пена кран "
    "смеситель фитинг муфта тройник отвод сифон унитаз ванна раковина выключатель автомат щит короб профиль уголок "
    "швеллер арматура сетка лист кровля водосток сайдинг замок петля ручка перчатки лестница насос котёл бойлер "
    "вентилятор решётка"
)
_PURPOSES = (
    "напольный декоративный фасадный малярный бытовой усиленный матовый глянцевый рельефный влагостойкий наружный "
    "стальной медный латунный дубовый сосновый угловой прямой складной встроенный подвесной огнестойкий морозостойкий "
    "универсальный строительный кровельный потолочный садовый"
)
_COLOURS = "белый чёрный серый бежевый коричневый синий зелёный красный"
_MEASURES = (
    "{0}х{1}х{2}",
    "{1} кг",
    "{0} мм, {1} м",
    "{1}х{2}",
    "{0} л",
)
_CONSONANTS, _VOWELS = "бвгдзклмнпрстфх", "аеиоу"
_SYLLABLES = [first + second for first, second in product(_CONSONANTS, _VOWELS)]
_WORDS = len(_SYLLABLES) ** 3
_STRIDE = 261_041  # prime to their number: words that follow each other look nothing alike
_SHORTEST, _LONGEST, _TAIL = 3, 1_000, 1.2
_NEW = 0.7
_COLOURED = 0.3
_FIRST_WORDS = 20


def growing(total: int) -> Iterator[str]:
    """Distinct names; the first of a larger catalogue are those of a smaller one."""
    ranges = (name for number in count() for name in _range(number))
    return islice(dict.fromkeys(islice(ranges, 2 * total)), total)


def _range(number: int) -> list[str]:
    chance = random.Random(number)
    known = _FIRST_WORDS + int(number**_NEW)
    kind = f"{_often(chance, _GOODS.split(), known)} {_often(chance, _PURPOSES.split(), known)}"
    maker = _word(2 * int(2 * known * chance.random() ** 2)).capitalize()
    own = _word(2 * int(8 * known * chance.random()) + 1)
    measure = chance.choice(_MEASURES)
    colours = [f" {colour}" for colour in _COLOURS.split()] if chance.random() < _COLOURED else [""]
    return [
        f"{kind} {maker} {own} {measure.format(*_sizes(chance))}{chance.choice(colours)}"
        for _ in range(_length(chance))
    ]


def _length(chance: random.Random) -> int:
    """Most ranges are short, a few hold hundreds of sizes: radiators, screws."""
    return min(_LONGEST, int(_SHORTEST * chance.paretovariate(_TAIL)))


def _often(chance: random.Random, words: list[str], known: int) -> str:
    """The first of them most often."""
    return words[int(min(known, len(words)) * chance.random() ** 2)]


def _sizes(chance: random.Random) -> tuple[int, int, int]:
    return chance.choice(range(4, 120, 2)), chance.choice(range(5, 400, 5)), chance.choice(range(100, 6000, 50))


def _word(number: int) -> str:
    """A made-up word of three syllables."""
    left = number * _STRIDE % _WORDS
    places = (left, left // len(_SYLLABLES), left // len(_SYLLABLES) ** 2)
    return "".join(_SYLLABLES[place % len(_SYLLABLES)] for place in places) + "н"
