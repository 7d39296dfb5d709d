import importlib.util

import numpy as np
import pytest

from quarry.adapters.local_embeddings import DIMENSIONS, LocalEmbedder
from quarry.errors import StoreUnavailable
from quarry.runtime import run

embedder = LocalEmbedder()


def embed(*texts):
    return np.asarray(run(embedder.embed(texts)))


def closeness(one, other):
    first, second = embed(one, other)
    return float(first @ second)


def test_vectors_are_unit_rows_of_1536_single_precision_numbers():
    matrix = embed("Цемент М500", "", "!!!", "qwxz 17", "Клей для плитки 25 кг")
    assert matrix.shape == (5, DIMENSIONS)
    assert matrix.dtype == np.float32
    assert np.allclose(np.linalg.norm(matrix, axis=1), 1, atol=1e-5)


def test_a_text_has_one_vector_whatever_else_is_embedded_with_it():
    alone = embed("Грунтовка глубокого проникновения")[0]
    others = [f"Краска {number}" for number in range(700)]
    among = embed(*others, "Грунтовка глубокого проникновения")[-1]
    assert np.allclose(alone, among, atol=1e-6)
    assert np.allclose(LocalEmbedder().matrix(["Грунтовка глубокого проникновения"])[0], alone, atol=1e-6)


def test_meaning_brings_words_together_that_share_no_letters():
    assert closeness("труба", "кран") > closeness("труба", "обои")


@pytest.mark.parametrize(
    ("query", "near", "far"),
    [
        ("портландцемент", "Цемент М500", "Гвоздь 100"),
        ("гипсакартон", "Гипсокартон 12,5", "Картон упаковочный"),
        ("клей плиточный", "Клей для плитки", "Кран шаровой"),
        ("труба 20х3,4", "Труба PN 20 20х3,4", "Труба PN 20 25х4,2"),
    ],
)
def test_the_nearer_name_is_the_right_one(query, near, far):
    assert closeness(query, near) > closeness(query, far)


def test_the_same_name_written_differently_has_one_vector():
    assert closeness("Цемент М-500, 50 кг", "цемент м500 50кг") == pytest.approx(1, abs=1e-5)


def test_missing_word_vectors_are_an_outage_that_says_what_to_do(monkeypatch):
    monkeypatch.setattr(importlib.util, "find_spec", lambda _name: None)
    with pytest.raises(StoreUnavailable, match="OPENAI_API_KEY"):
        run(LocalEmbedder().embed(["цемент"]))
    assert run(LocalEmbedder().health_check()).status == "unhealthy"
