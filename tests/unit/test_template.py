"""The properties of the deployment, read from the template itself."""

import json

import pytest

from local import ROOT
from local.template import ACCOUNT, Template
from quarry.services.planning import MAX_RECEIVE_COUNT

JWT = {"JwtIssuer": "https://auth.example.com/", "JwtAudience": "quarry"}
PUBLIC = {("GET", "/api/v1/health"), ("GET", "/"), ("GET", "/ui/{file+}")}
WRITES = {
    ("POST", "/api/v1/pricelists"),
    ("POST", "/api/v1/pricelists/preview"),
    ("PUT", "/api/v1/suppliers/{supplier_id}/layouts"),
    ("POST", "/api/v1/suppliers"),
    ("PUT", "/api/v1/suppliers/{supplier_id}"),
    ("PUT", "/api/v1/reference/exchange-rates"),
    ("PUT", "/api/v1/synonyms"),
    ("PUT", "/api/v1/estimates/{estimate_id}/lines/{line}"),
    ("DELETE", "/api/v1/synonyms"),
    ("GET", "/api/v1/webhooks"),
    ("PUT", "/api/v1/webhooks"),
    ("DELETE", "/api/v1/webhooks/{name}"),
    ("POST", "/api/v1/webhooks/{name}/test"),
    ("PUT", "/api/v1/watches/{watch_id}"),
    ("DELETE", "/api/v1/watches/{watch_id}"),
    ("POST", "/api/v1/batches"),
    ("POST", "/api/v1/reviews/{review_id}"),
    ("POST", "/api/v1/materials/{material_id}/merge"),
    ("POST", "/api/v1/materials/{material_id}/split"),
    ("POST", "/api/v1/batches/{request_id}/reread"),
    ("POST", "/api/v1/batches/{request_id}/retry"),
    ("POST", "/api/v1/batches/{request_id}/undo"),
}


@pytest.fixture(scope="module", params=[JWT, {}], ids=["with an issuer", "with IAM"])
def template(request):
    return Template(ROOT / "template.yaml", request.param, "http://127.0.0.1:1")


@pytest.fixture(scope="module")
def raw():
    return Template(ROOT / "template.yaml", JWT, "http://127.0.0.1:1")


def test_only_the_liveness_route_and_the_page_are_public(template):
    routes = [route for function in template.functions for route in function.routes]

    assert {(route.method, route.path) for route in routes if route.public} == PUBLIC


def test_every_route_of_the_api_description_belongs_to_a_function(raw):
    described = raw.properties("HttpApi")["DefinitionBody"]["paths"]
    routes = {(route.method, route.path) for function in raw.functions for route in function.routes}

    assert routes == {(method.upper(), path) for path, methods in described.items() for method in methods}


def test_routes_that_change_something_need_the_writers_scope(raw):
    routes = [route for function in raw.functions for route in function.routes if not route.public]

    scopes = {(route.method, route.path): route.scopes for route in routes}
    assert {key for key, needed in scopes.items() if needed == ("pricelists:write",)} == WRITES
    for key in (("GET", "/api/v1/health/full"), ("POST", "/api/v1/index/rebuild")):
        assert scopes.pop(key) == ("operations:read",)
    assert {needed for key, needed in scopes.items() if key not in WRITES} == {("catalogue:read",)}


def test_each_handler_is_a_file_of_its_function(raw):
    for function in raw.functions:
        assert (function.folder / f"{function.handler.partition('.')[0]}.py").is_file(), function.name


def test_failed_messages_alone_come_again_and_end_in_a_dead_letter_queue(raw):
    queues = {queue.name: queue for queue in raw.queues}
    mappings = [(function, mapping) for function in raw.functions for mapping in function.mappings]

    assert {mapping.queue for _, mapping in mappings} == {"UploadsQueue", "ChunksQueue"}
    for function, mapping in mappings:
        queue = queues[mapping.queue]
        assert mapping.reports_failures
        assert queue.dead_letters in queues
        assert queue.max_receives >= MAX_RECEIVE_COUNT
        assert int(queue.attributes["VisibilityTimeout"]) >= 6 * function.timeout


