"""What a line is answered with: the materials that fit, and of their offers the cheapest of each supplier."""

from collections.abc import Sequence
from decimal import Decimal
from statistics import median
from typing import Any, Final

from quarry.domain.estimates.lines import AskedLine, Found, Json, LineStatus, Terms
from quarry.domain.estimates.quantities import Bought, Need, buy, need_of
from quarry.domain.money import money

# A material that leaves more than this unsaid does not answer the line.
MOST_SILENT: Final = 1.2
# How much more than the best material another one may leave unsaid and still count as equally good.
AS_GOOD: Final = 0.35
_DOUBTFUL: Final = 0.5
_MOST_ALTERNATIVES: Final = 5
_MOST_LEFT_OUT: Final = 5
_SUSPECT: Final = 5
_ENOUGH_PRICES: Final = 3
_SUSPICIOUS: Final = "Its price is less than a fifth of the others' middle one: check it."


class _Offered:
    """An offer of a material that fits, with what the line costs by it."""

    __slots__ = ("bought", "found", "offer")

    def __init__(self, found: Found, offer: Json, bought: Bought) -> None:
        self.found = found
        self.offer = offer
        self.bought = bought

    @property
    def place(self) -> tuple[Decimal, Decimal, int]:
        return self.bought.price, self.bought.cost, self.offer["id"]

    def json(self) -> dict[str, Any]:
        offer, bought = self.offer, self.bought
        return {
            "offer_id": offer["id"],
            "supplier_id": offer["supplier_id"],
            "material_id": self.found.shown["id"],
            "name": offer["name"],
            "sku": offer["sku"],
            "price": offer["price"],
            "currency": offer["currency"],
            "unit": offer["unit"],
            "price_per_base_unit": money(bought.price),
            "base_unit": bought.unit,
            "holds": f"{_short(bought.holds):f}",
            "packages": f"{bought.packages:f}",
            "whole": bought.whole,
            "cost": money(bought.cost),
            "in_stock": offer["in_stock"],
            "valid_from": offer["valid_from"],
        }


def answer(asked: AskedLine, found: Sequence[Found], terms: Terms, *, decided: bool = False) -> dict[str, Any]:
    """The line as the API shows it. ``found`` are all materials that were looked at, the likest first.

    ``decided``: a person said which of them it is, or that it is none.
    """
    need = need_of(asked.goods, asked.quantity, asked.unit, terms.waste_percent)
    fitting = [one for one in found if one.conflict is None and one.cost <= MOST_SILENT]
    offered, left_out = _offered(fitting, need, terms.currency)
    if offered:
        least = min(one.found.cost for one in offered)
        offered = [one for one in offered if one.found.cost <= least + AS_GOOD]
    offered.sort(key=lambda one: one.place)
    best = offered[0] if offered else None
    status, why = _judged(best, offered)
    if best is None:
        why = _why_unserved(fitting, left_out, why, decided=decided)
    shown = best.found if best else fitting[0] if fitting and left_out else None
    return {
        "line": asked.line,
        "name": asked.name,
        "quantity": f"{asked.quantity.normalize():f}",
        "unit": asked.unit,
        "group": asked.group,
        "needed": {
            "amount": f"{_short(need.amount):f}",
            "without_waste": f"{_short(need.bare):f}",
            "unit": need.unit,
        },
        "status": status,
        "why": why,
        "chosen": decided,
        "material": shown.shown if shown else None,
        "best": best.json() if best else None,
        "offers": [one.json() for one in _by_supplier(offered)],
        "left_out": left_out[:_MOST_LEFT_OUT],
        "alternatives": _alternatives(found, offered, best, need, terms.currency),
    }


def _short(amount: Decimal) -> Decimal:
    return amount.quantize(Decimal("0.000001")).normalize() + 0


def _offered(fitting: Sequence[Found], need: Need, currency: str) -> tuple[list[_Offered], list[dict[str, Any]]]:
    """Offers that count, and those that do not, with the reason."""
    counted: list[_Offered] = []
    left_out: list[dict[str, Any]] = []
    for one in fitting:
        for offer in one.offers:
            bought = buy(need, offer) if offer["currency"] == currency else None
            if bought:
                counted.append(_Offered(one, offer, bought))
                continue
            if offer["price"] is None:
                reason = "it has no price"
            elif offer["currency"] != currency:
                reason = f"its price is in {offer['currency']}"
            else:
                reason = f"its unit, {offer['unit'] or 'a piece'}, cannot be brought to {need.unit}"
            shown = {name: offer[name] for name in ("supplier_id", "name", "price", "currency", "unit")}
            left_out.append({"offer_id": offer["id"], **shown, "reason": reason})
    return counted, left_out


def _judged(best: _Offered | None, offered: Sequence[_Offered]) -> tuple[LineStatus, str]:
    if best is None:
        return LineStatus.UNSERVED, "No list has such goods."
    if best.found.chosen:
        return LineStatus.MATCHED, "A person chose this material."
    if _is_suspect(best, offered):
        return LineStatus.DOUBTFUL, _SUSPICIOUS
    if not best.found.silent:
        return LineStatus.MATCHED, "It says all that is asked for."
    words = ", ".join(best.found.silent)
    status = LineStatus.DOUBTFUL if best.found.cost > _DOUBTFUL else LineStatus.MATCHED
    return status, f"It contradicts nothing, and says nothing of: {words}."


def _why_unserved(fitting: Sequence[Found], left_out: Sequence[Json], why: str, *, decided: bool) -> str:
    if decided and not fitting:
        return "A person said that it is none of the catalogue's materials."
    if fitting and left_out:
        return f"«{fitting[0].name}» fits, but no offer of it counts: {left_out[0]['reason']}."
    return f"«{fitting[0].name}» fits, and nobody offers it at present." if fitting else why


def _is_suspect(best: _Offered, offered: Sequence[_Offered]) -> bool:
    prices = [one.bought.price for one in offered]
    return len(prices) >= _ENOUGH_PRICES and best.bought.price * _SUSPECT < median(prices)


def _by_supplier(offered: Sequence[_Offered]) -> list[_Offered]:
    """The cheapest of each supplier, the cheapest first."""
    first: dict[int | None, _Offered] = {}
    for one in offered:
        first.setdefault(one.offer["supplier_id"], one)
    return list(first.values())


def _alternatives(
    found: Sequence[Found], offered: Sequence[_Offered], best: _Offered | None, need: Need, currency: str
) -> list[dict[str, Any]]:
    """Other materials: those that fit as well, the cheapest first; then what is near, and why it is not it."""
    places: dict[str, _Offered] = {}
    for each in offered:
        places.setdefault(each.found.id, each)
    mine = best.found.id if best else None
    as_good = [each.found for key, each in places.items() if key != mine]
    others = [one for one in found if one.id not in places and one.id != mine]
    others.sort(key=lambda one: (one.conflict is not None, one.cost))
    shown = []
    for one in [*as_good, *others][:_MOST_ALTERNATIVES]:
        cheapest = places.get(one.id) or _cheapest(one, need, currency)
        why = one.conflict or (f"says nothing of: {', '.join(one.silent)}" if one.silent else "fits as well")
        price = cheapest.json() if cheapest else None
        shown.append({"material": one.shown, "fits": one.conflict is None, "why": why, "best": price})
    return shown


def _cheapest(one: Found, need: Need, currency: str) -> _Offered | None:
    offered, _ = _offered([one], need, currency)
    return min(offered, key=lambda each: each.place, default=None)
