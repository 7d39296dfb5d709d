"""What S3 reports of objects in the bucket, and the same written for S3."""

from collections.abc import Iterator, Mapping
from datetime import datetime
from typing import Any
from urllib.parse import quote_plus, unquote_plus

from quarry.domain.uploads import Upload


def notification(upload: Upload) -> dict[str, Any]:
    """What S3 reports of an upload, to report it again."""
    described = {"key": quote_plus(upload.key), **({"versionId": upload.version} if upload.version else {})}
    record = {"eventName": "ObjectCreated:Again", "s3": {"object": described}}
    ours = {"requestId": upload.request_id} if upload.request_id else {}
    return {"Records": [record | ours | ({"eventTime": upload.at.isoformat()} if upload.at else {})]}


def uploads(notification: Mapping[str, Any]) -> Iterator[Upload]:
    """The objects that an S3 notification is about; the test event that S3 sends on wiring is about none.

    Raises ValueError for anything else. Keys are percent-encoded, with ``+`` for a space (AWS, "Event message
    structure").
    """
    if notification.get("Event") == "s3:TestEvent":
        return
    if "Records" not in notification:
        raise ValueError("this message is not an S3 notification")
    for record in notification["Records"]:
        if not record["eventName"].removeprefix("s3:").startswith("ObjectCreated:"):
            continue
        described = record["s3"]["object"]
        moment = record.get("eventTime")
        yield Upload(
            key=unquote_plus(described["key"]),
            version=described.get("versionId"),
            at=datetime.fromisoformat(moment) if moment else None,
            request_id=record.get("requestId"),
            principal=(record.get("userIdentity") or {}).get("principalId"),
        )
