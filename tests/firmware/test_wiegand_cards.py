"""Published 26-bit cards, sent pulse by pulse through the reader's driver and parser."""

import json

from linli_firmware.apps.wiegand import parse
from linli_firmware.drivers.wiegand import Wiegand
from pins import Bench, InPin
from shared_data import require


def test_published_cards_are_read():
    cards = json.loads(require("legacy/wiegand26_cards.json").read_text())
    bench = Bench()
    lines = (InPin(bench), InPin(bench))
    read = []

    def on_card(frame, bit_count, now):
        read.append(parse(frame, bit_count))

    bench.drivers.append(Wiegand(*lines, bench.ticks_ms, on_card, None))
    for card in cards:
        for number, bit in enumerate(card["bits26"]):
            bench.pulse(number * 2, lines[int(bit)], 0.05)
        bench.run(100)
    assert read == [(card["facility"], card["card"]) for card in cards]
