"""``python -m local`` is the ``quarry`` command."""

from local.cli import main

main()
