"""How a station joins an access point: it looks through the channels, then a few frames each way.

Sizes are those of captures of WPA2-Personal with DHCP, from MAC header to checksum, recalled; a few
bytes more or less change no answer.
"""

CHANNELS = 13
CHANNEL_US = 120_000
"""Spent on a channel by an active scan (ESP-IDF, esp_wifi: scan_time.active.max)."""
SCAN_US = CHANNELS * CHANNEL_US
NOTICED_US = 6_000_000
"""Without beacons for so long a station knows that its access point has gone (ESP-IDF,
esp_wifi_set_inactive_time: its default)."""
RATE_MBPS = 6
"""Of these frames: the lowest, which everybody hears."""

FRAMES = (
    (True, 34),  # authentication, open system
    (False, 34),
    (True, 110),  # association request
    (False, 110),  # association response
    (False, 135),  # four-way handshake
    (True, 157),
    (False, 191),
    (True, 135),
    (True, 390),  # DHCP: discover, offer, request, acknowledgement
    (False, 390),
    (True, 400),
    (False, 390),
)
"""Whether the station sends it, and bytes, in order."""
