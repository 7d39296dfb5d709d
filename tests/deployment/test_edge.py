"""The stack in front of the API: what it must let through, and what it must not."""

import pytest

from local import ROOT
from local.template import Template


@pytest.fixture(scope="module")
def edge():
    return Template(ROOT / "edge.yaml", {"ApiHost": "a1.execute-api.eu-central-1.amazonaws.com"}, "http://127.0.0.1:1")


@pytest.fixture
def rules(edge):
    return {one["Name"]: one["Statement"] for one in edge.properties("Firewall")["Rules"]}


def test_callers_are_told_apart_by_their_tokens(rules):
    limit = rules["caller"]["RateBasedStatement"]

    assert [one["Header"]["Name"] for one in limit["CustomKeys"]] == ["authorization"]
    assert limit["Limit"] < rules["address"]["RateBasedStatement"]["Limit"]


def test_rows_and_queries_of_any_length_reach_the_api(rules):
    """AWS' rules take 8 KB of a body, and 2 KB of a query."""
    kept = rules["common"]["ManagedRuleGroupStatement"]["RuleActionOverrides"]

    assert {one["Name"] for one in kept} == {"SizeRestrictions_BODY", "SizeRestrictions_QUERYSTRING"}
    assert all(one["ActionToUse"] == {"Count": {}} for one in kept)


def test_every_method_of_the_api_passes_uncached_with_its_token(edge):
    api = Template(ROOT / "template.yaml", {}, "http://127.0.0.1:1")
    behaviour = edge.properties("Distribution")["DistributionConfig"]["DefaultCacheBehavior"]
    methods = {route.method for function in api.functions for route in function.routes}

    assert methods <= set(behaviour["AllowedMethods"])
    # AWS's own policies of these names: caching disabled, and all that the viewer sends except the host.
    assert behaviour["CachePolicyId"] == "4135ea2d-6df8-44a3-9df3-4b5a84be39ad"
    assert behaviour["OriginRequestPolicyId"] == "b689b0a8-53d0-40ab-baf2-68738e2966ac"
    assert edge.properties("Distribution")["DistributionConfig"]["WebACLId"].endswith(":Firewall")


def test_with_a_domain_of_ones_own_tls_is_not_older_than_1_2(edge):
    own = edge.with_parameters({"ApiHost": "a", "DomainName": "prices.example.com", "DomainCertificate": "arn"})

    assert edge.properties("Distribution")["DistributionConfig"]["ViewerCertificate"] == {
        "CloudFrontDefaultCertificate": True
    }
    made = own.properties("Distribution")["DistributionConfig"]
    assert (made["Aliases"], made["ViewerCertificate"]["MinimumProtocolVersion"]) == (
        ["prices.example.com"],
        "TLSv1.2_2021",
    )
