"""Requests signed with AWS credentials (Signature Version 4), for an API without an issuer of tokens."""

import re
from collections.abc import Generator

import httpx
from botocore.auth import SigV4Auth
from botocore.awsrequest import AWSRequest
from botocore.exceptions import BotoCoreError
from botocore.session import Session

from local.client import ApiFailure

_SERVICE = "execute-api"
_OWN_HOST = re.compile(r"[^.]+\.execute-api\.([^.]+)\.amazonaws\.com")


class NoCredentials(ApiFailure):
    """The profile has no usable credentials, or no region; the text says which."""


class Signature(httpx.Auth):
    """Of the credentials of an AWS profile, or of the environment; those that expire are renewed as botocore does."""

    requires_request_body = True

    def __init__(self, profile: str | None, url: str) -> None:
        named = f"The AWS profile {profile}" if profile else "The environment"
        session = Session(profile=profile)
        try:
            credentials = session.get_credentials()
            configured = session.get_config_variable("region")
        except BotoCoreError as error:
            raise NoCredentials(f"{named} cannot be used: {error}") from error
        if credentials is None:
            raise NoCredentials(f"{named} has no credentials: try «aws configure» or «aws sso login».")
        self._credentials = credentials
        own = _OWN_HOST.fullmatch(httpx.URL(url).host)
        self._region = own[1] if own else configured
        if not self._region:
            raise NoCredentials(f"{named} has no region, and {url} does not name one.")

    def auth_flow(self, request: httpx.Request) -> Generator[httpx.Request, httpx.Response, None]:
        signed = AWSRequest(method=request.method, url=str(request.url), data=request.content)
        try:
            SigV4Auth(self._credentials.get_frozen_credentials(), _SERVICE, self._region).add_auth(signed)
        except BotoCoreError as error:
            raise NoCredentials(f"The credentials cannot be renewed: {error}") from error
        request.headers.update(dict(signed.headers.items()))
        yield request
