"""Which articles were seen, in sixteen bytes each and some room: a dictionary of as many would take ten times that."""

from array import array

_MOST = 100_000
_FIRST_SLOTS = 1 << 10  # a power of two, doubled when two thirds are taken
_BITS = (1 << 64) - 1
_HALF = 1 << 32


class Articles:
    """Remembers of each article its first row and what its prices were. Beyond the first 100,000 none are added.

    Of an article its hash is kept: two with one hash, which is all but impossible, would be taken for one.
    """

    def __init__(self) -> None:
        self._keys = array("Q", bytes(8 * _FIRST_SLOTS))
        self._values = array("Q", bytes(8 * _FIRST_SLOTS))
        self._count = 0

    def first_of(self, article: str, prices: int, row: int) -> int | None:
        """The row that had the article before with other prices; None where there is none."""
        key = hash(article) & _BITS or 1  # 0 is a free slot
        keys = self._keys
        place = key & (len(keys) - 1)
        taken = keys[place]
        if taken and taken != key:
            place = self._place(key)
            taken = keys[place]
        known = prices % _HALF
        if taken:
            row, before = divmod(self._values[place], _HALF)
            return row if before != known else None
        if self._count < _MOST:
            keys[place], self._values[place] = key, row * _HALF + known
            self._count += 1
            if self._count * 3 > len(keys) * 2:
                self._grow()
        return None

    def _place(self, key: int) -> int:
        keys = self._keys
        last = len(keys) - 1
        place = key & last
        while (taken := keys[place]) and taken != key:
            place = (place + 1) & last
        return place

    def _grow(self) -> None:
        keys, values = self._keys, self._values
        self._keys = array("Q", bytes(16 * len(keys)))
        self._values = array("Q", bytes(16 * len(keys)))
        for key, value in zip(keys, values, strict=True):
            if key:
                place = self._place(key)
                self._keys[place], self._values[place] = key, value
