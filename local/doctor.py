"""``quarry doctor``: what is wrong with a deployment or the laptop's stack, and what to do about it."""

import socket
import ssl
import time
from collections.abc import Iterator, Mapping
from dataclasses import asdict, dataclass
from email.utils import parsedate_to_datetime
from enum import StrEnum
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

from local.client import Api, ApiFailure
from quarry import __version__

if TYPE_CHECKING:
    from mypy_boto3_sqs import SQSClient

# AWS refuses signatures that are five minutes off.
CLOCK_ATTENTION, CLOCK_FAULT = 30, 240
DAYS_ATTENTION, DAYS_FAULT = 30, 7
SECONDS = 10.0
# Materials that changed in the last moments are not indexed yet.
_LACKING_SHARE = 0.02


class State(StrEnum):
    OK = "ok"
    ATTENTION = "attention"
    FAULT = "fault"


@dataclass(frozen=True, slots=True)
class Finding:
    """``mend`` says what to do, where there is something to do."""

    part: str
    state: State
    found: str
    mend: str = ""


def examine(client: Api, url: str) -> list[Finding]:
    """Everything that the API says of itself and its stores."""
    try:
        findings = [*_alive(client), *of_api_certificate(url)]
        diagnosis = client.diagnosis()
    except ApiFailure as error:
        mend = "Is the address right, and does the token have the scope operations:read?"
        return [Finding("api", State.FAULT, str(error), mend)]
    return [*findings, *of_diagnosis(diagnosis), *([] if is_local(url) else of_encryption(diagnosis))]


def is_local(url: str) -> bool:
    return urlsplit(url).hostname in {"127.0.0.1", "localhost"}


def exit_code(findings: list[Finding]) -> int:
    return int(any(one.state is State.FAULT for one in findings))


def as_json(findings: list[Finding]) -> dict[str, Any]:
    return {"healthy": not exit_code(findings), "findings": [asdict(one) for one in findings]}


def _alive(client: Api) -> Iterator[Finding]:
    asked = time.time()
    response = client.alive()
    version = response.json().get("version")
    if version == __version__:
        yield Finding("api", State.OK, f"answers, version {version}")
    else:
        yield Finding("api", State.ATTENTION, f"is version {version}, this command {__version__}", "Use one version.")
    if "date" in response.headers:
        # The header has whole seconds.
        middle = (asked + time.time()) / 2
        yield of_clock(parsedate_to_datetime(response.headers["date"]).timestamp() + 0.5 - middle)


def of_clock(ahead: float) -> Finding:
    """``ahead``: by how many seconds the API's clock is ahead of this one."""
    off = abs(ahead)
    state = State.FAULT if off > CLOCK_FAULT else State.ATTENTION if off > CLOCK_ATTENTION else State.OK
    mend = "" if state is State.OK else "Set this machine's clock (NTP): signatures and tokens depend on it."
    return Finding("clock", state, f"the API's clock is {off:.0f} s {'ahead' if ahead > 0 else 'behind'}", mend)


def of_api_certificate(url: str) -> Iterator[Finding]:
    address = urlsplit(url)
    if address.scheme != "https" or not address.hostname:
        return
    try:
        with (
            socket.create_connection((address.hostname, address.port or 443), SECONDS) as plain,
            ssl.create_default_context().wrap_socket(plain, server_hostname=address.hostname) as connection,
        ):
            said = connection.getpeercert() or {}
    except ssl.SSLCertVerificationError as error:
        yield Finding("certificate", State.FAULT, f"is not trusted: {error.verify_message}", "Renew or replace it.")
        return
    except OSError as error:
        yield Finding("certificate", State.ATTENTION, f"cannot be read: {error}")
        return
    yield of_certificate("certificate", (ssl.cert_time_to_seconds(str(said["notAfter"])) - time.time()) / 86_400)


def of_certificate(part: str, days: float) -> Finding:
    state = State.FAULT if days < DAYS_FAULT else State.ATTENTION if days < DAYS_ATTENTION else State.OK
    return Finding(part, state, f"ends in {days:.0f} days", "" if state is State.OK else "Renew it.")


def of_diagnosis(said: Mapping[str, Any]) -> Iterator[Finding]:
    """Of the answer of ``GET /api/v1/health/full``."""
    for part in ("vector_database", "relational_database", "cache_database"):
        yield _of_store(said["databases"][part])
    yield _of_store(said["embeddings"])
    if said["tunnel"]["status"] != "disabled":
        yield _of_store(said["tunnel"])
    for breaker in said["breakers"]:
        if breaker["state"] != "closed":
            yield Finding(
                f"breaker of {breaker['store']}",
                State.ATTENTION,
                f"{breaker['state']} after {breaker['failures']} failures",
                "It closes by itself when the store is back.",
            )
    for store, days in said["certificates"].items():
        if days is None:
            yield Finding(f"certificate of {store}", State.ATTENTION, "cannot be seen, or is not trusted")
        else:
            yield of_certificate(f"certificate of {store}", days)
    yield _of_schema(said["migrations"], said["settings"])
    yield from _of_queues(said["queues"])
    yield from _of_counts(said["counts"])
    yield from _of_settings(said["settings"])


