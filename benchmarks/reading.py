"""How price lists are read, beside what a person read from them.

``python -m benchmarks.reading FOLDER``: for each list of the folder its truth is FOLDER/truth/<file name>.tsv with the
columns name, sku, price, currency, sheet and perhaps group (the innermost). ``--cases``: FOLDER has an expected.json
and files/ instead, small lists with the offers that must come out. Nothing runs but the reader, in this process.
What a person is told to look at stands behind each list: one that is wrong must not lack it.
"""

import argparse
import csv
import io
import json
import re
import sys
from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from decimal import Decimal
from html import unescape
from pathlib import Path
from typing import Any

from quarry import pricelists
from quarry.domain.rows import PriceRow, RowIssue
from quarry.errors import BadPriceList
from quarry.pricelists import Report

_WORD = re.compile(r"[^\W_]+")
_CENT = Decimal("0.01")
ENOUGH = 0.99
SHARES = ("read", "price", "name", "article", "group", "invented")


@dataclass(slots=True)
class Read:
    """What the reader gave for one file; ``refusal`` when it refused it."""

    offers: list[PriceRow] = field(default_factory=list)
    remarks: list[RowIssue] = field(default_factory=list)
    report: Report = field(default_factory=Report)
    refusal: str = ""

    @property
    def attention(self) -> list[str]:
        """What a person is told to look at: the codes, once each."""
        return ["refused"] if self.refusal else sorted({found.code for found in self.report.attention})


@dataclass(slots=True)
class Place:
    """One price of one offer: a price column of several may be an offer of its own in the truth."""

    offer: PriceRow
    price: Decimal | None
    currency: str
    taken: bool = False


def read(path: Path) -> Read:
    found = Read()
    try:
        with path.open("rb") as stream:
            for item in pricelists.scan(io.BytesIO(stream.read()), path.name, report=found.report):
                if isinstance(item, RowIssue):
                    found.remarks.append(item)
                else:
                    found.offers.append(offer := item.read())
                    found.remarks += offer.issues
    except BadPriceList as error:
        found.refusal = f"{error.code}: {error.message}"
    return found


def words(text: str | None) -> list[str]:
    return _WORD.findall(unescape(text or "").casefold().replace("ё", "е").replace("×", "х").replace("*", "х"))


def holds(name: str, told: Sequence[str]) -> bool:
    """Whether all words stand in the name, in any order, each as often as told."""
    left = words(name)
    for word in told:
        if word not in left:
            return False
        left.remove(word)
    return True


def cents(price: Decimal | str | None) -> Decimal | None:
    return Decimal(price).quantize(_CENT) if price not in (None, "") else None


class Truth:
    """One list's truth against its reading."""

    def __init__(self, rows: Sequence[dict[str, str]], read: Read) -> None:
        self._rows = rows
        self._offers = read.offers
        self.places = [place for offer in read.offers for place in _places(offer)]
        self._by_price: dict[Any, list[Place]] = defaultdict(list)
        self._by_article: dict[Any, list[Place]] = defaultdict(list)
        self._by_name: dict[Any, list[Place]] = defaultdict(list)
        for place in self.places:
            self._by_price[place.price].append(place)
            self._by_article[place.offer.sku].append(place)
            for word in set(words(place.offer.name)):
                self._by_name[word].append(place)

    def shares(self) -> dict[str, float]:
        """Each share from 0 to 1; of the group only where the truth tells one, else it is left out."""
        matches = self._matched()
        told = [(row, place) for row, place in matches if row.get("group")]
        matched = {id(place.offer) for _, place in matches if place}
        invented = sum(id(offer) not in matched and _is_invented(offer) for offer in self._offers)
        found = {
            "read": _share(place is not None for _, place in matches),
            "price": _share(_priced(row, place) for row, place in matches),
            "name": _share(bool(place) and holds(place.offer.name, words(row["name"])) for row, place in matches),
            "article": _share(bool(place) and _same_article(row, place) for row, place in matches),
            "invented": invented / max(len(self._offers), 1),
        }
        if told:
            found["group"] = _share(
                bool(place and place.offer.category) and words(place.offer.category[-1]) == words(row["group"])
                for row, place in told
            )
        return found

    def _matched(self) -> list[tuple[dict[str, str], Place | None]]:
        """Each row of the truth with its offer: first those that agree in most, since names come twice."""
        found: dict[int, Place] = {}
        for agrees in (_wholly, _by_article_and_price, _by_name_and_price, _by_either):
            for number, row in enumerate(self._rows):
                if number not in found and (place := self._best(row, agrees)):
                    place.taken = True
                    found[number] = place
        return [(row, found.get(number)) for number, row in enumerate(self._rows)]

    def _best(self, row: dict[str, str], agrees: Any) -> Place | None:
        of_name = min((self._by_name[word] for word in words(row["name"])), key=len, default=[])
        near: Iterable[Place] = self._by_price[cents(row["price"])]
        if agrees is _by_either:
            near = [*self._by_article[row["sku"]], *of_name] if row["sku"] else of_name
        return next((place for place in near if not place.taken and agrees(row, place)), None)


