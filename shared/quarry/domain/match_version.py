"""By which rules names are compared: of its own, since who reads lists needs the number and none of the rules."""

from typing import Final

# Raised when names get other facts, keys or weights: maintenance then works out the stored keys anew, and looks again
# whether what is in the catalogue may be one material; of each supplier's next list every row is compared again.
MATCH_VERSION: Final = 8
