"""The Wi-Fi station that TCP, UDP and MQTT share: kept joined for as long as one of them runs."""

from .backoff import Backoff

TYPE_CHECKING = False
if TYPE_CHECKING:
    from ..types import Config
    from .types import Board, Wlan

# Settings of every bearer that may go over Wi-Fi. Without "ssid" the board has a network as it is;
# without "key" it is an open one.
DEFAULTS = {"ssid": None, "key": None}

# Joining takes 2 to 5 s; after this long without success it is begun anew (our own figure).
JOIN_MS = 20_000

_stations: "list[Station]" = []


class Station:
    """Keeps `wlan` joined to the network `ssid` between the first `start` and the last `stop`.

    The esp32 port joins again by itself when it loses the access point; beginning anew here helps
    where that has given up or hangs.
    """

    def __init__(self, wlan: "Wlan", ssid: str, key: "str | None", backoff: Backoff) -> None:
        self.wlan = wlan
        self.network = (ssid, key)
        self._backoff = backoff
        self._users = 0
        self._join_at = 0

    def start(self) -> None:
        """Count one more user."""
        self._users += 1

    def stop(self) -> None:
        """Count one user less; without any the radio is off. OSError of the radio."""
        self._users -= 1
        if not self._users:
            self._join_at = 0
            self.wlan.active(False)

    def poll(self, now: int) -> bool:
        """Tell whether the network is there; join it when it is time. OSError of the radio."""
        if self.wlan.isconnected():
            self._backoff.reset()
            self._join_at = now
            return True
        if now >= self._join_at:
            rejoin = self._join_at > 0
            self._join_at = now + JOIN_MS + self._backoff.next()
            self.wlan.active(True)
            if rejoin:
                self.wlan.disconnect()
            self.wlan.connect(*self.network)
        return False

    def rssi_dbm(self) -> "int | None":
        """Return the strength of the access point's signal, None while not joined."""
        try:
            return self.wlan.status("rssi") if self.wlan.isconnected() else None
        except OSError:
            # It was lost in between.
            return None

    def next_deadline(self) -> int:
        """Return when joining is begun anew."""
        return self._join_at


def station(settings: "Config", board: "Board") -> "Station | None":
    """Return the Station of the board's radio, the same one for every bearer; None without "ssid".

    ValueError when two bearers name different networks.
    """
    if settings["ssid"] is None:
        return None
    wlan = board.wlan()
    network = (settings["ssid"], settings["key"])
    for each in _stations:
        if each.wlan is wlan:
            if each.network != network:
                raise ValueError("ssid, key: one network for all bearers")
            return each
    made = Station(wlan, settings["ssid"], settings["key"], Backoff(board.random))
    _stations.append(made)
    return made
