"""Estimates without PostgreSQL, by the mode in which it is not used."""

from tests.integration.served import served


def test_qdrant_only_mode_answers_and_says_that_it_keeps_nothing(engines):
    with served(engines, QDRANT_ONLY_MODE="true") as api:
        offer = {"id": "1", "name": "Цемент Берег М500 мешок 50 кг", "unit": "мешок", "price": "450"}
        api.submit([offer], supplier_id=11)
        bill = {"lines": [{"name": "Цемент М500", "quantity": "2010", "unit": "кг"}]}
        answer = api.ask("POST", "/estimates", json=bill).json()
        assert (answer["kept"], answer["lines"][0]["best"]["cost"]) == (False, "18450.00")
        refused = api.ask("GET", "/estimates")
        assert refused.status_code == 501
        assert "Qdrant-only" in refused.json()["detail"]
