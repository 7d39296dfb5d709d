"""Where in a JSON document the goods lie: places of objects alike, of any depth, in arrays or under keys."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from functools import lru_cache
from typing import Any, Final

from quarry.domain.reading import Role
from quarry.domain.rows import Vat
from quarry.knowledge import load
from quarry.knowledge.words import Notation
from quarry.pricelists.currencies import currency_of, defined_in, noted_in
from quarry.pricelists.grid import clean, text
from quarry.pricelists.headers import LONGEST_HEADER, normalized, role_of
from quarry.pricelists.jsonstream import CLOSING, OPENING, Event
from quarry.pricelists.prices import vat_of

IN_ARRAY: Final = "[]"
_ANY_KEY: Final = "*"
_MOST_PLACES: Final = 2_000
_MOST_KEYS: Final = 1_000
_MOST_NAMES: Final = 50_000
_LONGEST_NOTE: Final = 300
_GOODS_LIKE: Final = 3
_CONTAINER = Notation(blank=" ").compiled(load("documents")["container"])
_SPEAKS_OF_MONEY = Notation().compiled(load("prices")["speaks_of_money"])
_NUMBER: Final = frozenset({"number", "integer", "double"})
Path = tuple[str, ...]


@dataclass(slots=True)
class Place:
    """Objects at one path. ``numbers``: how many values under unknown keys are numbers; ``values``: how many in all."""

    path: Path
    objects: int = 0
    numbers: int = 0
    values: int = 0
    keys: dict[str, Role | None] = field(default_factory=dict)

    @property
    def roles(self) -> set[Role | None]:
        return set(self.keys.values())

    @property
    def score(self) -> int:
        """How much the objects look like goods: 0 without anything that names them."""
        roles = self.roles
        if not roles & {Role.NAME, Role.MODEL}:
            return 0
        return 1 + (Role.NAME in roles) + (Role.PRICE in roles) + bool(roles & {Role.SKU, Role.UNIT, Role.CATEGORY})

    @property
    def priced(self) -> bool:
        return Role.PRICE in self.roles

    def keys_of(self, *roles: Role) -> set[str]:
        return {key for key, role in self.keys.items() if role in roles}


@dataclass(slots=True)
class Survey:
    """``goods``: the places whose objects are goods. ``named_by_key``: those whose name is their key.

    ``pairs``: those of names with a price each. ``grid``: whether the document is a table of arrays.
    ``late``: names of objects that come behind what is in them, by the objects' order. ``groups``: objects that hold
    others and have no price, though they are where goods are. ``skipped``: places that look
    like goods and are not read. The rest is what the document says once.
    """

    goods: frozenset[Path] = frozenset()
    named_by_key: frozenset[Path] = frozenset()
    pairs: frozenset[Path] = frozenset()
    grid: bool = False
    late: dict[int, str] = field(default_factory=dict)
    groups: set[int] = field(default_factory=set)
    skipped: list[Place] = field(default_factory=list)
    currency: str | None = None
    vat: Vat | None = None
    conventional: str | None = None
    seen: tuple[str, ...] = ()


@dataclass(slots=True)
class Frame:
    """An object or array that is open. ``number`` counts objects in the document's order.

    Of an object: whether it has a name and a price, and whether it holds an array of objects with names.
    """

    path: Path
    is_array: bool
    number: int = 0
    place: Place | None = None
    key: str = ""
    role: Role | None = None
    opened: bool = False
    scalars: int = 0
    named: bool = False
    priced: bool = False
    holds: bool = False


def _role(place: Place | None, key: str) -> Role | None:
    """What a key means; kept with its place, as most objects have the same."""
    if place is None or (key not in place.keys and len(place.keys) >= _MOST_KEYS):
        return None
    if key not in place.keys:
        place.keys[key] = role_of(key) if len(key) <= LONGEST_HEADER else None
    return place.keys[key]


def child_path(frame: Frame | None, *, is_array: bool) -> Path:
    """The place of what opens within: an array's is no object's, whatever their keys."""
    around = frame.path if frame else ()
    step = IN_ARRAY if frame is None or frame.is_array else _segment(frame.key)  # lines of documents are as an array
    return (*around, f"{step}[" if is_array else step)


@lru_cache(4096)
def _segment(key: str) -> str:
    known = len(key) <= LONGEST_HEADER and (role_of(key) is not None or is_container(key))
    return key if known else _ANY_KEY


def is_container(key: str) -> bool:
    return _CONTAINER.search(normalized(key)) is not None


def survey(events: Iterable[Event]) -> Survey:
    surveyor = _Surveyor()
    for event, value in events:
        surveyor.take(event, value)
    return surveyor.found()


class _Surveyor:
    def __init__(self) -> None:
        self._places: dict[Path, Place] = {}
        self._frames: list[Frame] = []
        self._survey = Survey()
        self._objects = self._rows = 0

    def take(self, event: str, value: Any) -> None:
        frame = self._frames[-1] if self._frames else None
        if event == "map_key":
            assert frame is not None
            frame.key = value
            frame.role = role = _role(frame.place, value)
            frame.named = frame.named or role is Role.NAME or role is Role.MODEL
            frame.priced = frame.priced or role is Role.PRICE
        elif event in OPENING:
            self._open(frame, is_array=event == "start_array")
        elif event in CLOSING:
            closed = self._frames.pop()
            inner = closed.is_array and closed.scalars > 1 and not closed.opened
            self._rows += inner and bool(self._frames) and self._frames[-1].is_array
            if not closed.is_array:
                self._close(closed)
        elif frame is not None:
            frame.scalars += 1
            if not frame.is_array:
                self._scalar(frame, event, value)

    def _open(self, frame: Frame | None, *, is_array: bool) -> None:
        path = child_path(frame, is_array=is_array)
        if frame:
            frame.opened = True
        self._objects += not is_array
        place = None if is_array else self._place(path)
        if place:
            place.objects += 1
        self._frames.append(Frame(path, is_array, self._objects, place))

    def _place(self, path: Path) -> Place | None:
        found = self._places.get(path)
        if found is None and len(self._places) < _MOST_PLACES:
            found = self._places[path] = Place(path)
        return found

    def _close(self, closed: Frame) -> None:
        if closed.holds and closed.named and not closed.priced and len(self._survey.groups) < _MOST_NAMES:
            self._survey.groups.add(closed.number)
        if closed.named and closed.path[-1] == IN_ARRAY and len(self._frames) > 1:
            self._frames[-2].holds = True

    def _scalar(self, frame: Frame, event: str, value: Any) -> None:
        place, role = frame.place, frame.role
        if place:
            place.values += 1
            place.numbers += event in _NUMBER and role is None and any(map(str.isalpha, frame.key))
        if event != "string":
            return
        if frame.opened and len(self._survey.late) < _MOST_NAMES and role in {Role.NAME, Role.CATEGORY}:
            self._survey.late.setdefault(frame.number, text(clean(value))[:LONGEST_HEADER])
        if IN_ARRAY not in frame.path[1:] and len(value) <= _LONGEST_NOTE:
            self._note(frame.key, value)

    def _note(self, key: str, value: str) -> None:
        """What the document says beside its goods."""
        found = self._survey
        if role_of(key) is Role.CURRENCY:
            found.currency = currency_of(value) or found.currency
        elif _SPEAKS_OF_MONEY.search(value):
            found.currency = found.currency or noted_in(value)
            found.vat = found.vat or vat_of(value)
            found.conventional = found.conventional or defined_in(value)

    def found(self) -> Survey:
        survey, places = self._survey, list(self._places.values())
        survey.seen = tuple(dict.fromkeys(key for place in places for key in place.keys))
        chosen = [_around(place, places) for place in _apart(_alike(places), nested=bool(survey.groups))]
        survey.goods = frozenset(place.path for place in chosen)
        if not chosen:
            self._otherwise(places)
        survey.skipped = [
            place
            for place in places
            if chosen and place.score >= _GOODS_LIKE and not any(_nested(place.path, one.path) for one in chosen)
        ]
        return survey

    def _otherwise(self, places: list[Place]) -> None:
        """Goods that no key calls so: rows of arrays, names as keys of objects, names as keys of prices."""
        survey = self._survey
        if self._rows > 1:
            survey.grid = True
            return
        keyed = [place for place in places if place.path[-1] == _ANY_KEY and place.priced]
        survey.named_by_key = frozenset(place.path for place in keyed)
        if not keyed:
            pairs = [place for place in places if place.numbers > 1 and place.numbers == place.values]
            survey.pairs = frozenset(place.path for place in pairs)


def _alike(places: list[Place]) -> list[Place]:
    """The places of goods: those with a price, and those that name and number their objects as these do."""
    named = [place for place in places if place.score]
    priced = [place for place in named if place.priced]
    if not priced:
        best = max((place.score for place in named), default=0)
        return [place for place in named if place.score >= min(best, _GOODS_LIKE)]
    names = set().union(*(place.keys_of(Role.NAME, Role.MODEL) for place in priced))
    others = set().union(*(place.keys_of(Role.SKU, Role.UNIT, Role.ID) for place in priced))
    return [
        place
        for place in named
        if place.priced or (place.keys_of(Role.NAME, Role.MODEL) & names and others & place.keys.keys())
    ]


def _apart(places: list[Place], *, nested: bool) -> list[Place]:
    """Without groups of goods, and without what is within goods, unless groups are where goods are."""
    dropped: set[Path] = set()
    for outer in places:
        for inner in places:
            if len(outer.path) < len(inner.path) and inner.path[: len(outer.path)] == outer.path:
                in_array = IN_ARRAY in inner.path[len(outer.path) :]
                many = in_array and inner.objects >= outer.objects
                group = not outer.priced and (inner.priced or many)
                if nested and outer.priced and inner.priced and in_array:
                    continue
                dropped.add(outer.path if group else inner.path)
    return [place for place in places if place.path not in dropped]


def _around(place: Place, places: Sequence[Place]) -> Place:
    """The place; of names without a price the objects that hold one each («{product: {name}, price}»)."""
    around = [
        outer
        for outer in places
        if outer.priced
        and outer.objects == place.objects > 1
        and _nested(outer.path, place.path)
        and outer is not place
    ]
    return max(around, key=lambda outer: len(outer.path), default=place) if not place.priced else place


def _nested(one: Path, other: Path) -> bool:
    shorter, longer = sorted((one, other), key=len)
    return longer[: len(shorter)] == shorter


def group_of(key: str) -> str:
    """A key as the name of the group of what lies under it; "" where it names none."""
    if not key or is_container(key) or role_of(key) is Role.CATEGORY:
        return ""
    return text(clean(key))
