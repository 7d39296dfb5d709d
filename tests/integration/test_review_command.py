"""``quarry review`` against the API: questions answered by a person and by scripts, and decisions to learn from."""

import json

import pytest
from typer.testing import CliRunner

from benchmarks.fit_pairs import samples
from benchmarks.pairs import Pair, pairs
from local.cli import app
from tests.integration.served import served

BRANDED, PLAIN = "Клей Альфа плиточный 25 кг", "Клей плиточный 25 кг"
GROUTS = "Затирка белая 2 кг", "Затирка 2 кг"


@pytest.fixture
def api(engines):
    """Two names of a supplier that two of another one may mean."""
    with served(engines) as made:
        for supplier, names in ((1, (BRANDED, GROUTS[0])), (2, (PLAIN, GROUTS[1]))):
            materials = [{"id": name, "name": name, "unit": "шт", "price": "100"} for name in names]
            sent = made.ask("POST", "/batches", json={"materials": materials, "supplier_id": supplier})
            assert sent.status_code == 202
            made.process()
        yield made


def quarry(api, *arguments, **options):
    return CliRunner().invoke(app, ["review", *arguments, "--api", api.url], **options)


def open_questions(api):
    return {one["row"]["name"]: one["id"] for one in json.loads(quarry(api, "--json").stdout)["items"]}


def test_a_person_answers_one_question_after_the_other(api):
    done = quarry(api, input="s\nd\n")
    assert done.exit_code == 0, done.output
    assert "only one of the names says the colour" in " ".join(done.output.split())
    assert "2 answered" in done.output
    assert open_questions(api) == {}


def test_what_is_left_for_later_stays_open(api):
    assert "0 answered" in quarry(api, input="\nq\n").output
    assert open_questions(api).keys() == {PLAIN, GROUTS[1]}


def test_scripts_answer_and_decisions_are_pairs_to_learn_from(api, tmp_path):
    questions = open_questions(api)
    answered = quarry(api, questions[PLAIN], "different")
    assert len(json.loads(answered.stdout)["moved"]) == 1
    quarry(api, questions[GROUTS[1]], "same")

    assert len(json.loads(quarry(api, "--json", "--decided").stdout)["items"]) == 2
    target = tmp_path / "pairs.tsv"
    assert json.loads(quarry(api, "--export", str(target)).stdout) == {"pairs": 2}
    told = pairs(target)
    assert set(told) == {Pair(False, BRANDED, "шт", PLAIN, "шт"), Pair(True, GROUTS[0], "шт", GROUTS[1], "шт")}
    assert sorted(same for _, same, _ in samples(told)) == [False, True]


def test_a_wrong_answer_is_refused_in_words(api):
    question = open_questions(api)[PLAIN]
    assert quarry(api, question).exit_code == 2
    refused = quarry(api, question, "perhaps")
    assert (refused.exit_code, "decision" in refused.output) == (1, True)
