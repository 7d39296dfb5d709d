"""In-memory implementations of the ports that services depend on.

The batch store passes the contract suite of the real ones (``tests/contract``).
"""

from tests.fakes.batches import MemoryBatches, MemoryBatchStore
from tests.fakes.cache import MemoryCache
from tests.fakes.catalogue import MemoryCatalogue, MemoryGeneration, MemoryIndex, MemoryLists
from tests.fakes.files import MemoryObjects
from tests.fakes.materials import MemoryMaterials
from tests.fakes.offers import MemoryOffers
from tests.fakes.queue import MemoryQueue
from tests.fakes.trade import MemoryTrade

__all__ = [
    "MemoryBatchStore",
    "MemoryBatches",
    "MemoryCache",
    "MemoryCatalogue",
    "MemoryGeneration",
    "MemoryIndex",
    "MemoryLists",
    "MemoryMaterials",
    "MemoryObjects",
    "MemoryOffers",
    "MemoryQueue",
    "MemoryTrade",
]
