"""A linked image in a real MicroPython tells how it is doing, over the line and at its console."""

import json

import emulated
from emulated import ADDRESS, LiveHub
from linli_protocol import codes, messages


def test_a_running_door_tells_of_its_health_to_hub_and_console() -> None:
    content = emulated.files("door") | emulated.configuration("door")
    board = emulated.board(content)
    try:
        hub = LiveHub()
        line = board.power_on()
        assert hub.serve(line, lambda: hub.of(messages.HELLO))
        hub.hub.command(ADDRESS, codes.REPORT_HEALTH, hub.now, 60)
        assert hub.serve(line, lambda: hub.of(messages.HEALTH))
        (health,) = hub.of(messages.HEALTH)
        assert 0 < health["heap_free"] < 192 * 1024
        assert "restarts" not in health and "damaged" not in health
        board.type(b"what?")
        assert hub.serve(line, lambda: board.printed.rstrip().endswith(b"}"))
        text = board.printed.decode().split("linli: {")[1].splitlines()[0]
        found = json.loads("{" + text)
        assert (found["device"], found["boots"]) == (f"{ADDRESS:08x}", 1)
        assert found["link"]["joined"] and found["failures"] == {}
        assert found["flash_free"] > 4096
        # It works on.
        hub.hub.command(ADDRESS, codes.RELEASE_DOOR, hub.now, 60)
        assert hub.serve(line, lambda: hub.of(messages.EVENT))
    finally:
        print(board.printed.decode(errors="replace"))
        board.close()
