"""What routes of several functions show: how lists were read, suppliers' names, rates."""

from typing import TYPE_CHECKING

from quarry.dependencies.composition import composition

if TYPE_CHECKING:
    from quarry.services.readings import Readings
    from quarry.services.trade import TradeReader


async def get_readings() -> "Readings":
    return composition().readings


async def get_trade_reader() -> "TradeReader":
    """For functions that read no answers from the cache, and so do not see there that a name has changed."""
    reader = composition().trade_reader
    await reader.notice_changes()
    return reader
