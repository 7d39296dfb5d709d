"""S3 and SQS: moto's server with the template's bucket and queues, filled from the mirror of earlier uploads."""

import argparse
import json
import logging
import os
import signal
import sys
import threading
from collections.abc import Callable, Collection, Iterable
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from local import ROOT
from local.mirror import Copy, Mirror
from local.template import ACCOUNT, REGION, BucketSpec, QueueSpec, Template

Application = Callable[[dict[str, Any], Callable[..., Any]], Iterable[bytes]]


def main() -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument("--home", type=Path, required=True)
    parser.add_argument("--port", type=int, required=True)
    options = parser.parse_args()
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(0))
    # moto builds queue URLs and presigned forms with this port, not with the one that it serves on.
    os.environ["MOTO_PORT"] = str(options.port)
    logging.getLogger("werkzeug").setLevel(logging.WARNING)

    from moto.moto_server.werkzeug_app import DomainDispatcherApplication, MotoRequestHandler, create_backend_app
    from werkzeug.serving import run_simple

    template = Template(ROOT / "template.yaml", {}, f"http://127.0.0.1:{options.port}")
    mirror = Mirror(options.home)
    make_queues(template.queues)
    own = {bucket.name for bucket in template.buckets if not bucket.notifies}
    application = Mirrored(DomainDispatcherApplication(create_backend_app), mirror, own)
    for bucket in template.buckets:
        make_bucket(bucket)
        restore_objects(bucket, mirror, application)
    run_simple("127.0.0.1", options.port, application, threaded=True, request_handler=MotoRequestHandler)


def make_queues(queues: Iterable[QueueSpec]) -> None:
    from moto.sqs.models import sqs_backends

    backend = sqs_backends[ACCOUNT][REGION]
    # A dead-letter queue must exist before a queue refers to it.
    for queue in sorted(queues, key=lambda queue: queue.dead_letters is not None):
        attributes = dict(queue.attributes)
        if queue.dead_letters:
            target = f"arn:aws:sqs:{REGION}:{ACCOUNT}:{queue.dead_letters}"
            attributes["RedrivePolicy"] = json.dumps(
                {"deadLetterTargetArn": target, "maxReceiveCount": queue.max_receives}
            )
        backend.create_queue(queue.name, None, **attributes)


def make_bucket(bucket: BucketSpec) -> None:
    from moto.s3.models import s3_backends

    # Through moto's backend instead of its API: the server is not running yet.
    backend = s3_backends[ACCOUNT]["aws"]
    backend.create_bucket(bucket.name, REGION)
    if bucket.versioned:
        backend.put_bucket_versioning(bucket.name, "Enabled")
    queues = [
        {"Id": queue, "Queue": f"arn:aws:sqs:{REGION}:{ACCOUNT}:{queue}", "Event": [event]}
        for event, queue in bucket.notifies
    ]
    backend.put_bucket_notification_configuration(bucket.name, {"QueueConfiguration": queues})


def restore_objects(bucket: BucketSpec, mirror: Mirror, application: "Mirrored") -> None:
    """Store the objects of earlier runs under their old versions; send notifications that were not processed again."""
    from moto.s3.models import s3_backends
    from moto.s3.notifications import S3NotificationEvent

    backend = s3_backends[ACCOUNT]["aws"]
    for copy, body in mirror.copies():
        if copy.bucket != (None if bucket.notifies else bucket.name):
            continue
        key = backend.put_object(bucket.name, copy.key, body, disable_notification=True)
        key._version_id = copy.version  # noqa: SLF001 - moto gives no other way
        key.set_metadata(dict(copy.metadata), replace=True)
        if copy.stored_at:
            key.last_modified = datetime.fromisoformat(copy.stored_at)
        if mirror.unread(copy):
            application.notify(
                ACCOUNT, S3NotificationEvent.OBJECT_CREATED_PUT_EVENT, backend.get_bucket(bucket.name), key
            )


class Mirrored:
    """moto's application; an object is on disk before its notification is sent and its request answered.

    moto notifies in the middle of a request, before the object's metadata is set. Here the notifications of a request
    are collected, and sent when it has ended.
    """

    def __init__(self, application: Application, mirror: Mirror, own: Collection[str] = ()) -> None:
        """``own`` are the buckets to which only functions write, and whose objects cause no notification."""
        from moto.s3 import notifications

        self._application = application
        self._mirror = mirror
        self._own = own
        # moto serves each request in a thread of its own.
        self._request = threading.local()
        self.notify: Callable[..., None] = notifications.send_event
        notifications.send_event = self._collect  # type: ignore[assignment]
        notifications._get_s3_event = _with_version_and_time(notifications._get_s3_event)  # noqa: SLF001

    def __call__(self, environ: dict[str, Any], start_response: Callable[..., Any]) -> Iterable[bytes]:
        self._request.events = []
        answer = self._application(environ, start_response)
        if self._request.events:
            answer = list(answer)
        for account, name, bucket, key in self._request.events:
            if name.startswith("s3:ObjectCreated:"):
                stored_at = key.last_modified.isoformat()
                owner = bucket.name if bucket.name in self._own else None
                self._mirror.save(Copy(key.name, key.version_id, dict(key.metadata), stored_at, owner), key.value)
            self.notify(account, name, bucket, key)
        return answer

    def _collect(self, account: str, name: Any, bucket: Any, key: Any) -> None:
        self._request.events.append((account, name, bucket, key))


def _with_version_and_time(describe: Callable[..., dict[str, Any]]) -> Callable[..., dict[str, Any]]:
    """As in S3, the object's version and when it was stored; moto omits the one, and gives the time of sending."""

    def event(name: str, bucket: Any, key: Any, notification_id: str) -> dict[str, Any]:
        described = describe(name, bucket, key, notification_id)
        (record,) = described["Records"]
        record["s3"]["object"]["versionId"] = key.version_id
        record["eventTime"] = key.last_modified.replace(tzinfo=UTC).isoformat()
        return described

    return event


if __name__ == "__main__":
    main()
