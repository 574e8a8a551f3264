"""Random streams: one generator for each device and purpose, derived from the scenario's seed."""

import hashlib
import random

import numpy as np


def stream(seed: int, *labels: str | int) -> random.Random:
    """Return the generator that belongs to `seed` and `labels`, such as ("meter", 12, "draws").

    Its seed is SHA-256 over the length-prefixed UTF-8 text of `seed` and each label. So it depends
    neither on PYTHONHASHSEED nor on what other streams exist or in which order they were made, and
    two runs that differ in one part of a scenario share the randomness of every other part (common
    random numbers: Law, Simulation Modeling and Analysis, section 11.2).
    """
    return random.Random(_number(seed, labels))


def generator(seed: int, *labels: str | int) -> np.random.Generator:
    """Return the generator of arrays that belongs to `seed` and `labels`; as `stream` otherwise."""
    return np.random.Generator(np.random.PCG64(np.random.SeedSequence(_number(seed, labels))))


def _number(seed: int, labels: tuple[str | int, ...]) -> int:
    digest = hashlib.sha256()
    for part in (seed, *labels):
        text = str(part).encode()
        digest.update(len(text).to_bytes(4, "big") + text)
    return int.from_bytes(digest.digest(), "big")
