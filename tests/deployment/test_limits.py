"""What is deployed stays within AWS's limits, with the longest names that a stack and its settings may have."""

import json

import pytest

from local import ROOT
from local.deployment import LONGEST_STACK
from local.template import Template
from tests.deployment.transformed import transformed

# https://docs.aws.amazon.com/lambda/latest/dg/gettingstarted-limits.html
VARIABLES_BYTES = 4096
POLICY_BYTES = 20 * 1024
# https://docs.aws.amazon.com/AWSCloudFormation/latest/UserGuide/cloudformation-limits.html
RESOURCES, PARAMETERS, OUTPUTS = 500, 200, 200
TEMPLATE_BYTES = 1_000_000
ROLE_POLICIES_BYTES = 10_240
NAME_CHARACTERS = 64
STACK = "s" * LONGEST_STACK
REGION = "ap-southeast-2"
SECRET = f"arn:aws:secretsmanager:{REGION}:123456789012:secret:company/quarry/production/{'x' * 20}-AbCdEf"
LONG = {
    "QdrantUrl": f"https://{'x' * 36}.{REGION}-0.aws.cloud.qdrant.io:6333",
    "PostgresqlAddress": f"{'x' * 60}.{REGION}.rds.amazonaws.com:5432/quarry",
    "PostgresqlCaFile": f"{REGION}-bundle.pem",
    "EnableSshTunnel": "true",
    "SshHost": f"bastion.{'x' * 40}.example.com",
    # RSA with 4,096 bits
    "SshHostKey": f"bastion.example.com ssh-rsa {'A' * 716}",
    "PageClientId": "x" * 36,
    "PageAuthorizeUrl": f"https://{'x' * 60}.example.com/oauth2/authorize",
    "PageTokenUrl": f"https://{'x' * 60}.example.com/oauth2/token",
    "JwtIssuer": "https://auth.example.com",
    "JwtAudience": "https://quarry.example.com",
    "ReadScope": "https://quarry.example.com/catalogue.read",
    "WriteScope": "https://quarry.example.com/pricelists.write",
    "ExchangeRatesUrl": "https://www.ecb.europa.eu/stats/eurofxref/eurofxref-daily.xml",
}


@pytest.fixture(scope="module")
def template(tmp_path_factory):
    declared = Template(ROOT / "template.yaml", {}, "http://127.0.0.1:1").parameters
    given = {name: SECRET for name in declared if name.endswith("Secret")} | LONG
    path = tmp_path_factory.mktemp("limits") / "template.json"
    path.write_text(json.dumps(transformed(**given)))
    return Template(path, given, f"https://sqs.{REGION}.amazonaws.com")


def named(stack, name):
    """What CloudFormation calls a thing of a stack: with twelve characters of its own, cut to what is allowed."""
    return f"{stack[:24]}-{name[:24]}-{'X' * 12}"


def test_the_template_has_no_more_than_cloudformation_takes(template):
    document = template.document
    assert len(document["Resources"]) < RESOURCES
    assert len(document["Parameters"]) < PARAMETERS
    assert len(document["Outputs"]) < OUTPUTS
    assert len(json.dumps(document).encode()) < TEMPLATE_BYTES


def test_the_variables_of_each_function_fit(template):
    for name in template.of_type("AWS::Lambda::Function"):
        variables = template.properties(name)["Environment"]["Variables"]
        # Names that CloudFormation makes are longer than those here.
        made = sum("Queue" in str(value) or "quarry-" in str(value) for value in variables.values())
        size = sum(len(key) + len(str(value)) for key, value in variables.items()) + made * len(STACK)
        assert size < VARIABLES_BYTES, (name, size)


def test_the_routes_of_each_function_fit_into_the_policy_of_its_alias(template):
    """Each is a statement of its own: when there are too many, CloudFormation fails half-way."""
    sizes = {}
    for name in template.of_type("AWS::Lambda::Permission"):
        right = template.properties(name)
        function = f"arn:aws:lambda:{REGION}:123456789012:function:{named(STACK, right['FunctionName'])}:live"
        statement = {
            "Sid": f"{STACK}-{name}-{'X' * 12}",
            "Effect": "Allow",
            "Principal": {"Service": right["Principal"]},
            "Action": right["Action"],
            "Resource": function,
            "Condition": {"ArnLike": {"AWS:SourceArn": right["SourceArn"]}},
        }
        sizes[right["FunctionName"]] = sizes.get(right["FunctionName"], 0) + len(json.dumps(statement)) + 1
    assert len(sizes) == 4
    assert max(sizes.values()) < POLICY_BYTES, sizes


def test_the_rights_of_each_role_fit(template):
    for name in template.of_type("AWS::IAM::Role"):
        policies = template.properties(name).get("Policies", ())
        names = 4 * len(STACK) * len(policies)
        assert sum(len(json.dumps(one["PolicyDocument"])) for one in policies) + names < ROLE_POLICIES_BYTES, name


def test_names_of_the_stacks_own_fit(template):
    names = [
        template.document["Resources"][name]["Properties"][key]["Fn::Sub"].replace("${AWS::StackName}", STACK)
        for kind, key in (("AWS::Lambda::Function", "FunctionName"), ("AWS::Scheduler::Schedule", "Name"))
        for name in template.of_type(kind)
        if key in template.document["Resources"][name]["Properties"]
    ]
    assert len(names) == 6
    assert max(map(len, names)) == NAME_CHARACTERS
