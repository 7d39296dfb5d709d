"""What a URL says of where Redis is, and of how it is signed in to."""

import logging
import ssl

import pytest

from quarry.adapters.redis_connection import Address


@pytest.mark.parametrize(
    ("url", "host", "port", "greeting"),
    [
        ("redis://cache", "cache", 6379, []),
        ("redis://", "localhost", 6379, []),
        ("redis://cache:7000/", "cache", 7000, []),
        ("redis://cache/0", "cache", 6379, []),
        ("redis://cache/3", "cache", 6379, [("SELECT", 3)]),
        ("redis://cache?db=3", "cache", 6379, [("SELECT", 3)]),
        ("redis://:pass%2Fword@cache", "cache", 6379, [("AUTH", "pass/word")]),
        ("redis://us%40er:pw@cache/2", "cache", 6379, [("AUTH", "us@er", "pw"), ("SELECT", 2)]),
        ("redis://[::1]:7000", "::1", 7000, []),
    ],
)
def test_an_address(url, host, port, greeting):
    address = Address.of(url)
    assert (address.host, address.port, address.greeting) == (host, port, greeting)
    assert (address.path, address.context) == ("", None)


def test_a_socket_of_the_machine():
    address = Address.of("unix://:pw@/run/redis%20one.sock?db=2")
    assert (address.path, address.greeting) == ("/run/redis one.sock", [("AUTH", "pw"), ("SELECT", 2)])


def test_a_server_by_tls_is_verified_unless_the_url_says_otherwise():
    verified = Address.of("rediss://cache").context
    assert (verified.verify_mode, verified.check_hostname) == (ssl.CERT_REQUIRED, True)
    without_name = Address.of("rediss://cache?ssl_check_hostname=false").context
    assert (without_name.verify_mode, without_name.check_hostname) == (ssl.CERT_REQUIRED, False)
    trusting = Address.of("rediss://cache?ssl_cert_reqs=none").context
    assert (trusting.verify_mode, trusting.check_hostname) == (ssl.CERT_NONE, False)


def test_options_that_nothing_uses_are_said_without_their_values(caplog):
    with caplog.at_level(logging.WARNING, "quarry"):
        Address.of("redis://cache?protocol=secret&ssl_cert_reqs=none")
    (record,) = caplog.records
    assert record.options == ["protocol", "ssl_cert_reqs"]
    assert "secret" not in caplog.text


@pytest.mark.parametrize(
    "url", ["http://cache", "cache", "redis://cache:port", "redis://cache/name", "rediss://cache?ssl_cert_reqs=maybe"]
)
def test_what_is_no_url_of_a_redis(url):
    with pytest.raises((ValueError, KeyError)):
        Address.of(url)
