"""Bodies are strict JSON: what parsers interpret differently is refused, and what no request needs."""

import codecs
import json
from collections import Counter
from collections.abc import Callable, Coroutine
from typing import Any

from fastapi.routing import APIRoute
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import Response

# Each unknown name becomes a fault in the answer.
_MAX_NAMES = 50
_MAX_DIGITS = 100
# Looked up here, since Python imports a codec when it is first used.
_ENCODING = codecs.lookup("utf-8-sig").name


class JsonRoute(APIRoute):
    def get_route_handler(self) -> Callable[[Request], Coroutine[Any, Any, Response]]:
        handle = super().get_route_handler()

        async def strict(request: Request) -> Response:
            return await handle(_StrictRequest(request.scope, request.receive))

        return strict


class _StrictRequest(Request):
    async def json(self) -> Any:
        try:
            text = (await self.body()).decode(_ENCODING)
            return json.loads(text, object_pairs_hook=_object, parse_constant=_constant, parse_int=_integer)
        except UnicodeDecodeError as error:
            reason = f"byte {error.start} is no UTF-8"
        except RecursionError:
            reason = "it is nested too deeply"
        except ValueError as error:
            reason = str(error)
        raise HTTPException(400, f"The body is not valid JSON: {reason}. Correct it and send it again.")


def _object(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    if len(pairs) > _MAX_NAMES:
        raise ValueError(f"an object has more than {_MAX_NAMES} names")
    found = dict(pairs)
    if len(found) < len(pairs):
        name, _ = Counter(name for name, _ in pairs).most_common(1)[0]
        raise ValueError(f"the name {name[:100]!a} occurs twice in one object")
    return found


def _integer(digits: str) -> int:
    if len(digits) > _MAX_DIGITS:
        raise ValueError(f"a number has more than {_MAX_DIGITS} digits")
    return int(digits)


def _constant(name: str) -> Any:
    raise ValueError(f"{name} is no number")
