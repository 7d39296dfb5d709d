"""Answers of functions of a text, kept for the texts that come again."""

from collections.abc import Callable
from functools import lru_cache, wraps
from typing import Final, TypeVar

_LONGEST: Final = 300
_Text = TypeVar("_Text", str, str | None)
_Answer = TypeVar("_Answer")


def kept(count: int) -> Callable[[Callable[[_Text], _Answer]], Callable[[_Text], _Answer]]:
    """As ``lru_cache``, but for short texts only: thousands of long ones, which no list has twice, fill the memory."""

    def decorated(function: Callable[[_Text], _Answer]) -> Callable[[_Text], _Answer]:
        remembered = lru_cache(count)(function)

        @wraps(function)
        def answer(text: _Text) -> _Answer:
            return function(text) if text and len(text) > _LONGEST else remembered(text)

        return answer

    return decorated
