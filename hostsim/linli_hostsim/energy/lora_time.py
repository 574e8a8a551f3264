"""How long a class A device sends, listens and stays awake for its packets over LoRa."""

from dataclasses import dataclass

from ..clockwork import US_PER_S
from ..lora.airtime import PREAMBLE_SYMBOLS, symbol_us
from ..lora.lorawan import RECEIVE_DELAY_US, frame_us

# Packets of a join and of the greeting after it, rounded up from what the protocol makes.
_JOIN_BYTES = 36, 48
_HELLO_BYTES = 32, 20


@dataclass(frozen=True, slots=True)
class LoraTime:
    """Seconds of sending, of listening, and of the processor awake meanwhile and in between."""

    transmit_s: float
    receive_s: float
    awake_s: float

    def __add__(self, other: "LoraTime") -> "LoraTime":
        return LoraTime(
            self.transmit_s + other.transmit_s,
            self.receive_s + other.receive_s,
            self.awake_s + other.awake_s,
        )

    def __mul__(self, times: float) -> "LoraTime":
        return LoraTime(self.transmit_s * times, self.receive_s * times, self.awake_s * times)


def exchange(up_bytes: int, down_bytes: int | None, spreading_factor: int) -> LoraTime:
    """Return the time for a packet and the answer in its first window; None: no answer comes."""
    transmit_us = frame_us(up_bytes, spreading_factor)
    receive_us = PREAMBLE_SYMBOLS * symbol_us(spreading_factor)
    if down_bytes is not None:
        receive_us = frame_us(down_bytes, spreading_factor)
    awake_us = transmit_us + RECEIVE_DELAY_US + receive_us
    return LoraTime(transmit_us / US_PER_S, receive_us / US_PER_S, awake_us / US_PER_S)


def join(spreading_factor: int) -> LoraTime:
    """Return the time for a join and the greeting after it."""
    return exchange(*_JOIN_BYTES, spreading_factor) + exchange(*_HELLO_BYTES, spreading_factor)