def test_an_upload_is_failed_at_its_last_receive(raw):
    (uploads,) = [queue for queue in raw.queues if queue.name == "UploadsQueue"]

    assert uploads.max_receives == MAX_RECEIVE_COUNT


def test_a_function_that_reads_a_queue_may_send_to_it_and_the_maintenance_to_both(raw):
    def sends(function):
        policies = raw.properties(function)["Policies"]
        return {one["SQSSendMessagePolicy"]["QueueName"] for one in policies if "SQSSendMessagePolicy" in one}

    for function in raw.functions:
        assert {mapping.queue for mapping in function.mappings} <= sends(function.name)
    assert sends("MaintenanceFunction") == {"UploadsQueue", "ChunksQueue"}


def test_each_dead_letter_queue_raises_an_alarm(raw):
    dead = {queue.dead_letters for queue in raw.queues if queue.dead_letters} | {"MaintenanceDeadLetters"}

    watched = {
        dimension["Value"]
        for name in raw.of_type("AWS::CloudWatch::Alarm")
        for dimension in raw.properties(name).get("Dimensions", ())
    }
    assert dead <= watched


def test_buckets_are_private_encrypted_and_versioned_and_uploads_notify_their_queue(raw):
    for name in ("PricelistsBucket", "ReadingsBucket"):
        bucket = raw.properties(name)
        policy = raw.properties(f"{name}Policy")["PolicyDocument"]["Statement"][0]
        assert set(bucket["PublicAccessBlockConfiguration"].values()) == {True}
        assert bucket["BucketEncryption"]["ServerSideEncryptionConfiguration"]
        assert (policy["Effect"], policy["Condition"]) == ("Deny", {"Bool": {"aws:SecureTransport": "false"}})
    assert [bucket.versioned for bucket in raw.buckets] == [True, True]
    assert [bucket.notifies for bucket in raw.buckets] == [(("s3:ObjectCreated:*", "UploadsQueue"),), ()]


def test_several_stacks_fit_into_an_account(raw):
    assert not [name for name in raw.of_type("AWS::S3::Bucket") if "BucketName" in raw.properties(name)]
    schedules = [event["Properties"]["Name"] for event in raw.properties("MaintenanceFunction")["Events"].values()]
    assert schedules == ["quarry-cleanup", "quarry-rates", "quarry-webhooks", "quarry-probe", "quarry-upkeep"]
    # A new account has too few concurrent executions to reserve any.
    assert not [one.name for one in raw.functions if "ReservedConcurrentExecutions" in raw.properties(one.name)]


def test_a_function_may_do_with_objects_what_it_does_and_no_more(raw):
    def allowed(function):
        policies = [one for one in raw.properties(function)["Policies"] if "Statement" in one]
        statements = [
            item
            for one in policies
            for item in ([one["Statement"]] if "Effect" in one["Statement"] else one["Statement"])
        ]
        actions = [(item["Action"], item["Resource"]) for item in statements]
        return {
            (action, resource.rpartition(":")[2])
            for names, resources in actions
            for action in ([names] if isinstance(names, str) else names)
            for resource in ([resources] if isinstance(resources, str) else resources)
            if action.startswith("s3:")
        }

    lists, readings = (f"quarry-{name}-{ACCOUNT}" for name in ("pricelists", "readings"))
    assert allowed("IngestApiFunction") == {
        ("s3:PutObject", f"{lists}/incoming/*"),
        ("s3:PutObject", f"{lists}/preview/*"),
        ("s3:PutObject", f"{lists}/estimate/*"),
        ("s3:PutObject", f"{readings}/layouts/*"),
        ("s3:GetObject", f"{lists}/incoming/*"),
        ("s3:GetObject", f"{lists}/preview/*"),
        ("s3:ListBucket", lists),
    }
    assert allowed("BatchStatusFunction") == {("s3:GetObject", f"{readings}/readings/*"), ("s3:ListBucket", readings)}
    assert allowed("IngestPlanFunction") == {
        ("s3:PutObject", f"{readings}/readings/*"),
        ("s3:GetObject", f"{readings}/layouts/*"),
        ("s3:ListBucket", readings),
        ("s3:ListBucket", lists),
        *(
            (action, f"{lists}/{prefix}/*")
            for action in ("s3:GetObject", "s3:GetObjectVersion")
            for prefix in ("incoming", "preview", "estimate")
        ),
    }
    assert not any(
        allowed(name) for name in ("SearchFunction", "HealthFunction", "IngestProcessFunction", "MaintenanceFunction")
    )