def _is_invented(offer: PriceRow) -> bool:
    """Of an offer that no truth knows: prices that need a remark (a range, «from …») are left out of truths."""
    return (
        offer.usable
        and {issue.code for issue in offer.issues} <= {"no_price"}
        and (offer.price is not None or bool(offer.issues))
    )


def _places(offer: PriceRow) -> Iterator[Place]:
    if len([listed for listed in offer.prices if listed.price is not None]) < 2:
        yield Place(offer, cents(offer.price), offer.currency)
        return
    own = Place(offer, cents(offer.price), offer.currency)
    yield own
    others = [listed for listed in offer.prices if listed.price is not None]
    same = next((n for n, at in enumerate(others) if (cents(at.price), at.currency) == (own.price, own.currency)), None)
    for number, listed in enumerate(others):
        if number != same:
            yield Place(offer, cents(listed.price), listed.currency)


def _wholly(row: dict[str, str], place: Place) -> bool:
    return _by_name_and_price(row, place) and _same_article(row, place)


def _by_article_and_price(row: dict[str, str], place: Place) -> bool:
    return bool(row["sku"]) and _same_article(row, place) and cents(row["price"]) == place.price


def _by_name_and_price(row: dict[str, str], place: Place) -> bool:
    return cents(row["price"]) == place.price and holds(place.offer.name, words(row["name"]))


def _by_either(row: dict[str, str], place: Place) -> bool:
    return (bool(row["sku"]) and _same_article(row, place)) or holds(place.offer.name, words(row["name"]))


def _same_article(row: dict[str, str], place: Place) -> bool:
    return not row["sku"] or "".join(row["sku"].split()) == "".join((place.offer.sku or "").split())


def _priced(row: dict[str, str], place: Place | None) -> bool:
    if place is None or cents(row["price"]) != place.price:
        return False
    return not row["price"] or row["currency"] in {"", place.currency}


def _share(held: Iterable[bool]) -> float:
    counted = list(held)
    return sum(counted) / len(counted) if counted else 1.0


def is_right(shares: dict[str, float]) -> bool:
    needed = all(shares[key] >= ENOUGH for key in ("price", "name", "article"))
    return needed and shares["invented"] <= 1 - ENOUGH and shares.get("group", 1.0) >= 0.98


def lists(folder: Path) -> int:
    """Print a line per list and the totals; how many lists are not wholly right."""
    print(f"{'list':<36} {'goods':>6} " + " ".join(f"{key:>8}" for key in SHARES))
    wrong, sums = 0, dict.fromkeys(SHARES, 0.0)
    told_of = {True: 0, False: 0}
    grouped, innermost = 0, 0.0
    truths = sorted((folder / "truth").glob("*.tsv"))
    for path in truths:
        with path.open(encoding="utf-8", newline="") as lines:
            rows = list(csv.DictReader(lines, delimiter="\t"))
        found = read(folder / path.name.removesuffix(".tsv"))
        shares = Truth(rows, found).shares()
        right = is_right(shares)
        wrong += not right
        told_of[right] += bool(found.attention)
        told_groups = sum(bool(row.get("group")) for row in rows)
        grouped, innermost = grouped + told_groups, innermost + told_groups * shares.get("group", 0.0)
        for key in SHARES:
            sums[key] += shares.get(key, 1.0)
        told = " ".join(f"{shares[key]:8.4f}" if key in shares else f"{'-':>8}" for key in SHARES)
        print(f"{path.name.removesuffix('.tsv'):<36} {len(rows):>6} {told}{'' if right else '  wrong'}"
              f"  {found.refusal[:60] or ', '.join(found.attention)}")  # fmt: skip
    mean = " ".join(f"{sums[key] / max(len(truths), 1):8.4f}" for key in SHARES)
    if grouped:
        print(f"innermost groups: {innermost / grouped:.4f} of {grouped:,} goods whose group the truths tell")
    print(
        f"{'mean of ' + str(len(truths)) + ' lists':<36} {'':>6} {mean}\n{len(truths) - wrong} of {len(truths)} right"
    )
    print(f"wrong without attention: {wrong - told_of[False]}; right with attention: {told_of[True]}")
    return wrong


