"""What an HTTP function's INIT does before all else: its handler's file imports this first.

FastAPI builds the models of an OpenAPI document when it is imported, a fifth of what importing it costs. Nothing but
the document uses them: pydantic builds each when it is first used, if it is told so while the classes are declared.
"""

from typing import Any

from pydantic import BaseModel, ConfigDict

from quarry import beginning  # noqa: F401 - begins an INIT


def _import_unbuilt() -> None:
    rebuild, config = vars(BaseModel)["model_rebuild"], BaseModel.model_config

    def rebuild_if_used(cls: type[BaseModel], /, *, raise_errors: bool = True, **options: Any) -> bool | None:
        """The module asks for a rebuild of its recursive models; pydantic, for one that is used, without errors."""
        if raise_errors:
            return None
        found: bool | None = rebuild.__func__(cls, raise_errors=raise_errors, **options)
        return found

    BaseModel.model_config = ConfigDict(defer_build=True)
    BaseModel.model_rebuild = classmethod(rebuild_if_used)  # type: ignore[method-assign, assignment]
    try:
        import fastapi.openapi.models  # noqa: F401
    finally:
        BaseModel.model_config = config
        BaseModel.model_rebuild = rebuild  # type: ignore[method-assign]


_import_unbuilt()
