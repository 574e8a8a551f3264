"""What one frame does to another on the same channel: isolation between spreading factors.

Each matrix is applied by the rule of the programme it comes from, because its figures were chosen
for that rule:

* ``none``: LoRaSim's, pair by pair. Of two frames of one spreading factor the weaker is lost, and
  the stronger too unless it leads by 6 dB; other spreading factors do nothing. A frame that begins
  in the last three symbols' time of another meets it with preamble symbols that it can spare, and
  neither is lost.
* ``croce``: FLoRa's, pair by pair: a frame is lost to any single one that it does not lead by the
  matrix's figure. The first two symbols of its preamble can be spared; an older frame gains nothing
  from that.
* ``goursaud``: ns-3 lorawan's, added up: for each spreading factor the energies of all its frames,
  each over the time it overlaps, are summed and compared with the frame's own energy. So a short
  overlap does little, and three frames do what one cannot. Different spreading factors are not
  added to each other. No symbols can be spared.
"""

import math
from dataclasses import dataclass

from .airtime import SPREADING_FACTORS

CAPTURE_DB = 6.0
"""A frame survives a weaker one of its channel and spreading factor by this lead (Bor 2016)."""

Matrix = tuple[tuple[float, ...], ...]
"""Six rows, the wanted frame's spreading factor from 7 to 12, of six columns, the other frame's.

What the wanted frame's level, less the other's, has to be at least, in dB; minus infinity where
the other does nothing.
"""

# signetlabdei/lorawan, model/lora-interference-helper.cc, after Goursaud and Gorce, "Dedicated
# networks for IoT: PHY/MAC state of the art and challenges", EAI Endorsed Transactions on Internet
# of Things, 2015.
GOURSAUD_DB: Matrix = (
    (6.0, -16.0, -18.0, -19.0, -19.0, -20.0),
    (-24.0, 6.0, -20.0, -22.0, -22.0, -22.0),
    (-27.0, -27.0, 6.0, -23.0, -25.0, -25.0),
    (-30.0, -30.0, -30.0, 6.0, -26.0, -28.0),
    (-33.0, -33.0, -33.0, -33.0, 6.0, -29.0),
    (-36.0, -36.0, -36.0, -36.0, -36.0, 6.0),
)

# florasim/flora, src/LoRaPhy/LoRaReceiver.h, after Croce, Gucciardo, Mangione, Santaromita and
# Tinnirello, "Impact of LoRa imperfect orthogonality", IEEE Communications Letters 22(4), 2018.
CROCE_DB: Matrix = (
    (1.0, -8.0, -9.0, -9.0, -9.0, -9.0),
    (-11.0, 1.0, -11.0, -12.0, -13.0, -13.0),
    (-15.0, -13.0, 1.0, -13.0, -14.0, -15.0),
    (-19.0, -18.0, -17.0, 1.0, -17.0, -18.0),
    (-22.0, -22.0, -21.0, -20.0, 1.0, -20.0),
    (-25.0, -25.0, -25.0, -24.0, -23.0, 1.0),
)


@dataclass(frozen=True, slots=True)
class Interference:
    """A matrix and its rule.

    `adds_up`: energies are summed, else frames are compared in pairs. `spare_symbols` of a frame's
    preamble may be covered by one that ends with them; with `spares_tail` that one is not harmed
    either.
    """

    isolation_db: Matrix
    adds_up: bool = False
    spare_symbols: int = 0
    spares_tail: bool = False


def orthogonal(capture_db: float = CAPTURE_DB, spare_symbols: int = 3) -> Interference:
    """Return LoRaSim's rule: only frames of one spreading factor disturb each other.

    With a `capture_db` of infinity both are always lost, as in pure ALOHA. Three symbols: of eight
    a receiver needs the last five (Bor et al. 2016, section 4.2).
    """
    matrix = tuple(
        tuple(capture_db if wanted == other else -math.inf for other in SPREADING_FACTORS)
        for wanted in SPREADING_FACTORS
    )
    return Interference(matrix, spare_symbols=spare_symbols, spares_tail=True)


NONE = orthogonal()
GOURSAUD = Interference(GOURSAUD_DB, adds_up=True)
CROCE = Interference(CROCE_DB, spare_symbols=2)

BY_NAME = {"none": NONE, "goursaud": GOURSAUD, "croce": CROCE}
"""By the name that a scenario gives it."""
