"""What a signature covers, checked by the receiver's side that the documentation shows."""

import base64
import ipaddress
import json
import time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from quarry.adapters.public_addresses import is_public
from quarry.domain.webhooks import new_secret, secret_fault, signed_headers
from tests.webhooks import verified

BODY = b'{"id": "e"}'
secrets = st.binary(min_size=1, max_size=64).map(lambda raw: "whsec_" + base64.b64encode(raw).decode()) | st.text(
    st.characters(codec="utf-8"), min_size=1, max_size=80
).filter(lambda text: not text.startswith("whsec_"))
ids = st.uuids().map(str)
bodies = st.dictionaries(st.text(), st.text()).map(lambda data: json.dumps(data).encode())


def now():
    return int(time.time())


@given(secrets, ids, bodies, st.integers(-250, 250))
def test_what_was_signed_is_verified(secret, event_id, body, age):
    headers = signed_headers(secret, event_id, now() - age, body)
    assert isinstance(verified(secret, headers, body), dict)


@given(secrets, ids, bodies, st.data())
def test_whatever_is_changed_in_a_message_is_noticed(secret, event_id, body, data):
    moment = now()
    headers = signed_headers(secret, event_id, moment, body)
    place = data.draw(st.integers(0, len(body) - 1))
    bit = 1 << data.draw(st.integers(0, 7))
    changed = {
        "body": (headers, body[:place] + bytes([body[place] ^ bit]) + body[place + 1 :]),
        "longer": (headers, body + b" "),
        "moment": (headers | {"webhook-timestamp": str(moment + 1)}, body),
        "id": (headers | {"webhook-id": event_id[::-1] + "x"}, body),
        "none": (headers | {"webhook-signature": ""}, body),
        "part": (headers | {"webhook-signature": headers["webhook-signature"][:-2]}, body),
    }
    for other, content in changed.values():
        with pytest.raises(ValueError, match="not ours"):
            verified(secret, other, content)


@given(secrets, secrets, bodies)
def test_another_secret_signs_otherwise(one, other, body):
    headers = signed_headers(one, "e", now(), body)
    if base64_of(one) != base64_of(other):
        with pytest.raises(ValueError, match="not ours"):
            verified(other, headers, body)


def base64_of(secret):
    """The key, as HMAC takes it: shorter ones are filled up with zeros."""
    raw = base64.b64decode(secret.removeprefix("whsec_")) if secret.startswith("whsec_") else secret.encode()
    return raw.ljust(64, b"\0") if len(raw) <= 64 else raw


@pytest.mark.parametrize("age", [-400, 400, 10**6])
def test_a_message_that_somebody_kept_is_refused(age):
    with pytest.raises(ValueError, match="too old"):
        verified("s" * 16, signed_headers("s" * 16, "e", now() - age, BODY), BODY)


def test_the_signature_is_that_of_the_standard():
    """The example of https://github.com/standard-webhooks/standard-webhooks."""
    headers = signed_headers(
        "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw", "msg_p5jXN8AQM9LWM0D4loKWxJek", 1614265330, b'{"test": 2432232314}'
    )
    assert headers["webhook-signature"] == "v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE="


def test_each_secret_is_another_one():
    assert len({new_secret() for _ in range(100)}) == 100
    assert len(base64.b64decode(new_secret().removeprefix("whsec_"))) == 32


@given(st.ip_addresses(v=4))
def test_an_ipv4_address_within_an_ipv6_one_is_as_public_as_itself(address):
    for prefix in ("::ffff:0:0", "64:ff9b::"):
        assert is_public(ipaddress.ip_address(int(ipaddress.ip_address(prefix)) | int(address))) <= is_public(address)


@pytest.mark.parametrize(
    ("secret", "fault"), [("whsec_", True), ("whsec_!!", True), ("whsec_YQ==", False), ("x", False)]
)
def test_a_secret_of_the_usual_form_is_base64(secret, fault):
    assert bool(secret_fault(secret)) is fault
