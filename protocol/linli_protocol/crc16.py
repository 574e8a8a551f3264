"""CRC-16/IBM-SDLC, the checksum that ends every frame.

The catalogue of parametrised CRC algorithms (CRC RevEng) lists it under this name and the alias
CRC-16/X-25; it is the frame check sequence of HDLC (ISO/IEC 13239) and of PPP (RFC 1662,
appendix C): width 16, polynomial 0x1021, initial value 0xFFFF, input and output reflected, final
XOR 0xFFFF. The check value of b"123456789" is 0x906E.

Chosen because it finds every one, two and three flipped bits in frames of up to 4 kB, every burst
of up to 16 bits, and, through its non-zero initial value and final XOR, zero bytes lost or added at
either end; and because it needs no table.
"""


def crc16(data: bytes, crc: int = 0) -> int:
    """Return the checksum of `data`, 0..0xFFFF.

    `crc` is the checksum of what came before, so crc16(b, crc16(a)) == crc16(a + b).
    """
    crc ^= 0xFFFF
    for byte in data:
        # Eight steps of the reflected division at once: the polynomial's terms x^12 and x^5 lie so
        # far apart that the quotient's eight bits are the low byte plus itself four bits higher.
        quotient = (crc ^ byte) & 0xFF
        quotient = (quotient ^ quotient << 4) & 0xFF
        crc = crc >> 8 ^ quotient << 8 ^ quotient << 3 ^ quotient >> 4
    return crc ^ 0xFFFF
