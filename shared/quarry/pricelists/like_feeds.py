"""Documents that look like a marketplace's feed: some are one, others only call their goods as feeds do."""

from collections.abc import Iterator
from itertools import chain, islice
from typing import BinaryIO, Final

from quarry.domain.rows import PriceRow, RowIssue
from quarry.errors import BadPriceList
from quarry.pricelists import feeds, objects, xmlobjects
from quarry.pricelists.options import ReadOptions

_LOOKED_AT: Final = 60  # offers


def rows(stream: BinaryIO, options: ReadOptions) -> Iterator[PriceRow | RowIssue]:
    """The offers of a feed; where its first have no name or no price, those that are found as in any XML."""
    offers = feeds.rows(stream, options)
    try:
        first = [*islice(offers, _LOOKED_AT)]
    except BadPriceList as error:
        if error.code != "no_rows":
            raise
        first = []
    if any(isinstance(offer, PriceRow) and offer.name and offer.price is not None for offer in first):
        yield from chain(first, offers)
        return
    place = objects.surveyed(xmlobjects.events(stream))
    if any(place.goods):
        yield from objects.rows(xmlobjects.events(stream), place, options, elements=True)
    else:
        yield from feeds.rows(stream, options)
