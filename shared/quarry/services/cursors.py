"""Opaque cursors: places in a list that a client hands back as they are."""

import base64
import binascii
from collections.abc import Mapping
from typing import Any

import orjson

from quarry.errors import InvalidRequest


def write_cursor(place: Mapping[str, Any]) -> str:
    return base64.urlsafe_b64encode(orjson.dumps(dict(place))).decode().rstrip("=")


def read_cursor(cursor: str) -> dict[str, Any]:
    """Raises InvalidRequest for what no list of ours gave out."""
    try:
        place = orjson.loads(base64.urlsafe_b64decode(cursor + "=" * (-len(cursor) % 4)))
    except (binascii.Error, ValueError):
        place = None
    if not isinstance(place, dict) or not all(_storable(part) for part in place.values()):
        raise InvalidRequest(
            "The cursor is not one of ours: leave it out to begin again.", [("/cursor", "is not valid")]
        )
    return place


def _storable(part: object) -> bool:
    """What our places are made of: integers that JSON holds exactly, and texts without NUL, as PostgreSQL's are."""
    if isinstance(part, str):
        return "\0" not in part
    return part is None or (type(part) is int and -1 <= part < 2**53)
