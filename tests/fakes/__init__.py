"""In-memory implementations of the ports that services depend on.

The batch store passes the contract suite of the real ones (``tests/contract``).
"""

from tests.fakes.batches import MemoryBatches
from tests.fakes.catalogue import MemoryCatalogue, MemoryGeneration, MemoryIndex, MemoryLists
from tests.fakes.files import MemoryObjects
from tests.fakes.queue import MemoryQueue

__all__ = [
    "MemoryBatches",
    "MemoryCatalogue",
    "MemoryGeneration",
    "MemoryIndex",
    "MemoryLists",
    "MemoryObjects",
    "MemoryQueue",
]
