"""A model looks at sheets whose layout is a guess; what it proposes counts where the sheet bears it out."""

import pytest

from quarry.domain.batches import BatchStatus
from quarry.domain.reading import Excerpt, LayoutCorrection, Proposal, ReadBy, Role
from quarry.errors import StoreUnavailable
from quarry.runtime import run
from quarry.services.reading_help import ReadingHelp, correction_of
from tests.unit.services.conftest import KEY, LIST, Ingest

# Nothing says which of the two columns of amounts is the price: the reader takes the larger ones.
GUESS = (
    "Полка ПН-1;1200;350\nПолка ПН-2;1500;410\nСтеллаж СТ-1;2000;980\nСтеллаж СТ-2;2200;1040\n"
    "Верстак ВР-1;1600;1500\nВерстак ВР-2;1800;1710\n"
).encode()
KINDS = dict.fromkeys(range(1, 7), "goods")
RIGHT = Proposal(header_rows=(), roles={"A": Role.NAME, "B": Role.WEIGHT, "C": Role.PRICE}, kinds=KINDS)


class Model:
    """Gives the same answer each time, and notes what it was shown."""

    def __init__(self, answer):
        self.answer = answer
        self.shown = []

    async def propose(self, excerpt):
        self.shown.append(excerpt)
        if isinstance(self.answer, Exception):
            raise self.answer
        return self.answer


def imported(answer, content=GUESS):
    ingest = Ingest(model=Model(answer))
    ingest.objects.drop(KEY, content)
    ingest.notified()
    ingest.processed()
    return ingest


def prices(ingest):
    return sorted(str(record.row.price) for record in ingest.records)


def sheet(ingest):
    (only,) = run(ingest.readings.find(ingest.batch.request_id))
    return only


def test_a_proposal_that_the_sheet_bears_out_is_taken_named_and_remembered():
    ingest = imported(RIGHT)
    assert prices(ingest) == sorted(["350", "410", "980", "1040", "1500", "1710"])
    assert (sheet(ingest).read_by, {column.why for column in sheet(ingest).columns}) == (
        ReadBy.MODEL,
        {"a model proposed it"},
    )
    assert not any(found.code == "low_confidence" for found in ingest.batch.attention)
    (kept,) = run(ingest.readings.corrections(101)).values()
    assert (kept.read_by, kept.roles, kept.header_rows) == (ReadBy.MODEL, dict(RIGHT.roles), None)


def test_the_next_list_of_that_layout_is_read_so_without_asking():
    ingest = imported(RIGHT)
    ingest.model.answer = StoreUnavailable("OpenAI", "must not be asked")
    later = KEY.replace("прайс", "прайс-2")
    ingest.objects.drop(later, GUESS.replace(b"350", b"355"))
    ingest.notified(later)
    assert len(ingest.model.shown) == 1
    batches = run(ingest.batches.list_batches())
    assert [run(ingest.readings.find(one.request_id))[0].read_by for one in batches] == [ReadBy.MODEL] * 2


@pytest.mark.parametrize(
    "answer",
    [
        StoreUnavailable("OpenAI", "does not answer"),
        Proposal(header_rows=(), roles={}, kinds={}),
        Proposal(header_rows=(), roles={"A": Role.NAME}, kinds=KINDS),
        Proposal(header_rows=(), roles={"C": Role.NAME, "A": Role.PRICE}, kinds=KINDS),
        Proposal(header_rows=(), roles={"A": Role.NAME, "Z": Role.PRICE}, kinds=KINDS),
        Proposal(header_rows=(), roles={"A": Role.NAME, "=1": Role.PRICE}, kinds=KINDS),
        Proposal(header_rows=(99,), roles={"A": Role.NAME, "C": Role.PRICE}, kinds=KINDS),
        Proposal(header_rows=(), roles={"A": Role.NAME, "C": Role.PRICE}, kinds=dict.fromkeys(KINDS, "note")),
    ],
)
def test_an_outage_or_nonsense_changes_nothing(answer):
    alone = Ingest()
    alone.objects.drop(KEY, GUESS)
    alone.notified()
    alone.processed()
    ingest = imported(answer)
    assert (prices(ingest), sheet(ingest), ingest.batch.attention) == (
        prices(alone),
        sheet(alone),
        alone.batch.attention,
    )
    assert run(ingest.readings.corrections(101)) == {}


