"""A local Qdrant server: the real engine (qdrant-edge) behind the part of Qdrant's REST API that we use.

A field or route that it does not support is refused with a 4xx that names it; nothing is ignored or guessed.
"""
