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
    if not isinstance(place, dict):
        raise InvalidRequest(
            "The cursor is not one of ours: leave it out to begin again.", [("/cursor", "is not valid")]
        )
    return place