def test_a_sheet_that_is_no_guess_is_shown_to_nobody():
    assert imported(RIGHT, LIST).model.shown == []


def test_a_model_sees_forty_rows_and_twenty_columns_at_most():
    wide = "".join(f"Полка ПН-{row};{row};{row * 3};" + ";".join(["да"] * 40) + "\n" for row in range(10, 90))
    (shown,) = imported(RIGHT, wide.encode()).model.shown
    assert (len(shown.rows), {len(cells) for cells in shown.rows.values()}) == (40, {20})


def test_what_a_person_said_of_a_layout_stays():
    ingest = Ingest(model=Model(RIGHT))
    ingest.objects.drop(KEY, GUESS)
    ingest.notified()
    (known_as,) = run(ingest.readings.corrections(101))
    said = LayoutCorrection(fingerprint=known_as, roles={"A": Role.NAME, "B": Role.PRICE, "C": None})
    run(ingest.readings.correct(101, said))
    later = KEY.replace("прайс", "прайс-2")
    ingest.objects.drop(later, GUESS.replace(b"350", b"355"))
    ingest.notified(later)
    assert run(ingest.readings.corrections(101)) == {known_as: said}
    assert len(ingest.model.shown) == 1


def test_a_preview_remembers_nothing():
    ingest = Ingest(model=Model(RIGHT))
    preview = KEY.replace("incoming", "preview")
    ingest.objects.drop(preview, GUESS)
    ingest.notified(preview)
    assert (ingest.batch.status, sheet(ingest).read_by) == (BatchStatus.COMPLETED, ReadBy.MODEL)
    assert run(ingest.readings.corrections(101)) == {}


def test_a_list_that_was_not_read_at_all_is_read_as_proposed():
    content = "x1;yy;z9\n" + "".join(f"ВР-{row};Ю;{row}\n" for row in range(10, 20))
    alone = Ingest()
    alone.objects.drop(KEY, content.encode())
    alone.notified()
    assert alone.batch.error_code == "no_header"
    kinds = {1: "header", **dict.fromkeys(range(2, 12), "goods")}
    ingest = imported(
        Proposal(header_rows=(1,), roles={"A": Role.NAME, "C": Role.PRICE}, kinds=kinds), content.encode()
    )
    assert ingest.batch.status is BatchStatus.COMPLETED
    assert [str(record.row.price) for record in ingest.records] == [str(row) for row in range(10, 20)]


def test_of_the_goods_that_a_model_names_nearly_all_must_have_a_name_and_an_amount():
    rows = {1: ("Гвоздь", "90"), 2: ("Шуруп", "по запросу"), 3: ("Болт", "7"), 4: ("Гайка", "3"), 5: ("Шайба", "1")}
    roles = {"A": Role.NAME, "B": Role.PRICE}
    whole = Proposal(header_rows=(), roles=roles, kinds=dict.fromkeys(rows, "goods"))
    excerpt = Excerpt(fingerprint="a", rows=rows)
    assert correction_of(excerpt, whole) == LayoutCorrection(fingerprint="a", roles=roles, read_by=ReadBy.MODEL)
    fewer = Proposal(header_rows=(), roles=roles, kinds={1: "goods", 2: "goods", 3: "goods"})
    assert correction_of(excerpt, fewer) is None


def test_without_a_model_nobody_is_asked():
    assert run(ReadingHelp(None).proposals([Excerpt(fingerprint="a", rows={1: ("Гвоздь", "90")})])) == {}
