"""Where a price list lies in the bucket, and what an event about it says."""

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from urllib.parse import quote_plus, unquote_plus

from quarry.errors import BadPriceList

PREFIX = "incoming/"
_KEY = re.compile(r"incoming/supplier=(?P<supplier>[0-9]{1,10})/(?P<file>[^/]+)")
_CONTROL = re.compile(r"[\x00-\x1f\x7f-\x9f]")
MAX_SUPPLIER_ID = 2**31 - 1


@dataclass(frozen=True, slots=True)
class Upload:
    """One version of one object in the bucket, and when it was stored, where its notification tells."""

    key: str
    version: str | None
    at: datetime | None = None


def object_key(supplier_id: int, file_name: str) -> str:
    return f"{PREFIX}supplier={supplier_id}/{file_name}"


def parse_key(key: str) -> tuple[int, str]:
    """Supplier id and file name. Raises BadPriceList when the key has another form."""
    match = _KEY.fullmatch(key)
    if not match or _CONTROL.search(key) or match["file"] in {".", ".."} or int(match["supplier"]) > MAX_SUPPLIER_ID:
        raise BadPriceList(
            "bad_key",
            f"«{key}» does not tell the supplier. Drop the file as incoming/supplier=<number>/<file name>, "
            "for example incoming/supplier=101/price.xlsx.",
        )
    return int(match["supplier"]), match["file"]


def file_name_fault(file_name: str) -> str | None:
    """Why a name cannot be a price list's file name, for a person; null when it can."""
    if re.search(r"[/\\]", file_name) or _CONTROL.search(file_name) or file_name.strip() in {"", ".", ".."}:
        return "must be a plain file name: no slash, no control character"
    if "${filename}" in file_name:
        # S3 would put the name of the file that is sent in its place.
        return "must not hold ${filename}"
    return None


def notification(upload: Upload) -> dict[str, Any]:
    """What S3 tells of an upload, to tell it again."""
    described = {"key": quote_plus(upload.key), **({"versionId": upload.version} if upload.version else {})}
    record = {"eventName": "ObjectCreated:Again", "s3": {"object": described}}
    return {"Records": [record | ({"eventTime": upload.at.isoformat()} if upload.at else {})]}


def uploads(notification: Mapping[str, Any]) -> Iterator[Upload]:
    """The objects that an S3 notification tells of; the test event that S3 sends on wiring tells of none.

    Raises ValueError for anything else. Keys are percent-encoded, with ``+`` for a space (AWS, "Event message
    structure").
    """
    if notification.get("Event") == "s3:TestEvent":
        return
    if "Records" not in notification:
        raise ValueError("this message is no S3 notification")
    for record in notification["Records"]:
        if not record["eventName"].removeprefix("s3:").startswith("ObjectCreated:"):
            continue
        described = record["s3"]["object"]
        moment = record.get("eventTime")
        yield Upload(
            key=unquote_plus(described["key"]),
            version=described.get("versionId"),
            at=datetime.fromisoformat(moment) if moment else None,
        )
