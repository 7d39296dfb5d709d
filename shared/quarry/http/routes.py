"""A function's routes as they are declared, each of which is built once.

FastAPI builds the routes of an included router for themselves and again for the application, and looks through both for
each request. What only the OpenAPI document says of answers is built when somebody asks for the document.
"""

from collections.abc import Callable
from typing import Any, TypeVar

from fastapi import APIRouter
from fastapi.routing import APIRoute

# A route that returns a model is served with it; these say what a response is that the route has made itself.
_DOCUMENTED = frozenset({"response_model", "responses"})
Endpoint = TypeVar("Endpoint", bound=Callable[..., Any])


class Routes:
    """Used as FastAPI's ``APIRouter``."""

    def __init__(self, route_class: type[APIRoute] = APIRoute) -> None:
        self._route_class = route_class
        self._declared: list[tuple[str, Callable[..., Any], dict[str, Any]]] = []

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
        for path, endpoint, options in self._declared:
            used = options if documented else {name: options[name] for name in options.keys() - _DOCUMENTED}
            router.add_api_route(prefix + path, endpoint, route_class_override=self._route_class, **used)

    def _declare(self, path: str, **options: Any) -> Callable[[Endpoint], Endpoint]:
        def declared(endpoint: Endpoint) -> Endpoint:
            self._declared.append((path, endpoint, options))
            return endpoint

        return declared
