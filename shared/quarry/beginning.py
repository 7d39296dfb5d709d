"""What an INIT does before all else: a handler's file imports this first.

No garbage is collected while an environment is made. What modules and routes are made of is not garbage, but each full
collection walks through all of it, 60 ms of CPU and several times an INIT. Collecting begins when the environment is
ready, see :mod:`quarry.dependencies.environment`.

Texts that a start would compile, regular expressions and the methods of data classes, are in the layer as they are
compiled, see :mod:`quarry.precompiled`.
"""

import gc

from quarry import precompiled

gc.disable()
precompiled.use()
