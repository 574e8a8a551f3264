"""How long a device waits for an acknowledgement over LoRa before it sends again."""

from ..clockwork import US_PER_MS
from .lorawan import (
    MAX_PAYLOAD_BYTES,
    RECEIVE_DELAY_US,
    SECOND_RECEIVE_DELAY_US,
    frame_us,
)
from .region import Region


def ack_timeout_ms(
    spreading_factor: int,
    region: Region,
    second_window: bool = False,
    off_time: bool = False,
) -> int:
    """Return the wait after a device's first frame.

    That is the longest frame, the windows, the longest answer, and as much again for the queue
    before the radio; besides, the silence after a frame where that is kept.
    """
    longest_ms = -(-frame_us(MAX_PAYLOAD_BYTES, spreading_factor) // US_PER_MS)
    if not second_window:
        answered_ms = 2 * longest_ms + 2 * RECEIVE_DELAY_US // US_PER_MS
    else:
        answer_us = frame_us(MAX_PAYLOAD_BYTES, region.rx2_spreading_factor)
        if region.max_airtime_us is not None:
            answer_us = min(answer_us, region.max_airtime_us)
        answer_ms = max(longest_ms, answer_us // US_PER_MS)
        answered_ms = longest_ms + answer_ms + 2 * SECOND_RECEIVE_DELAY_US // US_PER_MS
    silent_ms = round(longest_ms / region.device_duty_cycle) if off_time else 0
    return 2 * answered_ms + silent_ms
