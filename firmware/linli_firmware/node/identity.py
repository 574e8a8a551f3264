"""Who a device is: address, kind, version, and the key that nobody gets to see."""


class Identity:
    """Address `device`, kind `device_kind`, version `firmware`, and the 16-byte key `root`."""

    def __init__(self, device: int, device_kind: int, firmware: int, root: bytes) -> None:
        self.device = device
        self.device_kind = device_kind
        self.firmware = firmware
        self.root = root

    def fields(self) -> "dict[str, int]":
        """Return what a Device is told of itself."""
        return {
            "device": self.device,
            "device_kind": self.device_kind,
            "firmware": self.firmware,
        }

    def __repr__(self) -> str:
        return "<device %08x>" % self.device
