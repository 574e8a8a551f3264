"""The topics of a hub on a broker; docs/NORTHBOUND.md lists them."""

from typing import NamedTuple

ONLINE = "online"
OFFLINE = "offline"

_COMMAND = "command"


class Topics(NamedTuple):
    """The topics of the hub of `site`; a device is eight hexadecimal digits."""

    site: str

    @property
    def status(self) -> str:
        """Whether the hub is connected; its will."""
        return f"linli/{self.site}/status"

    @property
    def commands(self) -> str:
        """The filter for all devices' commands."""
        return self._device("+", _COMMAND)

    def row(self, kind: str, device: int) -> str:
        """Where rows of one kind about one device go; device 0 is the hub itself."""
        about = device_id(device) if device else "hub"
        return f"linli/{self.site}/log/{kind.replace(' ', '-')}/{about}"

    def state(self, device: int) -> str:
        """Where a device's newest state stands."""
        return self._device(device_id(device), "state")

    def availability(self, device: int) -> str:
        """Where it stands whether a device was heard in time."""
        return self._device(device_id(device), "availability")

    def commanded(self, topic: str) -> int | None:
        """Return for which device a command's topic is; None: it is no such topic."""
        name = topic.removeprefix(f"linli/{self.site}/device/").removesuffix(f"/{_COMMAND}")
        try:
            device = int(name, 16)
        except ValueError:
            return None
        return device if self._device(device_id(device), _COMMAND) == topic else None

    def _device(self, device: str, what: str) -> str:
        return f"linli/{self.site}/device/{device}/{what}"


def device_id(device: int) -> str:
    """Return a device's address as topics and payloads have it."""
    return f"{device:08x}"
