"""Every setting of the functions, from the environment; validated when the environment starts.

A setting ``X`` that is secret may also come from Secrets Manager: ``X_SECRET`` names the secret, which is read at
start, and again when a store refuses it (see :mod:`quarry.dependencies.settings`).
"""

import os
from typing import Any, Literal, Self

from pydantic import BaseModel, ConfigDict, Field, SecretStr, model_validator


class Settings(BaseModel):
    """What is not given is read from the environment, where a setting's name may be in any case."""

    # A refused value must not carry the others, among them secrets, into the log.
    model_config = ConfigDict(frozen=True, extra="ignore", hide_input_in_errors=True)

    # Stores
    qdrant_url: str = Field("http://127.0.0.1:6333", description="Qdrant's REST address")
    qdrant_api_key: SecretStr | None = Field(None, description="Qdrant's API key")
    postgresql_url: SecretStr = Field(
        SecretStr("postgresql://quarry@127.0.0.1:5432/quarry"), description="PostgreSQL, as a URL"
    )
    postgresql_address: str | None = Field(
        None, description="HOST[:PORT]/DATABASE, where the secret is RDS's own, with no more than user and password"
    )
    postgresql_ca_file: str | None = Field(None, description="CA bundle; TLS is demanded and verified when it is set")
    postgresql_pooled: bool = Field(
        False, description="reached through RDS Proxy or PgBouncer, which refuse a session's own parameters"
    )
    redis_url: SecretStr = Field(SecretStr("redis://127.0.0.1:6379/0"), description="Redis, as a URL")

    # Which stores are used
    qdrant_only_mode: bool = Field(False, description="never contact PostgreSQL")
    enable_fallback_databases: bool = Field(True, description="try the next store when one is unavailable")
    disable_redis_connection: bool = Field(False, description="never contact Redis")
    enable_mock_response: bool = Field(
        False, description="answer 200 with no hits when every store is unavailable, not 503"
    )
    enable_ssh_tunnel: bool = Field(False, description="reach PostgreSQL through an SSH server")
    ssh_host: str | None = Field(None, description="the SSH server")
    ssh_port: int = Field(22, ge=1, le=65535, description="its port")
    ssh_user: str | None = Field(None, description="the user there")
    ssh_private_key: SecretStr | None = Field(None, description="private key, OpenSSH format")
    ssh_private_key_passphrase: SecretStr | None = Field(None, description="the key's passphrase")
    ssh_host_key: str | None = Field(None, description="the server's public key as in known_hosts; always verified")

    # Time limits, in seconds
    connect_timeout: float = Field(
        5.0, gt=0, le=30, description="for a connection to a store; who waits may give up before"
    )
    redis_timeout: float = Field(0.2, gt=0, le=5, description="for each answer of Redis")
    breaker_failures: int = Field(3, ge=1, description="failed connections in a row that open a store's breaker")
    breaker_open_seconds: float = Field(5.0, gt=0, le=30, description="how long an open breaker waits before a probe")

    # Embeddings
    openai_api_key: SecretStr | None = Field(None, description="without it the embedded vectors are used")
    openai_base_url: str | None = Field(None, description="a compatible server")
    openai_embedding_model: str = Field("text-embedding-3-small", description="a model of 1536 dimensions")
    openai_timeout: float = Field(3.0, gt=0, le=60, description="for one request; retries take three times as long")

    reading_model: str = Field(
        "", description="a model that looks at sheets whose layout is a guess; nobody does when empty"
    )
    reading_timeout: float = Field(20.0, gt=0, le=60, description="how long that model is waited for")

    # Price lists
    bucket_name: str = Field("quarry-pricelists", description="where price lists are dropped")
    readings_bucket_name: str = Field("quarry-readings", description="how lists were read, and corrections of it")
    uploads_queue_url: str = Field("", description="the queue of S3 notifications")
    chunks_queue_url: str = Field("", description="the queue of chunks")
    max_file_bytes: int = Field(200 * 1024 * 1024, gt=0, description="a larger price list is refused")
    max_rows: int = Field(1_000_000, gt=0, description="a price list with more rows is refused")
    chunk_rows: int = Field(1000, ge=1, le=10_000, description="rows a message carries")
    default_currency: str = Field("RUB", pattern="^[A-Z]{3}$", description="where a list names none")
    match_threshold: float = Field(0.90, ge=0, le=1, description="a candidate at or above is matched")
    review_threshold: float = Field(0.7, ge=0, le=1, description="between this and matched: a person decides")

    # Search and cache
    materials_collection: str = Field("materials", description="Qdrant's collection of materials")
    processing_collection: str = Field("processing_records", description="Qdrant's collection of batch records")
    vector_quantization: Literal["none", "scalar"] = Field("none", description="of a collection when it is made")
    search_ttl: int = Field(300, ge=1, description="search results, seconds")
    material_ttl: int = Field(3600, ge=1, description="material data, seconds")
    reference_ttl: int = Field(86_400, ge=1, description="reference data, seconds")
    stale_ttl: int = Field(86_400, ge=1, description="how long copies are kept for an outage, seconds")
    session_ttl: int = Field(1800, ge=1, description="result cursors and recent searches, seconds")

    # Prices
    base_currency: str = Field("RUB", pattern="^[A-Z]{3}$", description="prices of other currencies are compared in it")
    exchange_rates_url: str | None = Field(
        None,
        pattern="^(https://.+)?$",
        description="XML of the Bank of Russia or the ECB, read once a day; off without it",
    )

    # Changes
    change_retention_days: int = Field(400, ge=1, description="after so many days the clean-up forgets what changed")
    webhooks_to_loopback: bool = Field(
        False, description="webhooks may be on this machine, also without TLS; to try them out"
    )

    # Callers
    supplier_claim: str | None = Field(
        None,
        max_length=200,
        description="a token's claim with the suppliers that its caller is bound to; off without it",
    )

    # The web page
    page_uploads_url: str | None = Field(None, description="where the page sends price lists to: the bucket's address")
    page_client_id: str | None = Field(
        None, description="the page at the issuer of tokens: a public client with PKCE; without it nobody signs in"
    )
    page_authorize_url: str | None = Field(None, description="where people sign in (authorization endpoint)")
    page_token_url: str | None = Field(None, description="where the page exchanges the code (token endpoint)")
    page_scopes: str = Field("openid catalogue:read pricelists:write", description="the scopes that the page asks for")
    page_audience: str | None = Field(None, description="asked for with the token, where the issuer needs it")

    # Upkeep
    batch_retention_days: int = Field(
        30, ge=1, description="after so many days the clean-up deletes records that no later list repeats"
    )
    estimate_retention_days: int = Field(
        365, ge=1, description="after so many days upkeep deletes an estimate; what people chose for lines is kept"
    )
    stalled_after_seconds: int = Field(120, ge=0, description="a batch that rests so long without a message is resumed")

    @model_validator(mode="before")
    @classmethod
    def _from_environment(cls, given: dict[str, Any]) -> dict[str, Any]:
        environment = {name.lower(): value for name, value in os.environ.items()}
        return {name: environment[name] for name in cls.model_fields if name in environment} | given

    @model_validator(mode="after")
    def _consistent(self) -> Self:
        if self.review_threshold > self.match_threshold:
            raise ValueError("REVIEW_THRESHOLD must not be above MATCH_THRESHOLD")
        if self.enable_ssh_tunnel and not (self.ssh_host and self.ssh_user and self.ssh_host_key):
            raise ValueError("ENABLE_SSH_TUNNEL needs SSH_HOST, SSH_USER and SSH_HOST_KEY")
        if self.page_client_id and not (self.page_authorize_url and self.page_token_url):
            raise ValueError("PAGE_CLIENT_ID needs PAGE_AUTHORIZE_URL and PAGE_TOKEN_URL")
        return self
