"""Random streams: one per purpose and block of customers, each reproducible by itself."""

from enum import IntEnum, auto

import numpy as np


class Purpose(IntEnum):
    """What a stream is drawn for: another draw for one purpose never moves another purpose."""

    CATALOGUE = auto()
    MARKETING = auto()
    POPULATION = auto()
    CARDS = auto()
    BEHAVIOUR = auto()
    ORDERS = auto()
    ORDER_FILES = auto()
    LINE_FILES = auto()
    REFUNDS = auto()
    CONSENTS = auto()
    SUPPRESSIONS = auto()
    INTERACTIONS = auto()
    FEEDBACK = auto()
    REFERRALS = auto()
    CONTRACTS = auto()
    CONTACTS = auto()


def stream(seed: int, purpose: Purpose, block: int = 0) -> np.random.Generator:
    """The generator of `purpose` for a block of customers (0 where it serves the whole company).

    PCG64, seeded by (seed, purpose, block): neither the number of blocks nor their order matters.
    """
    return np.random.Generator(
        np.random.PCG64(np.random.SeedSequence(seed, spawn_key=(int(purpose), block)))
    )
