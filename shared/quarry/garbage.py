"""No garbage is collected while an environment is made: a handler's file imports this before all else of ours.

What modules and routes are made of is no garbage, but each full collection walks through all of it, 60 ms of CPU and
several times an INIT. Once made it is left out of all later collections, in answers too, and its memory is shared by
copies of the environment.
"""

import gc

# Objects made, and not freed, before garbage is looked for: a list's rows are made by the ten thousand.
_COLLECT_AFTER = 10_000

gc.disable()


def keep() -> None:
    """What is there stays for good; from here on garbage is collected."""
    gc.freeze()
    gc.set_threshold(_COLLECT_AFTER)
    gc.enable()
