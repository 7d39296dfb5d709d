"""What CloudFormation is given: the template as SAM's translator makes it."""

import json
import re
from graphlib import TopologicalSorter

import pytest

from local import ROOT
from local.template import Template
from quarry.handlers.resource import NO_SETTINGS
from tests.deployment.transformed import transformed

SOURCE = Template(ROOT / "template.yaml", {}, "http://127.0.0.1:1")
PARAMETERS = SOURCE.parameters
SECRET = "arn:aws:secretsmanager:eu-central-1:123456789012:secret:{}-AbCdEf"
# Two values of each parameter whose pattern says what they look like.
SAMPLES = {
    "QdrantUrl": ("https://one.example.com", "https://two.example.com"),
    "OpenaiBaseUrl": ("https://one.example.com", "https://two.example.com"),
    "ReadingModel": ("gpt-4o-mini", "gpt-4.1"),
    "PostgresqlAddress": ("db:5432/quarry", "proxy:5432/quarry"),
    "PostgresqlCaFile": ("rds.pem", "eu-central-1-bundle.pem"),
    "SecretsKmsKey": ("arn:aws:kms:eu-central-1:123456789012:key/1", "arn:aws:kms:eu-central-1:123456789012:key/2"),
    "DomainName": ("api.example.com", "prices.example.com"),
    "DomainCertificate": tuple(f"arn:aws:acm:eu-central-1:123456789012:certificate/{name}" for name in ("one", "two")),
    "HostedZoneId": ("Z1", "Z2"),
    "BaseCurrency": ("EUR", "USD"),
    "ExchangeRatesUrl": ("https://rates.example.com/a", "https://rates.example.com/b"),
}


def samples(name):
    about = PARAMETERS[name]
    if name in SAMPLES:
        return SAMPLES[name]
    if "AllowedValues" in about:
        return tuple(about["AllowedValues"][:2])
    if name in ("SearchConcurrency", "BatchStatusConcurrency") or about["Type"] == "Number":
        return ("3", "4")
    if name.endswith("Secret"):
        return (SECRET.format("one"), SECRET.format("two"))
    return ("one", "two")


@pytest.fixture(scope="module")
def deployed(tmp_path_factory):
    """Makes the deployed template with values of some parameters."""
    given = {name: samples(name)[0] for name, about in PARAMETERS.items() if "Default" not in about}
    path = tmp_path_factory.mktemp("deployed") / "template.json"
    # The translator replaces no reference by a parameter's value: the test below would notice if it began to.
    path.write_text(json.dumps(transformed(**given)))
    read = Template(path, given, "http://127.0.0.1:1")
    return lambda **values: read.with_parameters(given | values)


def configurations(template):
    """What each function is made with, beside its code, whose versions follow the migration."""
    kept = ("Environment", "VpcConfig", "Layers", "MemorySize", "Timeout")
    versions = [template.properties(name) for name in template.of_type("AWS::Lambda::Version")]
    return {
        name: {key: template.properties(name).get(key) for key in kept}
        for name in (one["FunctionName"] for one in versions if "Description" in one)
    }


@pytest.mark.parametrize("name", PARAMETERS)
def test_a_parameter_that_functions_know_is_known_to_what_versions_depend_on(deployed, name):
    one, two = (deployed(**{name: value}) for value in samples(name))
    changed = {key for key, value in configurations(one).items() if configurations(two)[key] != value}

    known = [
        {key: value for key, value in template.properties("Migration").items() if key not in NO_SETTINGS}
        for template in (one, two)
    ]

    assert (known[0] != known[1]) == bool(changed)
    # Lambda refuses another version of a function that is the same.
    assert changed in ({}.keys(), configurations(one).keys())


def test_a_parameter_changes_no_name_of_a_version(deployed, tmp_path):
    """So that one of another name is a version of other code, and one of the same name follows the migration."""
    given = {name: samples(name)[1] for name in PARAMETERS}
    path = tmp_path / "template.json"
    path.write_text(json.dumps(transformed(**given)))

    versions = Template(path, given, "http://127.0.0.1:1").of_type("AWS::Lambda::Version")

    assert versions == deployed().of_type("AWS::Lambda::Version")


