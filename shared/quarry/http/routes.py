"""A function's routes as they are declared, each of which is built once.

A caller who is bound to suppliers is refused by every route that is not declared ``for_suppliers``: such a one checks
itself whose data is requested.

FastAPI builds the routes of an included router for themselves and again for the application, and looks through both for
each request. What only the OpenAPI document says of answers is built when somebody asks for the document.
"""

from collections.abc import Callable, Coroutine
from typing import Any, TypeVar

from fastapi import APIRouter
from fastapi.routing import APIRoute
from starlette.requests import Request
from starlette.responses import Response

from quarry.http.callers import caller

# A route that returns a model is served by FastAPI; these document responses that a route builds itself.
_DOCUMENTED = frozenset({"response_model", "responses"})
Endpoint = TypeVar("Endpoint", bound=Callable[..., Any])


class Routes:
    """Used as FastAPI's ``APIRouter``."""

    def __init__(self, route_class: type[APIRoute] = APIRoute) -> None:
        self._open = route_class
        self._guarded = _guarded(route_class)
        self._declared: list[tuple[str, type[APIRoute], Callable[..., Any], dict[str, Any]]] = []

    def get(self, path: str, **options: Any) -> Callable[[Endpoint], Endpoint]:
        return self._declare(path, methods=["GET"], **options)

    def post(self, path: str, **options: Any) -> Callable[[Endpoint], Endpoint]:
        return self._declare(path, methods=["POST"], **options)

    def put(self, path: str, **options: Any) -> Callable[[Endpoint], Endpoint]:
        return self._declare(path, methods=["PUT"], **options)

    def delete(self, path: str, **options: Any) -> Callable[[Endpoint], Endpoint]:
        return self._declare(path, methods=["DELETE"], **options)

    def build(self, router: APIRouter, prefix: str, *, documented: bool = False) -> None:
        """Add the routes to an application's router; ``documented`` with the models of their answers."""
        for path, route_class, endpoint, options in self._declared:
            used = options if documented else {name: options[name] for name in options.keys() - _DOCUMENTED}
            router.add_api_route(prefix + path, endpoint, route_class_override=route_class, **used)

    def _declare(self, path: str, *, for_suppliers: bool = False, **options: Any) -> Callable[[Endpoint], Endpoint]:
        route_class = self._open if for_suppliers else self._guarded

        def declared(endpoint: Endpoint) -> Endpoint:
            self._declared.append((path, route_class, endpoint, options))
            return endpoint

        return declared


def _guarded(route_class: type[APIRoute]) -> type[APIRoute]:
    """Not a dependency, since FastAPI would take longer to resolve one than this check takes."""

    class Guarded(route_class):  # type: ignore[misc, valid-type]
        def get_route_handler(self) -> Callable[[Request], Coroutine[Any, Any, Response]]:
            handle = super().get_route_handler()

            async def guarded(request: Request) -> Response:
                caller(request).refuse_bound()
                answer: Response = await handle(request)
                return answer

            return guarded

    return Guarded
