"""Each function is given the secrets that its code uses, and may read no others."""

import pytest

from local import ROOT
from local.template import Template
from quarry.adapters.local_embeddings import LocalEmbedder
from quarry.dependencies import batches, composition, health, ingestion, maintenance, search
from quarry.dependencies.composition import Composition
from quarry.settings import Settings

SECRETS = (
    "qdrant_api_key",
    "postgresql_url",
    "redis_url",
    "openai_api_key",
    "ssh_private_key",
    "ssh_private_key_passphrase",
)
PARAMETERS = {
    "QdrantApiKeySecret": "qdrant_api_key",
    "PostgresqlUrlSecret": "postgresql_url",
    "RedisUrlSecret": "redis_url",
    "OpenaiApiKeySecret": "openai_api_key",
    "SshPrivateKeySecret": "ssh_private_key",
    "SshPassphraseSecret": "ssh_private_key_passphrase",
}
PREPARE = {
    "SearchFunction": search.prepare,
    "IngestApiFunction": ingestion.prepare_api,
    "BatchStatusFunction": batches.prepare,
    "HealthFunction": health.prepare,
    "IngestPlanFunction": ingestion.prepare_plan,
    "IngestProcessFunction": ingestion.prepare_process,
    "MaintenanceFunction": maintenance.prepare,
}
HOST_KEY = "ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIGm0fSmIYLQ2ky/9B8XVaGOuHFKlbVvyLxxP2GkYZ3PD"


@pytest.fixture(scope="module")
def template():
    given = {name: f"arn:{name}" for name in PARAMETERS} | {"EnableSshTunnel": "true"}
    return Template(ROOT / "template.yaml", given, "http://127.0.0.1:1")


class Recorded(Settings):
    """Settings that remember which secrets were taken from them."""

    def __getattribute__(self, name):
        if name in SECRETS:
            vars(Recorded).get("used").add(name)
        return super().__getattribute__(name)


Recorded.used = set()


@pytest.fixture
def used(monkeypatch):
    """What a function's preparation takes, which makes all that its answers use."""
    for name, value in {"DEFAULT_REGION": "eu-central-1", "ACCESS_KEY_ID": "k", "SECRET_ACCESS_KEY": "s"}.items():
        monkeypatch.setenv(f"AWS_{name}", value)

    def embeds(_):
        raise AssertionError("the function embeds, and has no key")

    monkeypatch.setattr(LocalEmbedder, "prepare", embeds)

    def of(function, given):
        Recorded.used.clear()
        stated = {name: f"redis://{name}" if name == "redis_url" else f"postgresql://u:p@{name}/d" for name in given}
        made = Composition(
            Recorded(
                **stated,
                uploads_queue_url="http://127.0.0.1/1/u",
                chunks_queue_url="http://127.0.0.1/1/c",
                enable_ssh_tunnel=True,
                ssh_host="h",
                ssh_user="u",
                ssh_host_key=HOST_KEY,
            )
        )
        for module in (batches, composition, health, ingestion, maintenance, search):
            monkeypatch.setattr(module, "composition", lambda: made)
        PREPARE[function]()
        return {name for name in Recorded.used if name in given}

    return of


def test_every_function_is_looked_at(template):
    assert {function.name for function in template.functions} == PREPARE.keys()


@pytest.mark.parametrize("function", PREPARE)
def test_a_function_may_read_the_secrets_that_it_uses_and_no_other(template, used, function):
    statements = [one["Statement"] for one in template.properties(function)["Policies"] if "Statement" in one]
    flat = [item for one in statements for item in (one if isinstance(one, list) else [one])]
    readable = {
        PARAMETERS[arn.removeprefix("arn:")]
        for item in flat
        if "secretsmanager:GetSecretValue" in item["Action"]
        for arn in item["Resource"]
    }
    (spec,) = [one for one in template.functions if one.name == function]
    given = {name for name in SECRETS if spec.environment.get(f"{name.upper()}_SECRET")}

    assert readable == given
    assert readable == used(function, given)
