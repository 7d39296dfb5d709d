"""Where an offer comes from: the last list that has it, with sheet and row."""

import pytest

from tests.integration.served import served


@pytest.fixture
def api(engines):
    with served(engines) as made:
        yield made


def test_an_offer_names_the_batch_and_the_row_that_it_is_of(api):
    first = api.submit([{"id": "a", "name": "Ведро оцинкованное 12 л", "price": "300"}], supplier_id=7)
    material = api.ask("GET", f"/batches/{first}/results").json()["items"][0]["material_id"]
    again = api.submit(
        [
            {"id": "b", "name": "Лопата штыковая", "price": "450"},
            {"id": "a", "name": "Ведро оцинкованное 12 л", "price": "310"},
        ],
        supplier_id=7,
    )

    sources = {
        offer["price"]: offer["source"] for offer in api.ask("GET", f"/materials/{material}/offers").json()["items"]
    }
    newest = sources["310.00"]
    assert (newest["request_id"], newest["file_name"], newest["sheet"], newest["row"]) == (again, None, None, 2)
    assert newest["listed_at"]
