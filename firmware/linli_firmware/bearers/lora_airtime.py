"""How long a LoRa frame is on the air (Semtech SX1276 datasheet, section 4.1.1.7)."""

PREAMBLE_SYMBOLS = 8

# Symbols at least this long need the low data rate optimisation.
LOW_RATE_SYMBOL_US = 16_000


def symbol_us(spreading_factor: int, bandwidth_hz: int = 125_000) -> int:
    """Return the duration of one symbol, 2^SF / BW."""
    return (1_000_000 << spreading_factor) // bandwidth_hz


def airtime_us(
    phy_bytes: int,
    spreading_factor: int,
    bandwidth_hz: int = 125_000,
    coding_rate: int = 1,
    preamble_symbols: int = PREAMBLE_SYMBOLS,
    implicit_header: bool = False,
    crc: bool = True,
    low_rate: "bool | None" = None,
) -> int:
    """Return the time on air, exact in whole microseconds.

    `phy_bytes` counts everything after the physical header; `coding_rate` 1 to 4 stands for 4/5 to
    4/8. `low_rate` None switches the low data rate optimisation on where the symbol asks for it.
    """
    symbol = symbol_us(spreading_factor, bandwidth_hz)
    if low_rate is None:
        low_rate = symbol >= LOW_RATE_SYMBOL_US
    bits = 8 * phy_bytes - 4 * spreading_factor + 28 + 16 * crc - 20 * implicit_header
    blocks = max(-(-bits // (4 * (spreading_factor - 2 * low_rate))), 0)
    symbols = preamble_symbols + 8 + blocks * (coding_rate + 4)
    # The preamble ends with 4.25 symbols of synchronisation; quarter symbols are whole µs.
    return (4 * symbols + 17) * symbol // 4