def _of_store(health: Mapping[str, Any]) -> Finding:
    status = health["status"]
    if status == "unhealthy":
        mend = "See the paragraph on its breaker in docs/operations.md."
        return Finding(health["type"], State.FAULT, health.get("error") or "does not answer", mend)
    if status == "degraded":
        return Finding(health["type"], State.ATTENTION, health.get("error") or "is degraded")
    if status == "disabled":
        return Finding(health["type"], State.OK, "is not used")
    taken = health.get("response_time_ms")
    return Finding(health["type"], State.OK, "answers" if taken is None else f"answers in {taken:.0f} ms")


def _of_schema(said: Mapping[str, Any], settings: Mapping[str, Any]) -> Finding:
    found, expected = said["found"], said["expected"]
    if settings["qdrant_only_mode"]:
        return Finding("schema", State.OK, "is not used in Qdrant-only mode")
    if found == expected:
        return Finding("schema", State.OK, f"revision {found}")
    if found is None:
        return Finding("schema", State.FAULT, "cannot be read", "Make PostgreSQL available; is it migrated at all?")
    mend = "Run the migrations of the version that is deployed, or deploy the version of the schema."
    return Finding("schema", State.FAULT, f"revision {found}, and the code is written for {expected}", mend)


def _of_queues(depths: Mapping[str, int | None]) -> Iterator[Finding]:
    for name, depth in depths.items():
        if depth is None:
            mend = "Check the function's rights (sqs:GetQueueAttributes) and its way to SQS."
            yield Finding(f"queue of {name}", State.FAULT, "cannot be read", mend)
        else:
            yield Finding(f"queue of {name}", State.OK, f"{depth:,} messages")


def _of_counts(counts: Mapping[str, int | None]) -> Iterator[Finding]:
    materials, points = counts["materials"], counts["points"]
    if materials is not None and points is not None:
        lacking = materials - points
        if materials and not points:
            yield Finding("index", State.FAULT, f"is empty, of {materials:,} materials", "quarry reindex")
        elif lacking > max(100, materials * _LACKING_SHARE):
            yield Finding("index", State.ATTENTION, f"lacks {lacking:,} of {materials:,} materials", "quarry reindex")
        else:
            yield Finding("index", State.OK, f"{points:,} points of {materials:,} materials")
    for name, what, mend in (
        ("unindexed", "materials are not indexed yet", "The upkeep indexes them; if their number stays, see its log."),
        ("unreconciled", "records are only in Qdrant", "The upkeep moves them when PostgreSQL is available."),
        ("batches_waiting", "batches make no progress", "quarry status shows what they wait for."),
    ):
        if counts[name]:
            yield Finding(name, State.ATTENTION, f"{counts[name]:,} {what}", mend)


def of_encryption(said: Mapping[str, Any]) -> Iterator[Finding]:
    """Of a deployment: its template has Qdrant by https alone, and PostgreSQL is never spoken to in plain."""
    if said["databases"]["cache_database"]["status"] != "disabled" and "Redis" not in said["certificates"]:
        yield Finding("encryption of Redis", State.ATTENTION, "its password and answers are readable", "Use rediss://.")


def _of_settings(settings: Mapping[str, Any]) -> Iterator[Finding]:
    for name, value, found, mend in (
        ("disable_redis_connection", True, "nothing is cached", "Set DISABLE_REDIS_CONNECTION=false."),
        ("enable_fallback_databases", False, "one database's outage is everybody's", "ENABLE_FALLBACK_DATABASES=true."),
        ("enable_mock_response", True, "an outage looks like no hits", "Set ENABLE_MOCK_RESPONSE=false."),
        ("exchange_rates_url", None, "exchange rates are not read", "Set EXCHANGE_RATES_URL, or quarry rates USD=…"),
    ):
        if (settings.get(name) or None if value is None else settings.get(name)) == value:
            yield Finding(f"setting {name.upper()}", State.ATTENTION, found, mend)


def of_dead_letters(client: "SQSClient", queues: Mapping[str, str]) -> Iterator[Finding]:
    """``queues``: URLs of dead-letter queues by the kind of their messages."""
    from botocore.exceptions import BotoCoreError, ClientError

    for kind, url in queues.items():
        try:
            said = client.get_queue_attributes(QueueUrl=url, AttributeNames=["ApproximateNumberOfMessages"])
            number = int(said["Attributes"]["ApproximateNumberOfMessages"])
        except (BotoCoreError, ClientError) as error:
            yield Finding(f"dead letters of {kind}", State.FAULT, f"cannot be read: {error}")
            continue
        if number:
            mend = "See why in the function's log, then: quarry redrive"
            yield Finding(f"dead letters of {kind}", State.FAULT, f"{number:,} messages", mend)
        else:
            yield Finding(f"dead letters of {kind}", State.OK, "none")