def test_a_version_gets_traffic_after_the_migration(deployed):
    resources = deployed().document["Resources"]
    aliases = {name: one for name, one in resources.items() if one["Type"] == "AWS::Lambda::Alias"}
    migration = resources["Migration"]

    # It runs what is deployed with it, and again when that changes.
    assert migration["Properties"]["ServiceToken"] == {"Fn::GetAtt": ["MigrateFunction", "Arn"]}
    assert resources[migration["Properties"]["Code"]["Ref"]]["Properties"]["FunctionName"] == {"Ref": "MigrateFunction"}
    without_traffic = {"MigrateFunctionAliaslive", "CheckFunctionAliaslive"}
    assert {f"{one.name}Aliaslive" for one in SOURCE.functions} == aliases.keys() - without_traffic
    for function in SOURCE.functions:
        alias = aliases[f"{function.name}Aliaslive"]["Properties"]
        version = resources[alias["FunctionVersion"]["Fn::GetAtt"][0]]
        assert version["Properties"]["Description"] == {"Fn::GetAtt": ["Migration", "Configuration"]}


def test_a_migration_that_failed_is_not_run_again_by_lambda(deployed):
    asynchronous = deployed().properties("MigrateOnce")

    assert (asynchronous["FunctionName"], asynchronous["Qualifier"]) == ("MigrateFunction", "$LATEST")
    assert asynchronous["MaximumRetryAttempts"] == 0
    assert deployed().document["Resources"]["Migration"]["DependsOn"] == "MigrateOnce"


def test_what_is_removed_or_rolled_back_waits_for_no_migration(deployed):
    """Its function may have no way to CloudFormation: that may be why all is rolled back."""
    migration = deployed().document["Resources"]["Migration"]
    assert (migration["DeletionPolicy"], migration["UpdateReplacePolicy"]) == ("Retain", "Retain")


def test_functions_are_in_a_vpc_where_subnets_are_named_and_may_make_what_connects_them(deployed):
    inside, outside = deployed(SubnetIds="subnet-1,subnet-2", SecurityGroupIds="sg-1"), deployed()

    # It calls Lambda and CodeDeploy, to which a network without a NAT gateway has no way.
    assert "VpcConfig" not in inside.properties("CheckFunction")
    for name in set(inside.of_type("AWS::Lambda::Function")) - {"CheckFunction"}:
        assert inside.properties(name)["VpcConfig"] == {"SubnetIds": "subnet-1,subnet-2", "SecurityGroupIds": "sg-1"}
        assert "VpcConfig" not in outside.properties(name)
        managed = inside.properties(f"{name}Role")["ManagedPolicyArns"]
        assert any(arn.endswith("/AWSLambdaVPCAccessExecutionRole") for arn in managed)


def statements(template, function):
    for policy in template.properties(f"{function}Role")["Policies"]:
        found = policy["PolicyDocument"]["Statement"]
        yield from [found] if isinstance(found, dict) else found


def test_functions_may_read_the_secrets_that_are_used_and_no_other(deployed):
    names = {"PostgresqlUrlSecret": "postgresql", "RedisUrlSecret": "redis"}
    known = {name: SECRET.format(value) for name, value in names.items()}
    always = {SECRET.format("one")}

    for given, expected in (({}, always), (known, always | {*known.values()})):
        template = deployed(**given)
        # One asks other functions alone, the other PostgreSQL.
        others = {"CheckFunction": set(), "MigrateFunction": {known["PostgresqlUrlSecret"]} & expected}
        for function in template.of_type("AWS::Lambda::Function"):
            readable = {
                secret
                for one in statements(template, function)
                if "secretsmanager:GetSecretValue" in one["Action"]
                for secret in one["Resource"]
            }
            assert readable == others.get(function, expected), function


def test_every_right_is_to_something(deployed):
    """IAM refuses a statement without a resource, and CloudFormation then everything."""
    qdrant_alone = {"QdrantOnlyMode": "true", "DisableRedisConnection": "true"}
    for template in (deployed(), deployed(**qdrant_alone), deployed(EnableSshTunnel="true", SshPrivateKeySecret="key")):
        for function in template.of_type("AWS::Lambda::Function"):
            assert all(one["Resource"] for one in statements(template, function)), function


