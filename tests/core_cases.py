"""The vectors as lines of text: what native/vectors.c reads on hosts and boards."""

import json
import zlib
from pathlib import Path

VECTORS = Path(__file__).parents[1] / "protocol/vectors"


def cases() -> str:
    """Return the cases of protocol/vectors."""
    lines = []

    def add(name: str, *fields: object) -> None:
        lines.append(" ".join([name, *(str(field) or "-" for field in fields)]))

    crypto = json.loads((VECTORS / "crypto.json").read_text())
    framing = json.loads((VECTORS / "framing.json").read_text())
    for vector in crypto["sm4"]:
        add("sm4", vector["key"], vector["block"], vector["encrypted"])
    for vector in crypto["sm3"]:
        add("sm3", vector["message"], vector["digest"])
    for vector in crypto["cmac"]:
        add("cmac", vector["key"], vector["message"], vector["cmac"])
    for vector in crypto["ccm"]:
        at, packet = 2 * vector["header_length"], vector["packet"]
        parts = packet[:at], vector["body"], packet[at:]
        add("ccm", vector["key"], vector["nonce"], *parts, vector["tag_length"])
    for vector in crypto["forged"]:
        numbers = vector["header_length"], vector["tag_length"]
        add("forged", vector["key"], vector["nonce"], vector["packet"], *numbers)
    for vector in framing["crc16"]:
        add("crc16", vector["data"], vector["crc"])
        add("crc32", vector["data"], zlib.crc32(bytes.fromhex(vector["data"])))
    for vector in framing["cobs"]:
        add("cobs", vector["data"], vector["encoded"])
    for vector in framing["cobs_malformed"]:
        add("cobs_malformed", vector["data"])
    return "\n".join(lines) + "\n"
