"""A busy loop: spins after ``1``, rests after ``0``, ends when its standard input does."""

import os
import select
import sys

_SPINS = 20_000  # a millisecond or so: how long a command may wait


def main() -> None:
    busy = False
    while True:
        if not busy or select.select([0], [], [], 0)[0]:
            command = os.read(0, 1)
            if not command:
                sys.exit()
            busy = command == b"1"
        for _ in range(_SPINS):
            pass


if __name__ == "__main__":
    main()
