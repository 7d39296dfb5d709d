"""What a person reads in a terminal."""

import io

import pytest
from rich.console import Console

from local import rendering
from local.doctor import Finding, State


def _shown(show, *arguments: object) -> str:
    target = Console(file=io.StringIO(), width=rendering.PIPE_COLUMNS)
    show(target, *arguments)
    return target.file.getvalue()


def _answer(**changes: object) -> dict:
    hit = {
        "material": {"name": 'Клей "Kiilto" 20 кг', "unit": "мешок"},
        "highlights": ["<mark>Клей</mark> &quot;Kiilto&quot; 20 кг"],
        "offers": [
            {
                "supplier_id": 7,
                "supplier_name": "Стройбаза",
                "price": "27.9",
                "currency": "EUR",
                "price_per_base_unit": "1.3950",
                "base_unit": "кг",
                "price_in": {"currency": "RUB", "price": "2650.50"},
                "suspect": True,
            },
            {
                "supplier_id": 8,
                "supplier_name": None,
                "price": None,
                "currency": "RUB",
                "price_per_base_unit": None,
                "base_unit": None,
                "price_in": None,
                "suspect": False,
            },
        ],
    }
    return {
        "query": "клей [1]",
        "source": "vector",
        "degraded": False,
        "understood": {"rewrites": []},
        "total": {"value": 1, "relation": "eq"},
        "hits": [hit],
        **changes,
    }


@pytest.mark.parametrize(
    ("amount", "currency", "shown"),
    [
        ("450.00", "RUB", "450 ₽"),
        ("1250.5000", "RUB", "1 250.50 ₽"),
        ("56800", "EUR", "56 800 €"),
        ("9.04", "KZT", "9.04 KZT"),
        ("172.6667", "RUB", "172.67 ₽"),
        ("0.0035", "RUB", "0.0035 ₽"),
        (None, None, "no price"),
    ],
)
def test_money_reads_like_a_price_tag(amount, currency, shown):
    assert rendering.money(amount, currency) == shown


def test_a_hit_shows_its_name_and_every_offer():
    shown = _shown(rendering.show_hits, _answer())

    assert 'Клей "Kiilto" 20 кг' in shown
    assert "27.90 € ≈ 2 650.50 ₽ ?" in shown
    assert "7 Стройбаза" in shown
    assert "1.40 €/кг" in shown
    assert "no price" in shown


def test_square_brackets_of_a_query_are_not_markup():
    assert "«клей [1]»" in _shown(rendering.show_hits, _answer())


def test_a_search_without_hits_says_so():
    shown = _shown(rendering.show_hits, _answer(hits=[], total={"value": 0, "relation": "eq"}, degraded=True))

    assert "0 found, vector, degraded. Try fewer or other words." in " ".join(shown.split())


def test_more_row_errors_than_fit_name_the_command_that_lists_them():
    error = {"sheet": None, "row": 5, "column": "Цена", "value": "?", "message": "This is not a price."}
    errors = [{**error, "severity": "error", "code": f"kind_{number}"} for number in range(30)]
    file = {
        "file": "a.csv", "request_id": "r-1", "status": "completed_with_errors", "total": 30, "completed": 0,
        "failed": 30, "needs_review": 0, "offers": 0, "materials_created": 0,
        "errors": errors, "seconds": 1.0, "error": None, "attention": [],
    }  # fmt: skip

    shown = _shown(rendering.show_results, [file])
    assert shown.count("This is not a price.") == rendering.MAX_SHOWN_ERRORS
    assert "10 more: quarry errors r-1" in shown


HOSTILE = "[red]Клей[/] \x1b[2J\x9b1m\rx\ud800"


def test_a_suppliers_text_cannot_control_the_terminal():
    error = {"sheet": HOSTILE, "row": 5, "column": HOSTILE, "value": HOSTILE, "message": HOSTILE}
    answer = _answer(query=HOSTILE)
    answer["hits"][0] |= {"material": {"name": HOSTILE, "unit": HOSTILE}, "highlights": []}
    answer["hits"][0]["offers"][0] |= {"currency": HOSTILE, "base_unit": HOSTILE, "supplier_name": HOSTILE}
    batch = {
        "request_id": "r-1", "supplier_id": 1, "supplier_name": HOSTILE,
        "file_name": HOSTILE, "status": "failed", "total": 1, "percent": 1.0,
        "failed": 1, "needs_review": 0, "error": {"message": HOSTILE},
    }  # fmt: skip

    shown = "".join(
        [
            _shown(lambda target: target.print(rendering.row_errors([error], "1"))),
            _shown(rendering.show_hits, answer),
            _shown(rendering.show_progress, [batch]),
        ]
    )
    assert "[red]" in shown
    assert not {"\x1b", "\x9b", "\r", "\ud800"} & set(shown)


def test_suppliers_and_rates_are_tables():
    shown = _shown(
        lambda target: target.print(rendering.suppliers([{"id": 7, "name": HOSTILE}, {"id": 8, "name": None}]))
    )
    assert "8" in shown
    assert "\x1b" not in shown
    rate = {"currency": "USD", "rate": "81.5", "date": "2026-11-26", "source": "bank.example"}
    shown = _shown(lambda target: target.print(rendering.rates({"base_currency": "RUB", "items": [rate]})))
    assert all(text in shown for text in ("RUB", *rate.values()))


def test_progress_says_who_uploaded_where_that_is_known():
    batch = {
        "request_id": "b1", "supplier_id": 7, "supplier_name": None, "file_name": "a.csv", "status": "completed",
        "total": 1, "percent": 100.0, "failed": 0, "needs_review": 0, "error": None,
    }  # fmt: skip
    assert "uploaded by" not in _shown(rendering.show_progress, [batch])
    shown = _shown(rendering.show_progress, [batch | {"uploaded_by": "anna\x1b[31m"}, batch])
    assert "uploaded by" in shown
    assert "anna" in shown
    assert "\x1b" not in shown


def test_what_was_examined_is_a_table_of_what_to_do():
    found = [
        Finding("index", State.FAULT, "is empty, of 5 materials", "quarry reindex"),
        Finding("api", State.OK, "[b]"),
    ]
    shown = _shown(lambda target: target.print(rendering.findings(found)))
    for text in ("index", "fault", "is empty, of 5 materials", "quarry reindex", "[b]"):
        assert text in shown


def test_columns_that_nobody_uses_are_counted_as_no_rows():
    said = {"code": "texts_unused", "sheet": None, "message": "Nothing says what «Цвет» holds.", "count": 1}
    lines = rendering.attention([said, {**said, "code": "unreadable_rows", "count": 2}])
    assert [line.rpartition(".")[2] for line in lines] == ["", " (2 rows)"]
