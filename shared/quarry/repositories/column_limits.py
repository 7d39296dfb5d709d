"""Values made to fit their columns: no row fails on its length."""

import hashlib

NAME, OFFER_NAME, CATEGORY, SKU, UNIT = 200, 500, 200, 200, 50
# An index holds at most 2.7 kB of a row.
KEY = 300
_CATEGORY_SEPARATOR = " / "
_DIGEST = 20


def truncate(text: str | None, length: int) -> str | None:
    """``text`` within ``length`` characters, cut at a word where there is one."""
    if text is None or len(text) <= length:
        return text
    head = text[:length]
    at_word = head.rpartition(" ")[0].rstrip(" ,;/")
    # A «word» longer than half the column is cut itself.
    return at_word if len(at_word) > length // 2 else head


def bounded_key(key: str) -> str:
    """``key`` itself, or its beginning with a digest of the whole."""
    if len(key) <= KEY:
        return key
    return f"{key[: KEY - _DIGEST]}#{hashlib.sha256(key.encode(errors='replace')).hexdigest()[: _DIGEST - 1]}"


def category(path: tuple[str, ...]) -> str | None:
    return truncate(_CATEGORY_SEPARATOR.join(path), CATEGORY) or None
