"""Who calls, and whose price lists a caller deals with."""

import re
from dataclasses import dataclass
from typing import Any, Final

from quarry.domain.uploads import MAX_SUPPLIER_ID
from quarry.errors import Forbidden, NotFound

# API Gateway writes a claim with several values as «[101 102]».
_NUMBERS: Final = re.compile(r"\[?\s*[0-9]{1,10}(?:[\s,]+[0-9]{1,10})*\s*\]?")
_MANY: Final = 100


@dataclass(frozen=True, slots=True)
class Caller:
    """``subject`` is None where no caller is checked; ``suppliers`` None: the caller is bound to none."""

    subject: str | None = None
    suppliers: frozenset[int] | None = None

    @property
    def bound(self) -> bool:
        return self.suppliers is not None

    def may(self, supplier_id: int | None) -> bool:
        return self.suppliers is None or supplier_id in self.suppliers

    def demand(self, supplier_id: int | None) -> None:
        """Raises Forbidden when a request names a supplier that the caller does not deal with, or none."""
        if not self.may(supplier_id):
            raise Forbidden(f"Your access is for {self._own}. Name it as supplier_id.")

    def demand_batch(self, request_id: str, supplier_id: int | None) -> None:
        """Raises NotFound for another supplier's batch, so that not even its existence is shown."""
        if not self.may(supplier_id):
            raise NotFound(f"There is no batch {request_id} of {self._own}.")

    def one_of(self, supplier_id: int | None) -> int | None:
        """The supplier that a list is narrowed to. Raises Forbidden for another's, and when several are possible."""
        if supplier_id is None and self.suppliers is not None and len(self.suppliers) == 1:
            return next(iter(self.suppliers))
        self.demand(supplier_id)
        return supplier_id

    def refuse_bound(self) -> None:
        """Raises Forbidden for a caller who is bound to suppliers."""
        if self.bound:
            raise Forbidden(
                f"Your access is for the price lists of {self._own}. The catalogue and its prices are for buyers."
            )

    @property
    def _own(self) -> str:
        numbers = sorted(self.suppliers or ())
        if not numbers:
            return "no supplier: the claim of your token cannot be read"
        return f"{'the suppliers' if len(numbers) > 1 else 'the supplier'} {', '.join(map(str, numbers))}"


ANYBODY: Final = Caller()


def suppliers_of(claim: Any) -> frozenset[int] | None:
    """The suppliers of a token's claim; None without one. A claim that cannot be read binds to no supplier at all."""
    if claim is None:
        return None
    text = str(claim).strip()
    if not _NUMBERS.fullmatch(text):
        return frozenset()
    numbers = [int(number) for number in re.findall("[0-9]+", text)]
    return frozenset(numbers) if len(numbers) <= _MANY and max(numbers) <= MAX_SUPPLIER_ID else frozenset()
