"""Deep sleep: the start after it goes on with the session, without a join, a greeting or a loss."""

from installed import UNIX_S, Site
from linli_firmware.actions import Send
from linli_firmware.storage.flash_store import FlashStore
from linli_firmware.storage.ram_files import RamFiles
from linli_protocol import codes, messages
from nonces import watched
from support import Random


def button():
    """Return a site of a panic button that has joined, and whose greeting has arrived."""
    site = Site(codes.PANIC)
    site.run(30)
    return site


def sleep(site, seconds):
    """Sleep deeply and start again; the hub goes on meanwhile."""
    site.device.suspend(site.now)
    site.now += seconds * 1000
    site.power_on(codes.DEEP_SLEEP, UNIX_S + site.now // 1000)


def health(site):
    """Send a HEALTH and let it arrive."""
    site.device.send(Send(messages.HEALTH, {"time": 1, "uptime_s": 1}), site.now)
    site.run(10)


def test_after_deep_sleep_the_next_packet_is_taken_without_a_join():
    site = button()
    session = site.hub.association.current
    for day in range(20):
        sleep(site, 86400)
        site.kinds_sent.clear()
        site.received.clear()
        health(site)
        assert site.kinds_sent.count(messages.HEALTH) == 1, day
        assert messages.JOIN_REQUEST not in site.kinds_sent
        assert messages.HELLO not in site.kinds_sent
        assert [fields["time"] for fields in site.heard(messages.HEALTH)] == [1]
    assert site.hub.association.current is session
    assert site.hub.association.refused.total() == 0


def test_no_downlink_is_lost_or_taken_twice_over_deep_sleep():
    site = button()
    heard = []
    for _ in range(40):
        sleep(site, 3600)
        site.device.receive = eavesdropped(site.device.receive, heard)
        health(site)
        assert site.device._association.refused.total() == 0
    assert len(heard) >= 40
    sleep(site, 3600)
    for packet in heard[-8:]:
        site.device.receive(0, packet, site.now)
    assert site.device._association.refused.total() == 8


def eavesdropped(receive, heard):
    """Return `receive` with every packet noted in `heard`."""

    def noting(bearer, packet, now):
        heard.append(packet)
        receive(bearer, packet, now)

    return noting


def test_a_deep_sleep_that_was_not_prepared_for_ends_in_a_join():
    site = button()
    site.now += 86_400_000
    site.power_on(codes.DEEP_SLEEP, UNIX_S + site.now // 1000)
    site.run(30)
    assert site.hub.association.current.epoch == 1
    assert len(site.heard(messages.HELLO)) == 2


def test_what_is_kept_for_deep_sleep_serves_no_other_start_and_only_one():
    for cause, unix_s in ((codes.WATCHDOG, UNIX_S), (codes.DEEP_SLEEP, None)):
        site = button()
        site.device.suspend(site.now)
        site.power_on(cause, unix_s)
        site.run(30)
        assert site.hub.association.current.epoch == 1
    site = button()
    sleep(site, 60)
    site.power_on(codes.DEEP_SLEEP, UNIX_S + 60)
    site.run(30)
    assert site.hub.association.current.epoch == 1


def test_without_retained_memory_a_deep_sleep_ends_in_a_join():
    site = button()
    site.device.suspend(site.now)
    site.store.lose_retained()
    site.power_on(codes.DEEP_SLEEP, UNIX_S + site.now // 1000)
    site.run(30)
    assert site.hub.association.current.epoch == 1


def test_a_sleep_that_does_not_come_about_is_forgotten():
    site = button()
    site.device.suspend(site.now)
    health(site)
    site.power_on(codes.DEEP_SLEEP, UNIX_S + site.now // 1000)
    site.run(30)
    assert site.hub.association.current.epoch == 1


def test_a_join_that_is_wanted_comes_after_the_sleep():
    site = button()
    site.line_up = False
    site.device.link.rejoin(site.now)
    site.run(5)
    sleep(site, 3600)
    site.line_up = True
    site.run(30)
    assert site.hub.association.current.epoch == 1


def test_sleeping_does_not_put_the_scheduled_rekeying_off():
    site = button()
    days = 0
    while site.hub.association.current.epoch == 0:
        sleep(site, 86400)
        health(site)
        days += 1
        assert days < 40
    assert days == 30


def sleepy_life(seed):
    """Live through restarts of every kind, prepared or not, at any moment."""
    random = Random(seed)
    site = button()
    for _ in range(60):
        for _ in range(random.below(4)):
            health(site)
        kind = random.below(8)
        if kind == 0:
            site.power_on(codes.POWER_ON)
        elif kind == 1:
            site.device.suspend(site.now)
            site.power_on(codes.WATCHDOG, UNIX_S + site.now // 1000)
        elif kind == 2:
            site.device.suspend(site.now)
            health(site)
            site.power_on(codes.DEEP_SLEEP, UNIX_S + site.now // 1000)
        elif kind == 3:
            site.power_on(codes.DEEP_SLEEP, UNIX_S + site.now // 1000)
        else:
            sleep(site, 600)
        if kind < 4:
            site.run(60 * random.below(2))


def test_no_row_of_sleeps_and_resets_repeats_a_nonce():
    sealed = 0
    for seed in range(1, 6):
        sealed += watched(sleepy_life, seed)
    assert sealed > 600


def test_a_wake_costs_one_write_for_the_message_numbers_and_none_for_the_session():
    site = button()
    sleep(site, 3600)
    health(site)
    writes = []
    put = site.store.put
    site.store.put = lambda key, value: writes.append(key) or put(key, value)
    sleep(site, 3600)
    health(site)
    assert writes == ["link3"]


def test_a_meter_and_its_sleep_fit_retained_memory():
    memory = Memory()
    site = Site(codes.METER)
    site.store = FlashStore(RamFiles(), memory)
    site.power_on()
    site.run(30)
    site.app.count_pulses(1, site.now)
    site.device.suspend(site.now)
    assert 40 < len(memory.data) <= 64
    site.store = FlashStore(site.store._files, memory)
    site.power_on(codes.DEEP_SLEEP, UNIX_S + 60)
    assert site.app.forward_ml == 1000
    epoch = site.hub.association.current.epoch
    site.run(60)
    assert site.hub.association.current.epoch == epoch


class Memory:
    """Retained memory."""

    def __init__(self):
        self.data = b""

    def read(self):
        return self.data

    def write(self, data):
        self.data = bytes(data)
