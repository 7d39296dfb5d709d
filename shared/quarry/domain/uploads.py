"""Where a price list lies in the bucket."""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from urllib.parse import quote, unquote

from quarry.errors import BadPriceList

PREFIX = "incoming/"
# Lists that are only looked at: a version of them is not a version of the supplier's list.
PREVIEWS = "preview/"
# Bills of materials, which no supplier offers.
ESTIMATES = "estimate/"
NOBODY = 0
# Metadata of a bill of materials: how it is to be priced, as JSON.
TERMS_METADATA = "terms"
# Metadata of an object that was uploaded for a batch: the batch's request id.
REQUEST_ID_METADATA = "request-id"
# Metadata: who was given the form that the object was uploaded with.
UPLOADED_BY_METADATA = "uploaded-by"
_KEY = re.compile(r"(?:incoming|preview|estimate)/supplier=(?P<supplier>[0-9]{1,10})/(?P<file>[^/]+)")
_CONTROL = re.compile(r"[\x00-\x1f\x7f-\x9f]")
MAX_SUPPLIER_ID = 2**31 - 1
MAX_SUBJECT = 256
_PLAIN = "/:@|+=,.-_"


@dataclass(frozen=True, slots=True)
class Upload:
    """One version of one object in the bucket, and when it was stored, where its notification says so.

    ``request_id`` is the batch that it is to be read for; None: the one that its object says. ``principal`` is who S3
    says has stored it.
    """

    key: str
    version: str | None
    at: datetime | None = None
    request_id: str | None = None
    principal: str | None = None


def ticket_metadata(request_id: str, subject: str | None) -> dict[str, str]:
    """What an object carries of the form that it is uploaded by; S3 keeps ASCII alone."""
    who = {UPLOADED_BY_METADATA: quote(subject, safe=_PLAIN)} if subject else {}
    return {REQUEST_ID_METADATA: request_id, **who}


def uploader(upload: Upload, metadata: Mapping[str, str]) -> str | None:
    """Who asked for the form that an object was uploaded by, else who stored it: a form is signed by ourselves."""
    by_form = REQUEST_ID_METADATA in metadata
    found = unquote(metadata.get(UPLOADED_BY_METADATA, "")) if by_form else upload.principal
    return found[:MAX_SUBJECT] if found else None


def object_key(supplier_id: int, file_name: str, prefix: str = PREFIX) -> str:
    return f"{prefix}supplier={supplier_id}/{file_name}"


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
    """Why a name cannot be a price list's file name, for a person; None when it can."""
    if re.search(r"[/\\]", file_name) or _CONTROL.search(file_name) or file_name.strip() in {"", ".", ".."}:
        return "must be a plain file name: no slash, no control character"
    if "${filename}" in file_name:
        # S3 would replace it by the name of the uploaded file.
        return "must not hold ${filename}"
    return None


@dataclass(frozen=True, slots=True)
class OtherList:
    """A list of the same supplier, because of which another one cannot be taken back."""

    request_id: str
    file_name: str | None
    status: str