def test_functions_may_use_the_secrets_own_key_where_they_have_one(deployed):
    key = "arn:aws:kms:eu-central-1:123456789012:key/1"

    def keys(template):
        return [
            one["Resource"]
            for function in template.of_type("AWS::Lambda::Function")
            for one in statements(template, function)
            if one["Action"] == "kms:Decrypt"
        ]

    assert keys(deployed()) == []
    assert set(keys(deployed(SecretsKmsKey=key))) == {key}


def test_concurrency_is_reserved_where_it_is_asked_for(deployed):
    reserved = deployed(SearchConcurrency="20", BatchStatusConcurrency="5")

    found = {
        name: reserved.properties(name)["ReservedConcurrentExecutions"]
        for name in reserved.of_type("AWS::Lambda::Function")
        if "ReservedConcurrentExecutions" in reserved.properties(name)
    }
    assert found == {"SearchFunction": "20", "BatchStatusFunction": "5"}


@pytest.mark.parametrize(
    ("parameter", "refused"),
    [
        ("QdrantUrl", "http://qdrant.example.com"),
        ("QdrantApiKeySecret", "the-key-itself"),
        ("QdrantApiKeySecret", ""),
        # Rights are to the whole ARN, with the characters that Secrets Manager has put at its end.
        ("RedisUrlSecret", SECRET.format("redis").removesuffix("-AbCdEf")),
        ("PostgresqlUrlSecret", "postgresql://user:password@host/db"),
        ("PostgresqlAddress", "user:password@host/db"),
        ("PostgresqlCaFile", "/etc/ssl/rds.pem"),
        ("OpenaiBaseUrl", "http://embeddings.example.com"),
        ("SearchConcurrency", "0"),
        ("ReadScope", "catalogue read"),
        ("DomainName", "https://api.example.com/"),
        ("DomainCertificate", "api.example.com"),
        ("SecretsKmsKey", "alias/quarry"),
    ],
)
def test_a_value_that_cannot_be_right_is_refused_before_anything_is_made(parameter, refused):
    pattern = PARAMETERS[parameter]["AllowedPattern"]
    # CloudFormation compares the whole value.
    assert re.fullmatch(pattern, refused) is None
    assert all(re.fullmatch(pattern, value) for value in samples(parameter))


def api(template):
    return template.properties("HttpApi")["Body"]


def scopes(template):
    paths = api(template)["paths"].values()
    return {
        scope
        for path in paths
        for method, about in path.items()
        for scheme in about.get("security", ())
        for some in scheme.values()
        for scope in some
    }


def test_scopes_are_as_the_issuer_writes_them(deployed):
    issuer = {"JwtIssuer": "https://auth.example.com", "JwtAudience": "quarry"}

    own = {"ReadScope": "api/read", "WriteScope": "api/write", "HealthScope": "api/see"}

    assert scopes(deployed(**issuer)) == {"catalogue:read", "pricelists:write", "operations:read"}
    assert scopes(deployed(**issuer, **own)) == set(own.values())
    assert scopes(deployed()) == set()


def test_tokens_of_the_user_pool_have_the_scopes_that_routes_ask_for(deployed):
    pool = Template(ROOT / "cognito.yaml", {}, "http://127.0.0.1:1")
    server = pool.properties("Api")
    known = {f"{server['Identifier']}/{scope['ScopeName']}" for scope in server["Scopes"]}
    given = {name: set(pool.properties(name)["AllowedOAuthScopes"]) for name in ("ReadingClient", "WritingClient")}
    template = deployed(CreateUserPool="true")
    authorizer = api(template)["components"]["securitySchemes"]["Jwt"]["x-amazon-apigateway-authorizer"]

    assert scopes(template) == known
    assert given == {"ReadingClient": {"quarry/catalogue:read"}, "WritingClient": known}
    asked = set(re.findall(r"UserPool.Outputs.(\w+)", (ROOT / "template.yaml").read_text()))
    assert asked == set(pool.document["Outputs"])
    assert len(authorizer["jwtConfiguration"]["audience"]) == 2


