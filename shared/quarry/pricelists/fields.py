"""An object of goods as fields with one value each: nested prices, labelled lists, variants."""

from collections.abc import Iterator, Mapping, Sequence
from typing import Any, Final

from quarry.domain.reading import Role
from quarry.knowledge import load
from quarry.knowledge.words import entries
from quarry.pricelists.headers import LONGEST_HEADER, role_of

_WORDS = load("documents")
_LABELS, _AMOUNTS = (tuple(entries(_WORDS[kind])) for kind in ("label", "amount"))
_OWN_VALUE: Final = frozenset({"value", "amount", "name", "значение"})
_DEEPEST: Final = 3
_MOST_FIELDS: Final = 5_000
_MOST_VARIANTS: Final = 1_000


def fields_of(item: Mapping[str, Any]) -> Iterator[dict[str, Any]]:
    """The fields of the goods; of goods with variants that have prices of their own those of each variant."""
    flat: dict[str, Any] = {}
    variants: list[Mapping[str, Any]] = []
    for key, value in item.items():
        if isinstance(value, list) and value and all(isinstance(part, Mapping) for part in value):
            if _are_variants(key, value):
                variants += value[:_MOST_VARIANTS]
            else:
                flat |= _flat(key, value, 1)
        elif len(flat) < _MOST_FIELDS:
            flat |= _flat(key, value, 1)
    if not variants:
        yield flat
        return
    name = next((key for key in flat if role_of(key) is Role.NAME), None)
    for variant in variants:
        own = {key: value for part, found in variant.items() for key, value in _flat(part, found, 1).items()}
        yield _variant(flat, name, own)


def _are_variants(key: str, parts: Sequence[Mapping[str, Any]]) -> bool:
    """Whether each of a list has a price, and more of its own than a label and a currency."""
    if role_of(key) is Role.PRICE:
        return False
    first = parts[0]
    roles = {role_of(field) for field in first}
    others = [field for field in first if role_of(field) not in {Role.PRICE, Role.CURRENCY} and field not in _LABELS]
    return Role.PRICE in roles and bool(others)


def _variant(goods: Mapping[str, Any], name: str | None, own: dict[str, Any]) -> dict[str, Any]:
    """A variant's own fields before those of its goods; what it is called joins their name."""
    called = [key for key in own if role_of(key) in {Role.NAME, Role.SIZE, Role.MODEL} or key in _LABELS]
    roles = {role_of(key) for key in own} - {None}
    shared = {key: value for key, value in goods.items() if key not in own and role_of(key) not in roles - {Role.NAME}}
    if name is None:
        return {**shared, **own}
    words = [str(own.pop(key)) for key in called if own[key] is not None]
    whole = " ".join([str(goods[name] or ""), *[word for word in words if word not in str(goods[name])]])
    return {**shared, **own, name: whole.strip()}


def _flat(key: str, value: Any, depth: int) -> dict[str, Any]:
    """A value with what is within it, as «price», «price_currency», «price_retail»."""
    if (
        isinstance(value, list)
        and len(value) == 1
        and isinstance(value[0], Mapping)
        and not _is_labelled(key, value[0])
    ):
        value = value[0]  # an element of an XML document with others within
    if isinstance(value, Mapping):
        found: dict[str, Any] = {}
        for inner, content in value.items():
            if depth < _DEEPEST and len(found) < _MOST_FIELDS:
                found |= _flat(_within(key, inner), content, depth + 1)
        return found
    if isinstance(value, list):
        if value and all(isinstance(part, Mapping) for part in value):
            return _labelled(key, value)
        return {key: ", ".join(str(part) for part in value if not isinstance(part, Mapping | list))}
    return {key: value}


def _is_labelled(key: str, part: Mapping[str, Any]) -> bool:
    """Whether a value has a label beside it, or a price its money."""
    labelled = bool(_label(part)) and any(name in _AMOUNTS or role_of(name) is Role.PRICE for name in part)
    return labelled or (role_of(key) is Role.PRICE and not any(isinstance(one, list) for one in part.values()))


def _within(key: str, inner: str) -> str:
    """What a value within another is called: as both, or by the one of them that is known."""
    if inner in _OWN_VALUE:
        return key
    both, own = f"{key}_{inner}", role_of(inner)
    of_goods = role_of(both) is Role.SKU  # «article_details: {description}» is no article
    return inner if own and (of_goods or not role_of(both)) else both


def _label(part: Mapping[str, Any]) -> str:
    """What tells a value from others of its list: what it is called, else from which amount on it holds."""
    fields = {name.casefold(): value for name, value in part.items()}
    called = next((str(fields[name]) for name in _LABELS if name in fields), "")
    others = (
        f"{name} {value}"
        for name, value in part.items()
        if isinstance(value, int | float) and role_of(name) not in {Role.PRICE, Role.CURRENCY} and name not in _AMOUNTS
    )
    return called or " ".join(others)


def _labelled(key: str, parts: Sequence[Mapping[str, Any]]) -> dict[str, Any]:
    """A list of labelled values, as of prices by kind: «price розница»."""
    labelled = {}
    of_prices = role_of(key) is not None
    single = key[:-1] if key.endswith("s") and role_of(key[:-1]) else key  # «prices», not «preis»
    for part in parts[:_MOST_FIELDS]:
        label = _label(part)
        if len(label) > LONGEST_HEADER:
            continue  # it names no known column, and would be kept for all items
        amount = next((part[name] for name in _AMOUNTS if name in part), None)
        if amount is None:
            priced = (found for name, found in part.items() if role_of(name) is Role.PRICE)
            amount = next((found for found in priced if any(map(str.isdigit, str(found)))), None)  # no «price_type»
        currency = next((found for name, found in part.items() if role_of(name) is Role.CURRENCY), None)
        if not isinstance(amount, Mapping | list) and amount is not None:
            with_currency = f"{amount} {currency}" if isinstance(currency, str) and currency else amount
            labelled[f"{single} {label}".strip() if of_prices or not label else label] = with_currency
    return labelled