class Case:
    """One entry of expected.json against its reading."""

    def __init__(self, told: dict[str, Any], read: Read) -> None:
        self._told = told
        self._read = read

    def faults(self) -> list[str]:
        told, read = self._told, self._read
        if read.refusal:
            return [] if told.get("refused_ok") else [f"refused: {read.refusal[:80]}"]
        return [*self._offers(), *self._unwanted(), *self._remarks()]

    def _offers(self) -> Iterator[str]:
        told, offers = self._told, self._read.offers
        if "count" in told and told["count"] != len(offers):
            yield f"{len(offers)} offers, not {told['count']}"
        for wanted in told.get("offers", []):
            if not any(self._fits(wanted, offer) for offer in offers):
                yield f"no offer {wanted}"
        for price, size in told.get("twice", {}).items():
            of_price = [offer for offer in offers if cents(offer.price) == cents(price)]
            if not any(len(re.findall(rf"(?<!\d){size}(?!\d)", offer.name)) > 1 for offer in of_price):
                yield f"the size {size} stands once"
        vats = {offer.vat for offer in offers}
        if "vat" in told and vats != {told["vat"]}:
            yield f"VAT {sorted(vats)}"

    def _fits(self, wanted: dict[str, Any], offer: PriceRow) -> bool:
        listed = [offer.price, *(price.price for price in offer.prices if self._told.get("any_price"))]
        price, group = wanted.get("price"), wanted.get("group")
        return (
            holds(offer.name, words(wanted.get("name_words")))
            and (price is None or cents(price) in map(cents, listed))
            and wanted.get("sku") in {None, offer.sku}
            and wanted.get("unit") in {None, offer.unit}
            and wanted.get("currency") in {None, offer.currency}
            and (group is None or (bool(offer.category) and words(offer.category[-1]) == words(group)))
        )

    def _unwanted(self) -> Iterator[str]:
        told, offers = self._told, self._read.offers
        for name in told.get("absent", []):
            whole = name.startswith("=")
            if any(offer.name == name[1:] if whole else name in offer.name for offer in offers):
                yield f"an offer {name}"
        for part in told.get("not_in_name", []):
            if any(part in text for offer in offers for text in (offer.name, *offer.category)):
                yield f"{part} in a name"
        for group in told.get("not_category", []):
            if any(group in offer.category for offer in offers):
                yield f"the category {group}"
        if any(offer.currency == told.get("not_currency") for offer in offers):
            yield f"the currency {told['not_currency']}"
        for price in told.get("not_price", []):
            if any(cents(price) == cents(offer.price) for offer in offers):
                yield f"the price {price}"

    def _remarks(self) -> Iterator[str]:
        told, remarks = self._told, self._read.remarks
        if told.get("remark") and not remarks:
            yield "no remark"
        for row in told.get("remark_rows", []):
            if all(remark.row != row for remark in remarks):
                yield f"no remark for row {row}"
        if "message" in told and not any(re.search(told["message"], remark.message) for remark in remarks):
            yield f"no remark says {told['message']}"


def cases(folder: Path) -> int:
    """Print a line per case; how many do not hold."""
    wrong = 0
    told = json.loads((folder / "expected.json").read_text("utf-8"))
    for case in told:
        faults = Case(case, read(folder / "files" / case["file"])).faults()
        wrong += bool(faults)
        print(f"{'holds' if not faults else 'FAILS':<6} {case['file']:<32} {'; '.join(faults)[:300]}")
    print(f"{len(told) - wrong} of {len(told)} hold")
    return wrong


def main() -> int:
    parser = argparse.ArgumentParser(prog="python -m benchmarks.reading", description=__doc__)
    parser.add_argument("folder", type=Path)
    parser.add_argument("--cases", action="store_true")
    given = parser.parse_args()
    return bool((cases if given.cases else lists)(given.folder))


if __name__ == "__main__":
    sys.exit(main())