def test_tokens_of_the_page_are_for_its_own_client(deployed):
    def audience(**given):
        (scheme,) = api(deployed(**given))["components"]["securitySchemes"].values()
        return scheme["x-amazon-apigateway-authorizer"]["jwtConfiguration"]["audience"]

    of_pool = audience(CreateUserPool="true")
    other = {"JwtIssuer": "https://auth.example.com", "JwtAudience": "quarry"}

    assert len(of_pool) == 2
    assert audience(CreateUserPool="true", PageClientId="page") == [*of_pool, "page"]
    assert (audience(**other), audience(**other, PageClientId="page")) == (["quarry"], ["quarry", "page"])


def test_what_is_deployed_at_once_is_kept_out_by_no_alarm(deployed):
    def watched(template):
        groups = template.of_type("AWS::CodeDeploy::DeploymentGroup")
        return [template.properties(name).get("AlarmConfiguration") for name in groups]

    assert all(one["Enabled"] and len(one["Alarms"]) == 3 for one in watched(deployed()))
    # CodeDeploy begins nothing while an alarm is raised, also when the deployment would end what it reports.
    assert set(map(str, watched(deployed(DeploymentType="AllAtOnce")))) == {"{}"}


def test_web_pages_of_named_origins_may_call_and_uploads_come_by_forms_from_any(deployed):
    origins = "https://shop.example.com,https://crm.example.com"
    open_, closed = deployed(CorsOrigins=origins), deployed()

    assert "x-amazon-apigateway-cors" not in api(closed)
    cors = api(open_)["x-amazon-apigateway-cors"]
    assert cors["allowOrigins"] == origins
    assert set(cors["allowMethods"]) == {method.upper() for path in api(open_)["paths"].values() for method in path} - {
        "OPTIONS"
    }
    # A form is a permission of its own, and the API's own page has the API's origin.
    (rule,) = closed.properties("PricelistsBucket")["CorsConfiguration"]["CorsRules"]
    assert (rule["AllowedOrigins"], rule["AllowedMethods"]) == (["*"], ["POST"])


def test_a_domain_name_leads_to_the_api(deployed):
    named = deployed(DomainName="api.example.com", DomainCertificate=SAMPLES["DomainCertificate"][0])

    mapping = named.properties("ApiDomainMapping")
    assert (mapping["ApiId"], mapping["DomainName"]) == ("HttpApi", "ApiDomain")
    assert named.resolve(named.document["Outputs"]["ApiUrl"]["Value"]) == "https://api.example.com"
    assert deployed().resolve(named.document["Outputs"]["ApiUrl"]["Value"]).endswith("amazonaws.com")
    conditions = {name: named.document["Resources"][name]["Condition"] for name in ("ApiDomain", "ApiDomainMapping")}
    assert set(conditions.values()) == {"UseDomain"}


def needed(value):
    """The resources that a part of the template refers to."""
    if isinstance(value, list):
        return set().union(*map(needed, value))
    if isinstance(value, str):
        return {match.partition(".")[0] for match in re.findall(r"\$\{([^}]+)\}", value)}
    if not isinstance(value, dict):
        return set()
    direct = {value["Ref"]} if "Ref" in value else set()
    if "Fn::GetAtt" in value:
        direct.add(value["Fn::GetAtt"][0])
    before = value.get("DependsOn", [])
    return direct | set([before] if isinstance(before, str) else before) | needed(list(value.values()))


def test_everything_can_be_made_in_some_order_and_the_migration_before_what_takes_traffic(deployed):
    resources = deployed().document["Resources"]
    graph = {name: needed(one) & resources.keys() for name, one in resources.items()}

    order = [*TopologicalSorter(graph).static_order()]

    takes_traffic = {"AWS::Lambda::Alias", "AWS::Lambda::EventSourceMapping", "AWS::ApiGatewayV2::Api"}
    later = order[order.index("Migration") :]
    for name, one in resources.items():
        if one["Type"] in takes_traffic and name != "MigrateFunctionAliaslive":
            assert name in later
            assert "Migration" in closure(graph, name), name


def closure(graph, name):
    """All that must be there before."""
    found, waiting = set(), [name]
    while waiting:
        for one in graph[waiting.pop()] - found:
            found.add(one)
            waiting.append(one)
    return found
