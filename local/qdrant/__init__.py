"""Qdrant for the laptop: the real engine (qdrant-edge) behind the part of Qdrant's REST API that we use.

What it does not know it refuses with a 4xx that names it; it never guesses.
"""
