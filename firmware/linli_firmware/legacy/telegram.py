"""What telegrams of Chinese meters have in common: 68 … sum 16, packed decimals low byte first."""

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator


def closed(frame: bytes) -> bytes:
    """Return `frame`, from its 68 on, with its sum modulo 256 and the 16 that ends it."""
    return frame + bytes((sum(frame) & 0xFF, 0x16))


def frames(heard: bytes, length_at: int) -> "Iterator[bytes]":
    """Yield every whole frame within `heard`, without sum and end.

    Byte `length_at` of a frame is the number of bytes between itself and the sum.
    """
    start = heard.find(b"\x68")
    while start >= 0:
        data = start + length_at + 1
        if data <= len(heard):
            end = data + heard[data - 1]
            frame = heard[start:end]
            if heard[end : end + 2] == bytes((sum(frame) & 0xFF, 0x16)):
                yield frame
        start = heard.find(b"\x68", start + 1)


def number(data: "Iterable[int]") -> "int | None":
    """Return the decimal number in `data`; None where a digit is above 9."""
    value = 0
    place = 1
    for byte in data:
        if byte & 0x0F > 9 or byte > 0x99:
            return None
        value += ((byte >> 4) * 10 + (byte & 0x0F)) * place
        place *= 100
    return value


def address(text: str, length: int) -> bytes:
    """Return an address of `length` bytes, printed as `text`, as it is sent.

    ValueError: neither digits, two for each byte, nor as many A, which address the only meter on
    the line.
    """
    if len(text) == 2 * length and (text.isdigit() or text == "A" * len(text)):
        return bytes(reversed(bytes.fromhex(text)))
    raise ValueError("address: %d digits, not %s" % (2 * length, text))


def printed(data: bytes) -> str:
    """Return the printed form of an address as it is sent."""
    return "".join(["%02X" % byte for byte in reversed(data)])
