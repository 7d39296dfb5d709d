"""What the tables have in common."""

from typing import Any

from sqlalchemy import DateTime, MetaData, Numeric
from sqlalchemy.types import UserDefinedType

from quarry.domain.money import MONEY_DIGITS, MONEY_PLACES


class TransactionId(UserDefinedType[int]):
    """PostgreSQL's ``xid8``, which SQLAlchemy does not know."""

    cache_ok = True

    def get_col_spec(self, **_: Any) -> str:
        return "xid8"


metadata = MetaData(
    naming_convention={
        "ix": "ix_%(table_name)s_%(column_0_N_name)s",
        "uq": "uq_%(table_name)s_%(column_0_N_name)s",
        "pk": "pk_%(table_name)s",
    }
)

MONEY = Numeric(MONEY_DIGITS, MONEY_PLACES)
MOMENT = DateTime(timezone=True)
