import datetime as dt
import ipaddress
import socket
import ssl
import threading
from contextlib import suppress
from urllib.parse import urlsplit

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID

from quarry.adapters.postgresql.database import PostgreSQLDatabase
from quarry.errors import StoreUnavailable
from quarry.runtime import run

SSL_REQUEST = 8


def certificate(path, address, *names):
    """A self-signed certificate for ``address``, or for ``names``, with its key, as one file."""
    of = [x509.DNSName(one) for one in names] or [x509.IPAddress(ipaddress.ip_address(address))]
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "PostgreSQL")])
    now = dt.datetime.now(dt.UTC)
    made = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - dt.timedelta(days=1))
        .not_valid_after(now + dt.timedelta(days=1))
        .add_extension(x509.SubjectAlternativeName(of), critical=False)
        .add_extension(x509.BasicConstraints(ca=True, path_length=None), critical=True)
        .sign(key, hashes.SHA256())
    )
    private = key.private_bytes(
        serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    )
    path.write_bytes(private + made.public_bytes(serialization.Encoding.PEM))
    return str(path)


class TLSFront:
    """PostgreSQL's TLS in front of an engine that was built without: it takes the SSL request, then forwards."""

    def __init__(self, port, certificate_file):
        self.target = port
        self.context = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
        self.context.load_cert_chain(certificate_file)
        self.listener = socket.create_server(("127.0.0.1", 0))
        self.port = self.listener.getsockname()[1]
        self.encrypted = 0
        self.accepting = threading.Thread(target=self._accept, daemon=True)
        self.accepting.start()

    def _accept(self):
        with suppress(OSError):
            while True:
                accepted, _ = self.listener.accept()
                threading.Thread(target=self._serve, args=(accepted,), daemon=True).start()

    def _serve(self, accepted):
        with accepted, suppress(OSError):
            accepted.recv(SSL_REQUEST)
            accepted.sendall(b"S")
            with (
                self.context.wrap_socket(accepted, server_side=True) as client,
                socket.create_connection(("127.0.0.1", self.target)) as engine,
            ):
                self.encrypted += 1
                answers = threading.Thread(target=self._pump, args=(engine, client), daemon=True)
                answers.start()
                self._pump(client, engine)
                answers.join()

    @staticmethod
    def _pump(source, target):
        with suppress(OSError):
            while data := source.recv(32768):
                target.sendall(data)
        with suppress(OSError):
            target.shutdown(socket.SHUT_RDWR)

    def close(self):
        self.listener.shutdown(socket.SHUT_RDWR)
        self.listener.close()
        self.accepting.join()


@pytest.fixture
def server_certificate(tmp_path):
    return certificate(tmp_path / "server.pem", "127.0.0.1")


@pytest.fixture
def front(empty_postgresql_url, server_certificate):
    made = TLSFront(urlsplit(empty_postgresql_url).port, server_certificate)
    yield made
    made.close()


def through(front, url, **options):
    url = url.replace(f":{urlsplit(url).port}/", f":{front.port}/")
    return PostgreSQLDatabase(url, connect_timeout=5, **options)


def test_a_server_of_the_known_authority_is_spoken_to_in_secret(front, empty_postgresql_url, server_certificate):
    db = through(front, empty_postgresql_url, ca_file=server_certificate)
    assert run(db.execute_query("SELECT 1 AS one")) == [{"one": 1}]
    db.close()
    assert front.encrypted == 1


def test_a_certificate_of_another_authority_is_refused(front, empty_postgresql_url, tmp_path):
    db = through(front, empty_postgresql_url, ca_file=certificate(tmp_path / "other.pem", "127.0.0.1"))
    with pytest.raises(StoreUnavailable):
        run(db.execute_query("SELECT 1"))
    db.close()
    assert front.encrypted == 0


def test_a_certificate_for_another_host_is_refused(empty_postgresql_url, tmp_path):
    elsewhere = certificate(tmp_path / "elsewhere.pem", "10.0.0.1")
    front = TLSFront(urlsplit(empty_postgresql_url).port, elsewhere)
    db = through(front, empty_postgresql_url, ca_file=elsewhere)
    with pytest.raises(StoreUnavailable):
        run(db.execute_query("SELECT 1"))
    db.close()
    front.close()