def test_secrets_reach_functions_by_name_alone(raw):
    for function in raw.functions:
        variables = set(function.environment)
        assert {"POSTGRESQL_URL_SECRET", "REDIS_URL_SECRET", "QDRANT_API_KEY_SECRET"} <= variables
        assert not {"POSTGRESQL_URL", "REDIS_URL", "QDRANT_API_KEY", "OPENAI_API_KEY"} & variables


def test_access_logs_say_who_called_and_what_came_of_it(raw):
    logged = json.loads(raw.properties("HttpApi")["AccessLogSettings"]["Format"])

    assert {"ip", "sub", "userArn", "protocol", "integrationError", "requestId", "status"} <= logged.keys()
    assert logged["sub"] == "$context.authorizer.claims.sub"


def test_functions_go_live_through_an_alias_and_those_that_somebody_waits_for_with_snapstart(raw):
    shared = raw.globals
    snapshots = {function.name for function in raw.functions if raw.properties(function.name).get("SnapStart")}

    assert shared["AutoPublishAlias"] == "live"
    assert snapshots == {function.name for function in raw.functions if function.routes}
    assert (shared["Runtime"], shared["Architectures"]) == ("python3.13", ["arm64"])


@pytest.mark.parametrize(
    ("tunnel", "layers"),
    [("false", ["SharedLayer"]), ("true", ["SharedLayer", "TunnelLayer"])],
    ids=["direct", "tunnel"],
)
def test_the_tunnels_layer_comes_with_the_tunnel_alone(raw, tunnel, layers):
    template = raw.with_parameters({**JWT, "EnableSshTunnel": tunnel})

    assert template.globals["Layers"] == layers
    assert not [
        name for function in template.functions for name in template.properties(function.name) if name == "Layers"
    ]


def test_the_schedules_ask_for_every_task(raw):
    (maintenance,) = [function for function in raw.functions if function.schedules]

    asked = {json.loads(schedule.event)["task"] for schedule in maintenance.schedules}
    assert asked == {"cleanup", "rates", "webhooks", "probe", "upkeep"}


def test_a_schedule_that_cannot_be_delivered_and_a_run_that_fails_are_both_kept(raw):
    function = raw.properties("MaintenanceFunction")
    schedules = [event["Properties"] for event in function["Events"].values()]
    dead_letters = raw.resolve({"Fn::GetAtt": ["MaintenanceDeadLetters", "Arn"]})

    for schedule in schedules:
        assert schedule["RetryPolicy"] == {"MaximumRetryAttempts": 2, "MaximumEventAgeInSeconds": 3600}
        assert schedule["DeadLetterConfig"]["Arn"] == dead_letters
    failed = function["EventInvokeConfig"]
    assert (failed["MaximumRetryAttempts"], failed["DestinationConfig"]["OnFailure"]["Destination"]) == (
        2,
        dead_letters,
    )


def test_every_queue_is_encrypted(raw):
    assert all(raw.properties(name)["SqsManagedSseEnabled"] for name in raw.of_type("AWS::SQS::Queue"))


def test_an_unknown_intrinsic_function_is_refused(raw):
    with pytest.raises(ValueError, match="Fn::Cidr"):
        raw.resolve({"Fn::Cidr": ["10.0.0.0/16", 2, 8]})


def test_a_reference_to_nothing_is_refused(raw):
    with pytest.raises(ValueError, match="Nowhere"):
        raw.resolve({"Ref": "Nowhere"})
