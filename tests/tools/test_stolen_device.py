"""Who has one device's flash and keys is that device until it is retired, and never another."""

import base64
from collections.abc import Iterator

import pytest

import emulated
from linli_firmware.store import MemoryStore
from linli_protocol import codes, keys, messages, packet
from linli_protocol.bearer import Bearer
from linli_protocol.crypto import Aead
from linli_protocol.device_association import DeviceAssociation
from linli_protocol.link import Link
from linli_tools.attack.ends import COMMUNITY_KEY
from linli_tools.attack.site import DOOR, METER, MTU, WAY, Site

ROOT = keys.root_key(COMMUNITY_KEY, DOOR)
DERIVED = (keys.join_key, keys.pin_key, keys.console_key)
HELLO = {"device_kind": codes.DOOR, "firmware": 1, "boots": 9, "reset_cause": 1}


class Thief:
    """The thief's own link as `device`, under the stolen root key, with values of its store."""

    def __init__(self, site: Site, device: int, values: dict[str, bytes] | None = None) -> None:
        self.site = site
        store = MemoryStore()
        for key, value in (values or {}).items():
            store.put(key, value)
        # It goes on far ahead of whatever the device has used.
        store.put("join", (1000).to_bytes(4, "big"))
        association = DeviceAssociation(
            ROOT, device, codes.DOOR, store, bytes, lambda *_: None, {"join_spread_ms": 0}
        )
        self.link = Link(association, [Bearer(WAY, MTU)], store, bytes)
        self.link.start(site.now)
        self.device = device

    def talk(self, seconds: int = 60) -> None:
        """Talk with the hub, in the place of the device, which hears nothing."""
        self.site.devices.pop(self.device, None)
        for _ in range(seconds):
            moving = True
            while moving:
                moving = False
                for _, data in self.link.poll(self.site.now):
                    moving = True
                    self.site.hub.receive(WAY, data, self.site.now)
                for device, _, data in self.site.hub.poll(self.site.now):
                    moving = True
                    if device == self.device:
                        self.link.receive(0, data, self.site.now)
            self.site.now += 1000

    @property
    def has_joined(self) -> bool:
        return self.link.association.current is not None


def refused(site: Site, device: int) -> int:
    return site.hub.peers[device].association.refused.total()


def test_a_stolen_key_joins_as_no_other_device() -> None:
    site = Site(1, COMMUNITY_KEY)
    before = refused(site, METER)
    session = site.hub.peers[METER].association.current
    thief = Thief(site, METER)
    thief.talk()
    assert not thief.has_joined
    assert refused(site, METER) > before
    assert site.hub.peers[METER].association.current is session


def test_a_stolen_key_opens_and_forges_nothing_of_another_device() -> None:
    site = Site(1, COMMUNITY_KEY)
    site.live(5)
    stolen = [ROOT, *(derive(ROOT) for derive in DERIVED), keys.root_key(ROOT, METER)]
    session = site.devices[DOOR].link.association.current
    assert session is not None
    record = session.record
    stolen += keys.session_keys(ROOT, record[3:11], record[11:], session.epoch)
    other = site.devices[METER].link.association.current
    assert other is not None
    # As if the thief had heard the other's join in clear.
    record = other.record
    stolen += keys.session_keys(ROOT, record[3:11], record[11:], other.epoch)
    heard = [each for each in site.heard if each.device == METER]
    assert len(heard) > 20
    for each in heard:
        head = packet.parse_header(each.data)
        assert head is not None
        for epoch in range(2):
            nonce = keys.nonce_prefix(each.is_down, METER, epoch)
            nonce += head.counter_low.to_bytes(4, "big")
            for key in stolen:
                aead = Aead(key)
                assert aead.open(nonce, each.data, packet.HEADER_LENGTH, head.tag_length) is None
    before, told = refused(site, METER), len(site.told)
    body = messages.encode(messages.EVENT, {"sequence": 1, "time": 0, "code": codes.LEAK})
    counters = range(100, 110)
    for counter in counters:
        header = packet.pack_header(messages.EVENT, packet.RELIABLE, METER, other.epoch, counter)
        nonce = keys.nonce_prefix(False, METER, other.epoch) + counter.to_bytes(4, "big")
        for key in stolen:
            data = Aead(key).seal(nonce, header, b"\x40\x09" + body, packet.SHORT_TAG)
            site.hub.receive(WAY, data, site.now)
    assert refused(site, METER) == before + len(counters) * len(stolen)
    assert len(site.told) == told


