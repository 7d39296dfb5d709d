"""No garbage is collected while an environment is made: a handler's file imports this before all else of ours.

What modules and routes are made of is no garbage, but each full collection walks through all of it, 60 ms of CPU and
several times an INIT. Collecting begins when the environment is ready, see :mod:`quarry.dependencies.environment`.
"""

import gc

gc.disable()
