"""What a token says of its caller."""

import pytest

from quarry.domain.callers import Caller, suppliers_of
from quarry.domain.uploads import MAX_SUBJECT, Upload, ticket_metadata, uploader
from quarry.errors import Forbidden, NotFound
from quarry.http.callers import caller_of, subject_of


def event(**authorizer):
    return {"requestContext": {"authorizer": authorizer}}


@pytest.mark.parametrize(
    ("claim", "suppliers"),
    [
        (None, None),
        ("101", {101}),
        (101, {101}),
        ("[101 102]", {101, 102}),
        ("101,102", {101, 102}),
        ("101 102", {101, 102}),
        ("0", {0}),
        ("", set()),
        ("all", set()),
        ("101x", set()),
        ("-1", set()),
        ("1e3", set()),
        ("99999999999", set()),
        ("4294967296", set()),
        ("[]", set()),
        (" ".join(map(str, range(101))), set()),
    ],
)
def test_a_claim_binds_to_the_suppliers_that_it_names_and_an_unreadable_one_to_none(claim, suppliers):
    assert suppliers_of(claim) == (None if suppliers is None else frozenset(suppliers))


def test_the_caller_is_the_tokens_subject_or_who_signed():
    assert subject_of(event(jwt={"claims": {"sub": "anna"}})) == "anna"
    assert subject_of(event(iam={"userArn": "arn:aws:iam::1:user/anna"})) == "arn:aws:iam::1:user/anna"
    assert subject_of(event(jwt={"claims": {"sub": "a" * 1000}})) == "a" * MAX_SUBJECT
    assert subject_of({}) is None
    assert subject_of({"requestContext": {}}) is None


def test_only_the_claim_that_is_named_binds():
    signed = event(jwt={"claims": {"sub": "anna", "supplier_id": "7", "custom:supplier": "8"}})
    assert caller_of(signed, "custom:supplier").suppliers == {8}
    assert caller_of(signed, None).suppliers is None
    assert caller_of(event(iam={"userArn": "arn"}), "supplier_id").suppliers is None


def test_a_caller_of_one_supplier_need_not_name_it_in_a_list():
    assert Caller("a", frozenset({7})).one_of(None) == 7
    assert Caller("a").one_of(None) is None
    with pytest.raises(Forbidden, match="7, 8"):
        Caller("a", frozenset({7, 8})).one_of(None)
    with pytest.raises(NotFound):
        Caller("a", frozenset({7})).demand_batch("b", None)


@pytest.mark.parametrize("subject", ["auth0|анна@example.com", "a b%20", "arn:aws:iam::1:user/anna", "x" * MAX_SUBJECT])
def test_a_forms_metadata_is_ascii_and_says_who_asked_for_it(subject):
    metadata = ticket_metadata("b1", subject)
    assert all(value.isascii() for value in metadata.values())
    assert uploader(Upload("k", None, principal="AWS:our-own-role"), metadata) == subject


def test_an_object_without_a_form_is_of_who_stored_it():
    upload = Upload("k", None, principal="AWS:anna")
    assert uploader(upload, {}) == "AWS:anna"
    assert uploader(upload, ticket_metadata("b1", None)) is None
    assert uploader(Upload("k", None), {}) is None