def test_a_thief_is_the_stolen_device_until_it_is_retired() -> None:
    site = Site(1, COMMUNITY_KEY)
    store = site.devices[DOOR]._store
    thief = Thief(site, DOOR, dict(store._values))
    thief.link.send(messages.HELLO, HELLO, site.now)
    thief.talk()
    # That is what a stolen key is worth: the hub cannot know.
    assert site.of(DOOR, messages.HELLO)[-1]["boots"] == 9
    site.hub.retire(DOOR)
    told, unknown = len(site.told), site.hub.unknown_devices
    thief.link.rejoin(site.now)
    thief.link.send(messages.HELLO, HELLO, site.now)
    thief.talk()
    assert len(site.told) == told
    assert site.hub.unknown_devices > unknown


def test_a_new_generation_shuts_the_thief_out_and_lets_the_new_device_in() -> None:
    site = Site(1, COMMUNITY_KEY)
    thief = Thief(site, DOOR)
    thief.talk()
    assert thief.has_joined
    site.hub.retire(DOOR)
    site.hub.enrol(DOOR, [Bearer(WAY, MTU)], 1)
    told = len(site.told)
    thief.link.rejoin(site.now)
    thief.link.send(messages.HELLO, HELLO, site.now)
    thief.talk()
    assert len(site.told) == told
    assert refused(site, DOOR)
    site._add(DOOR, codes.DOOR, keys.root_key(COMMUNITY_KEY, DOOR, 1))
    site.run(60)
    assert len(site.of(DOOR, messages.HELLO)) == 2


def encodings(key: bytes) -> Iterator[bytes]:
    """Yield how a key might stand in memory or files."""
    words = [key[at : at + 4] for at in range(0, 16, 4)]
    swapped = b"".join(word[::-1] for word in words)
    for form in (key, key[::-1], swapped, bytes(byte ^ 0xFF for byte in key)):
        yield form
        yield form.hex().encode()
        yield form.hex().upper().encode()
        yield ", ".join(map(str, form)).encode()
        for lead in range(3):
            # The digits that do not depend on what stands before and behind.
            text = base64.b64encode(bytes(lead) + form + bytes(2))
            yield text[(4 * lead + 2) // 3 : (8 * (lead + 16)) // 6]
    # Half a key, as a careless move leaves it behind.
    yield key[:8]
    yield key[8:]


def found(memory: bytes, key: bytes) -> bool:
    return any(form in memory for form in encodings(key))


@pytest.mark.parametrize("form", range(len(list(encodings(bytes(range(50, 66)))))))
def test_the_search_finds_a_key_however_it_is_written(form: int) -> None:
    key = bytes(range(50, 66))
    assert found(b"\xff" * 999 + list(encodings(key))[form] + b"\x00" * 99, key)
    assert not found(b"\xff" * 999 + b"\x00" * 99, key)


def test_a_stolen_board_holds_no_key_but_its_own() -> None:
    # A community key of which nothing stands in firmware by chance, as the test key 00 01 … does.
    community = keys.root_key(emulated.COMMUNITY_KEY, 0xFFFFFFFF)
    root = keys.root_key(community, emulated.ADDRESS)
    content = emulated.files("door", production=True) | emulated.configuration("door")
    board = emulated.board(content, emulated.identity_of(emulated.ADDRESS, root))
    hub = emulated.DeviceHub(community, emulated.ADDRESS)
    try:
        line = emulated.SocketLine(board.power_on())
        assert hub.serve(line, lambda: hub.of(messages.HELLO))
        number = hub.command(codes.REPORT_HEALTH)
        assert hub.serve(line, lambda: [r for r in hub.of(messages.RESULT) if r["id"] == number])
        board.power_off()
        memory = board.flash + board.nvs
    finally:
        board.close()
    assert len(memory) > 1_000_000
    assert found(memory, root), "the search sees what there must be"
    strangers = [keys.root_key(community, emulated.ADDRESS + step) for step in (-2, -1, 1, 2)]
    strangers += [keys.root_key(community, emulated.ADDRESS, each) for each in (1, 2)]
    for key in (community, *strangers, *(derive(s) for s in strangers for derive in DERIVED)):
        assert not found(memory, key)
