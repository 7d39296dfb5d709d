"""Servers with certificates of an authority that nobody knows."""

import datetime as dt
import ipaddress
import socket
import ssl
import threading
from contextlib import suppress

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID

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
    """TLS in front of an engine that was built without; ``asked`` as PostgreSQL does it, after a request for it."""

    def __init__(self, port, certificate_file, *, asked=False):
        self.target = port
        self.asked = asked
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
            if self.asked:
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
