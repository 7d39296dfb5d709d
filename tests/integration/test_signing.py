"""What the command signs is what AWS would compute: botocore does, from the request as it arrives."""

import json
import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from urllib.parse import urlsplit

import pytest
from botocore.auth import SigV4Auth
from botocore.awsrequest import AWSRequest
from botocore.credentials import Credentials
from typer.testing import CliRunner

from local.cli import app
from local.client import Api, ApiFailure
from local.signing import NoCredentials, Signature

KEY, SECRET, REGION = "AKIAEXAMPLE", "a/secret+key", "eu-west-3"


def recalculated(handler, body):
    """The signature of a request as it arrived, of the headers that its caller signed."""
    named = dict(part.split("=", 1) for part in handler.headers["Authorization"].partition(" ")[2].split(", "))
    names = named["SignedHeaders"].split(";")
    headers = {name: handler.headers[name] for name in names}
    request = AWSRequest(handler.command, f"http://{handler.headers['Host']}{handler.path}", headers, body)
    request.context["timestamp"] = handler.headers["X-Amz-Date"]
    auth = SigV4Auth(Credentials(KEY, SECRET), "execute-api", REGION)
    text = auth.string_to_sign(request, auth.canonical_request(request))
    return named["Signature"], auth.signature(text, request), names, named["Credential"]


@pytest.fixture
def gateway():
    """An address that lets in whose signature is right, and what it was asked."""
    asked = []

    class Gateway(BaseHTTPRequestHandler):
        def do_GET(self):
            body = self.rfile.read(int(self.headers.get("Content-Length", 0)))
            sent, right, names, credential = recalculated(self, body)
            asked.append(
                (self.command, urlsplit(self.path).path, names, credential, self.headers.get("X-Amz-Security-Token"))
            )
            status, answer = (
                (200, {"items": [], "next_cursor": None}) if sent == right else (403, {"message": "Forbidden"})
            )
            content = json.dumps(answer).encode()
            self.send_response(status)
            self.send_header("Content-Length", str(len(content)))
            self.end_headers()
            self.wfile.write(content)

        do_POST = do_PUT = do_DELETE = do_GET  # noqa: N815

        def log_message(self, *_):
            pass

    with ThreadingHTTPServer(("127.0.0.1", 0), Gateway) as server:
        threading.Thread(target=server.serve_forever, args=(0.05,), daemon=True).start()
        yield f"http://127.0.0.1:{server.server_port}", asked
        server.shutdown()


@pytest.fixture
def profile(tmp_path, monkeypatch):
    """Writes AWS's files of profiles."""
    for name in ("AWS_PROFILE", "AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY", "AWS_DEFAULT_REGION", "AWS_REGION"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("AWS_EC2_METADATA_DISABLED", "true")
    monkeypatch.setenv("AWS_SHARED_CREDENTIALS_FILE", str(tmp_path / "none"))
    monkeypatch.setenv("AWS_CONFIG_FILE", str(tmp_path / "config"))

    def write(*lines):
        (tmp_path / "config").write_text("\n".join(["[profile buyer]", *lines]))

    write(f"region = {REGION}", f"aws_access_key_id = {KEY}", f"aws_secret_access_key = {SECRET}")
    return write


def test_requests_of_each_kind_are_signed_as_they_arrive(profile, gateway):
    url, asked = gateway
    api = Api(url, auth=Signature("buyer", url))

    api.get("/search/suggestions", q="труба 25 мм & 1/2+x=y", limit=5)
    api.get("/materials/a b%2F~ж/offers")
    api.post("/search", {"query": "кирпич"})
    api.put("/synonyms", {"term": "гкл"})
    api.delete("/synonyms", term="a*b'(c)")
    api.close()

    assert [method for method, *_ in asked] == ["GET", "GET", "POST", "PUT", "DELETE"]
    assert all("host" in names and "x-amz-date" in names for _, _, names, _, _ in asked)
    assert all(f"/{REGION}/execute-api/aws4_request" in credential for *_, credential, _ in asked)


def test_temporary_credentials_bring_their_token(profile, gateway):
    profile(
        f"region = {REGION}",
        f"aws_access_key_id = {KEY}",
        f"aws_secret_access_key = {SECRET}",
        "aws_session_token = tok",
    )
    url, asked = gateway
    api = Api(url, auth=Signature("buyer", url))
    api.get("/suppliers")
    api.close()

    ((*_, names, _, token),) = asked
    assert token == "tok"
    assert "x-amz-security-token" in names


def test_a_wrong_key_is_refused_and_said_so(profile, gateway):
    profile(f"region = {REGION}", f"aws_access_key_id = {KEY}", "aws_secret_access_key = another")
    url, _ = gateway
    api = Api(url, auth=Signature("buyer", url))
    with pytest.raises(ApiFailure, match="--aws-profile"):
        api.get("/suppliers")
    api.close()


def test_the_command_signs_with_a_profile(profile, gateway):
    url, asked = gateway

    done = CliRunner().invoke(app, ["--aws-profile", "buyer", "suppliers", "--api", url, "--json"])

    assert (done.exit_code, json.loads(done.stdout)["items"]) == (0, [])
    assert len(asked) == 1


@pytest.mark.parametrize(
    ("lines", "reason"),
    [
        ((f"aws_access_key_id = {KEY}", f"aws_secret_access_key = {SECRET}"), "no region"),
        (("region = x",), "no credentials"),
    ],
)
def test_a_profile_that_cannot_sign_is_said_so(profile, gateway, lines, reason):
    profile(*lines)
    with pytest.raises(NoCredentials, match=reason):
        Signature("buyer", gateway[0])


def test_a_profile_that_is_not_there_ends_the_command_in_one_sentence(profile, gateway):
    done = CliRunner().invoke(app, ["--aws-profile", "nobody", "suppliers", "--api", gateway[0]])

    assert done.exit_code == 1
    assert "nobody" in done.output
    assert "Traceback" not in done.output


def test_the_region_of_an_api_is_in_its_address(profile):
    profile(f"aws_access_key_id = {KEY}", f"aws_secret_access_key = {SECRET}")
    assert Signature("buyer", "https://abc123.execute-api.ap-south-1.amazonaws.com")._region == "ap-south-1"
