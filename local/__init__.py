"""The whole stack on one machine, and the ``quarry`` command."""

from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
