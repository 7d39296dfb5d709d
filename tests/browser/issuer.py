"""A small issuer of tokens: the authorization-code flow with PKCE, as OpenID Connect has it."""

import base64
import hashlib
import json
import secrets
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from urllib.parse import parse_qs, urlencode, urlsplit

CLIENT = "quarry-page"


class Issuer:
    """``tokens`` are given out one after the other, the last one always; ``faults``: what callers did wrong."""

    def __init__(self, tokens: list[str]) -> None:
        self.tokens = tokens
        self.refresh: str | None = None
        self.faults: list[str] = []
        self.signed_in = 0
        self.exchanged: list[str] = []
        self._codes: dict[str, dict[str, str]] = {}

    def authorize(self, asked: dict[str, str]) -> str:
        """Where the browser goes next: somebody who is signed in at the issuer sees no page of it."""
        self._check(asked, client_id=CLIENT, response_type="code", code_challenge_method="S256")
        if len(asked.get("state", "")) < 32:
            self.faults.append("a state that can be guessed")
        self.signed_in += 1
        code = secrets.token_urlsafe()
        self._codes[code] = asked
        return f"{asked['redirect_uri']}?{urlencode({'code': code, 'state': asked['state']})}"

    def exchange(self, asked: dict[str, str]) -> tuple[int, dict[str, object]]:
        self.exchanged.append(asked["grant_type"])
        if asked["grant_type"] == "refresh_token":
            if asked["refresh_token"] != self.refresh:
                return 400, {"error": "invalid_grant"}
        else:
            begun = self._codes.pop(asked["code"], None)
            digest = hashlib.sha256(asked["code_verifier"].encode()).digest()
            challenge = base64.urlsafe_b64encode(digest).decode().rstrip("=")
            if begun is None or begun["code_challenge"] != challenge or begun["redirect_uri"] != asked["redirect_uri"]:
                self.faults.append("a code, verifier or address of another sign-in")
                return 400, {"error": "invalid_grant"}
        token = self.tokens.pop(0) if len(self.tokens) > 1 else self.tokens[0]
        return 200, {
            "access_token": token,
            "token_type": "Bearer",
            "expires_in": 60,
            **({"refresh_token": self.refresh} if self.refresh else {}),
        }

    def _check(self, asked: dict[str, str], **wanted: str) -> None:
        self.faults += [f"{name}: {asked.get(name)}" for name, value in wanted.items() if asked.get(name) != value]


@contextmanager
def issuing(issuer: Issuer) -> Iterator[str]:
    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            parts = urlsplit(self.path)
            self.send_response(302)
            self.send_header(
                "Location", issuer.authorize({name: one[0] for name, one in parse_qs(parts.query).items()})
            )
            self.end_headers()

        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers["Content-Length"])).decode()
            status, answer = issuer.exchange({name: one[0] for name, one in parse_qs(body).items()})
            self.send_response(status)
            self.send_header("Access-Control-Allow-Origin", "*")
            self.send_header("Content-Type", "application/json")
            self.end_headers()
            self.wfile.write(json.dumps(answer).encode())

        def log_message(self, *_: object) -> None:
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    yield f"http://127.0.0.1:{server.server_address[1]}"
    server.shutdown()
    server.server_close()
    thread.join()
