"""Rows that wait for a person go on waiting with each list, unread, until something was decided of their name."""

import pytest

from quarry.dependencies.composition import composition
from quarry.domain.batches import BatchStatus
from quarry.domain.match_version import MATCH_VERSION
from quarry.domain.records import MatchType, RowStatus
from quarry.pricelists import digests
from quarry.repositories.postgresql.unchanged import UnchangedRowsRepository
from quarry.runtime import run
from tests.integration.test_unchanged_rows import (
    CEMENT,
    HEADER,
    PIPE,
    SAND,
    asked,
    bucket,
    imported,
    reads,
    records,
    uploaded,
)

__all__ = ["bucket", "reads", "uploaded"]
BRANDED = "B1;Клей Альфа плиточный 25 кг;шт;400\n"
PLAIN = "P1;Клей плиточный 25 кг;шт;380\n"
LISTED = HEADER + CEMENT + PLAIN + PIPE + SAND
BOLT = "N1;Болт М10х50;шт;7\n"


@pytest.fixture
def waiting(uploaded, reads):
    """A list of which one row waits; returns its batch."""
    imported(uploaded(HEADER + BRANDED, supplier=202))
    batch, _ = imported(uploaded(LISTED))
    assert [record.status for record in records(batch)].count(RowStatus.NEEDS_REVIEW) == 1
    reads.clear()
    return batch


async def decide(decision):
    """The material that the row's name means now."""
    (question,) = (await composition().reviews.page(decided=False, limit=5, cursor=None)).items
    return (await composition().reviews.decide(question.review.id, decision, None)).material_id


def test_it_waits_on_with_a_record_of_its_own_and_without_a_message(waiting, uploaded, reads):
    batch, messages = imported(uploaded(LISTED))

    assert (reads, messages) == ([], [])
    assert batch.status is BatchStatus.COMPLETED
    assert batch.counts == {"pending": 0, "processing": 0, "completed": 3, "failed": 0, "needs_review": 1}
    assert batch.changes == {"new": 0, "gone": 0, "dearer": 0, "cheaper": 0, "unchanged": 4}
    before, now = (next(one for one in records(of) if one.row_id == "1") for of in (waiting, batch))
    assert (now.status, now.match_type, now.material_id) == (RowStatus.NEEDS_REVIEW, MatchType.REVIEW, None)
    assert (now.row, now.similarity_score, now.digest) == (before.row, before.similarity_score, before.digest)
    assert len(asked("SELECT id FROM reviews")) == 1


def test_it_waits_on_at_another_place_of_the_list_and_in_the_list_after(waiting, uploaded, reads):
    imported(uploaded(LISTED.replace(HEADER, HEADER + BOLT)))
    reads.clear()
    batch, messages = imported(uploaded(LISTED.replace(HEADER, HEADER + BOLT)))

    assert (reads, messages) == ([], [])
    record = next(one for one in records(batch) if one.status is RowStatus.NEEDS_REVIEW)
    assert (record.row_id, record.row.row) == ("2", 4)
    offer = "SELECT row_number, record_sequence, material_id FROM raw_products WHERE sku = 'P1'"
    assert asked(offer) == [{"row_number": 4, "record_sequence": 2, "material_id": None}]


@pytest.mark.parametrize("decision", ["same", "different"])
def test_a_row_whose_name_was_decided_is_processed(waiting, uploaded, reads, decision):
    material = run(decide(decision))
    batch, messages = imported(uploaded(LISTED))

    assert (set(reads), len(messages)) == ({3}, 1)
    record = next(one for one in records(batch) if one.row_id == "1")
    assert (record.status, record.match_type, record.material_id) == (RowStatus.COMPLETED, MatchType.EXACT, material)


def test_a_decision_that_comes_in_between_counts(waiting, uploaded, monkeypatch):
    find = UnchangedRowsRepository.find

    async def found_before(self, batch, lists, rows):
        found = await find(self, batch, lists, rows)
        if True in found.waiting:
            decided.append(await decide("same"))
        return found

    decided = []
    with monkeypatch.context() as patch:
        patch.setattr(UnchangedRowsRepository, "find", found_before)
        batch, _ = imported(uploaded(LISTED))
    record = next(one for one in records(batch) if one.row_id == "1")
    assert (record.status, record.material_id) == (RowStatus.COMPLETED, decided[0])


def test_a_row_whose_name_is_a_material_by_now_is_processed(waiting, uploaded, reads):
    run(
        composition().postgresql.execute_command(
            "INSERT INTO materials (id, name, normalized_name, number_key)"
            " SELECT name_id, name, 'клей', '25 kg' FROM raw_products WHERE sku = 'P1'"
        )
    )
    batch, _ = imported(uploaded(LISTED))

    assert set(reads) == {3}
    assert {record.status for record in records(batch)} == {RowStatus.COMPLETED}


def test_when_names_are_compared_by_other_rules_each_row_is_processed(waiting, uploaded, reads, monkeypatch):
    monkeypatch.setattr(digests, "MATCH_VERSION", MATCH_VERSION + 1)
    batch, _ = imported(uploaded(LISTED))

    assert set(reads) == {2, 3, 4, 5}
    assert [record.status for record in records(batch)].count(RowStatus.NEEDS_REVIEW) == 1
