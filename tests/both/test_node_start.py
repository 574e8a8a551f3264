"""What a node makes of a bad flash, configuration or clock, and when it starts anew by itself."""

import struct
import sys

from bedside import BUTTON, RADIO, Bedside
from desk import ADDRESS, CONFIG, HOUR_MS, PINS, ROOT, UNIX_S, Desk
from linli_firmware.node import launch, safe_mode, upkeep
from linli_firmware.node.folders import SLOTS
from linli_firmware.storage.flash_store import FlashStore
from linli_firmware.storage.ram_files import RamFiles
from linli_firmware.update.record import NONE
from linli_protocol import codes, messages
from people import EXIT, STRIKE, press_exit
from support import raises

BUILT = 1_790_000_000
# Its pins can be read, but it does not work.
WRONG = dict(EXIT, settings={"release_s": 1})


def part(desk, name):
    """Return a part of the desk's node."""
    (found,) = [each for each in desk.node.parts if each.name == name]
    return found


class Broken(RamFiles):
    """A flash that takes nothing any more."""

    def append(self, name, data):
        raise OSError(5)

    replace = append


class Unreadable(RamFiles):
    """A flash that cannot even be read."""

    def names(self):
        raise OSError(5)


# A flash that is no good.


def test_a_door_whose_flash_is_broken_lets_people_out_and_says_so():
    for files in (Broken, Unreadable):
        desk = Desk(EXIT)
        desk.files = files()
        desk.power_on()
        desk.idle(15_000)
        assert desk.starter.is_safe and not desk.node.reason_to_end
        (told,) = desk.heard(messages.EVENT)
        assert (told["code"], told["detail"]) == (codes.SAFE_MODE, launch.FLASH_FAILED)
        assert press_exit(desk)
        assert desk.events() == [codes.SAFE_MODE, codes.EXIT_REQUESTED]
        desk.command(codes.RELEASE_DOOR)
        desk.run(1_000)
        assert desk.pins[STRIKE].level == 1
        assert desk.node.supervisor.failures == {}


def test_a_flash_that_works_again_after_a_restart_is_used_again():
    desk = Desk(EXIT)
    good, desk.files = desk.files, Broken()
    desk.power_on()
    part(desk, "safe").poll(2 * HOUR_MS)
    assert desk.node.reason_to_end
    desk.files = good
    desk.power_on()
    desk.run(3_000)
    assert not desk.starter.is_safe and desk.node.core.device.app.list_version == 0


def test_no_join_number_is_used_that_might_be_used_again():
    desk = Desk(EXIT)
    desk.files = Broken()
    desk.mark = 5 * launch.JOINS
    desk.power_on()
    assert desk.mark == 6 * launch.JOINS

    def fails(number):
        raise OSError(5)

    desk.set_join_mark = fails
    desk.power_on()
    desk.line.from_board = bytearray()
    desk.delivered = []
    desk.run(60_000)
    assert not desk.line.from_board and not desk.delivered
    assert press_exit(desk)


def test_where_there_is_no_bearer_people_get_out_all_the_same():
    desk = Desk(dict(WRONG, bearers=[{"kind": "uart"}]), {"bearers": []})
    desk.power_on()
    desk.run(1_000)
    assert desk.shown[-1] == "no bearer for safe mode"
    assert press_exit(desk)


# Safe mode.


def test_a_door_in_safe_mode_lets_people_out_and_reads_no_card():
    desk = Desk(WRONG)
    desk.power_on()
    desk.idle(15_000)
    assert desk.starter.is_safe
    assert press_exit(desk)
    assert desk.events() == [codes.CONFIG_REFUSED, codes.SAFE_MODE, codes.EXIT_REQUESTED]
    assert len(desk.node.wiring.drivers) == 2


def test_a_lock_without_an_exit_button_is_still_the_hub_s_to_release():
    pins = dict(PINS, strike={"number": STRIKE, "fail_safe": True})
    desk = Desk(dict(CONFIG, pins=pins, settings={"release_s": 1}))
    desk.power_on()
    desk.idle(15_000)
    assert desk.starter.is_safe and desk.pins[STRIKE].level == 1
    desk.command(codes.RELEASE_DOOR)
    desk.run(1_000)
    assert desk.pins[STRIKE].level == 0


def test_what_waits_in_the_log_is_not_overwritten_in_safe_mode():
    desk = Desk(EXIT)
    desk.power_on()
    record = struct.pack(">IIIHBB", UNIX_S, 0, 0, 0, codes.GRANTED, 0)
    for _ in range(3_000):
        desk.store.append("events", record)
        while desk.store.tidy():
            pass
    desk.configure(WRONG)
    for _ in range(3):
        desk.power_on()
        desk.run(100)
    assert desk.starter.is_safe
    assert desk.store.first("events") == 0


def test_safe_mode_ends_and_lasts_longer_each_time():
    desk = Desk(b"{")
    for hours in (1, 2, 4, 8, 16, 24, 24):
        desk.power_on()
        safe = part(desk, "safe")
        end_at = hours * HOUR_MS + safe_mode.PARTING_MS
        assert min(safe.next_wake(0), end_at) == HOUR_MS
        safe.poll(end_at - 1)
        assert not desk.node.reason_to_end
        safe.poll(end_at)
        assert desk.node.reason_to_end
    # Power that was off, or a configuration that works, begins anew.
    desk.configure(CONFIG)
    desk.power_on()
    assert not desk.starter.is_safe
    desk.configs.remove("config.good.json")
    desk.configure(b"{")
    desk.power_on()
    part(desk, "safe").poll(HOUR_MS + safe_mode.PARTING_MS)
    assert desk.node.reason_to_end


def test_safe_mode_does_not_end_while_somebody_goes_out():
    desk = Desk(WRONG)
    desk.power_on()
    desk.run(3_000)
    desk.pins[5].move(1)
    desk.run(4_000)
    safe = part(desk, "safe")
    safe.poll(2 * HOUR_MS)
    assert desk.pins[STRIKE].level == 1 and not desk.node.reason_to_end
    desk.run(10_000)
    safe.poll(2 * HOUR_MS)
    assert desk.node.reason_to_end


def test_a_battery_device_sleeps_in_safe_mode_and_wakes_to_tell_of_it():
    unreadable = {"pins": {}, "bearers": [RADIO], "power": {}}
    for config in (unreadable, None):
        bed = Bedside("panic", BUTTON)
        bed.image["bearers"] = [RADIO]
        if config is None:
            bed.configs.remove("config.json")
        else:
            bed.configure(config)
        bed.power_on()
        bed.run(HOUR_MS - 60_000)
        assert bed.starter.is_safe and bed.starts == 1
        assert bed.share_awake() < 0.01
        assert codes.SAFE_MODE in bed.events()
        bed.run(120_000)
        assert bed.starts == 2
        assert [each["uptime_s"] for each in bed.heard(messages.HEALTH)] == [3_600]


# An image on trial.


def start_on_trial(desk):
    """Start the desk's node as that of an image on trial in the first slot."""
    desk.record.begin_trial(0, 0x000101, 7)
    desk.is_on_trial = True
    sys.path.append(SLOTS[0])
    try:
        desk.power_on()
    finally:
        sys.path.remove(SLOTS[0])


def test_an_image_on_trial_is_confirmed_once_it_has_run_well_and_heard_the_hub():
    desk = Desk()
    start_on_trial(desk)
    desk.idle(upkeep.PROVEN_MS - 5_000)
    assert desk.record.active == NONE
    desk.idle(10_000)
    assert (desk.record.active, desk.record.trial) == (0, NONE)
    assert codes.UPDATE_INSTALLED in desk.events()


def test_an_image_on_trial_that_never_hears_the_hub_starts_over_after_a_day():
    desk = Desk()
    desk.line.broken = True
    start_on_trial(desk)
    desk.idle(2 * upkeep.PROVEN_MS)
    part(desk, "upkeep").poll(upkeep.DEAF_MS - 1)
    assert not desk.node.reason_to_end
    part(desk, "upkeep").poll(upkeep.DEAF_MS)
    assert desk.node.reason_to_end
    assert (desk.record.active, desk.record.trial) == (NONE, 0)


def test_an_image_on_trial_that_knows_safe_mode_only_does_not_start():
    desk = Desk(WRONG)
    error = raises(ValueError, start_on_trial, desk)
    assert "safe mode only" in str(error)
    assert (desk.record.active, desk.record.trial) == (NONE, 0)


def test_an_image_on_trial_is_not_confirmed_on_a_flash_that_is_broken():
    desk = Desk(EXIT)
    desk.files = Broken()
    start_on_trial(desk)
    desk.idle(2 * upkeep.PROVEN_MS)
    # It runs well and has heard the hub.
    assert desk.events() == [codes.SAFE_MODE]
    assert (desk.record.active, desk.record.trial) == (NONE, 0)
    part(desk, "safe").poll(2 * HOUR_MS)
    assert desk.node.reason_to_end


# A hub that is not heard.


def test_a_device_that_has_not_heard_the_hub_for_a_day_starts_anew_when_it_is_quiet():
    desk = Desk(EXIT)
    desk.power_on()
    desk.run(3_000)
    keeper = part(desk, "upkeep")
    deaf_at = desk.node.transports[0].bearer.heard_at + upkeep.DEAF_MS
    keeper.poll(deaf_at - 1)
    assert not desk.node.reason_to_end
    desk.node.inbox.busy_at = deaf_at - 1
    keeper.poll(deaf_at)
    assert not desk.node.reason_to_end
    # Nor is a door locked by it.
    desk.command(codes.EMERGENCY_RELEASE)
    desk.run(1_000)
    keeper.poll(deaf_at + HOUR_MS)
    assert not desk.node.reason_to_end
    desk.command(codes.EMERGENCY_END, number=2)
    desk.run(1_000)
    keeper.poll(deaf_at + HOUR_MS)
    assert desk.node.reason_to_end == "deaf"


def test_a_device_starts_anew_only_when_its_app_has_finished():
    desk = Desk(EXIT)
    desk.power_on()
    desk.run(3_000)
    deaf_at = desk.node.transports[0].bearer.heard_at + upkeep.DEAF_MS
    app = desk.node.core.device.app
    app.next_deadline = lambda: deaf_at + 500
    part(desk, "upkeep").poll(deaf_at)
    assert not desk.node.reason_to_end
    # A moment after it was due, it may be about to happen.
    part(desk, "upkeep").poll(deaf_at + 1_000)
    assert not desk.node.reason_to_end
    app.next_deadline = lambda: deaf_at + HOUR_MS
    part(desk, "upkeep").poll(deaf_at + 2_000)
    assert desk.node.reason_to_end == "deaf"


def test_a_radio_that_never_hears_anything_is_started_anew_with_the_board():
    desk = Desk()
    desk.hub_is_off = True
    desk.power_on()
    desk.run(3_000)
    keeper = part(desk, "upkeep")
    keeper.poll(upkeep.DEAF_MS - 1)
    assert not desk.node.reason_to_end
    keeper.poll(upkeep.DEAF_MS)
    assert desk.node.reason_to_end == "deaf"


# The time that certificates are checked against.


def logged(*times):
    """Return a store with an event of each time."""
    store = FlashStore(RamFiles())
    for unix_s in times:
        store.append("events", struct.pack(">IIIHBB", unix_s, 0, 0, 0, codes.GRANTED, 0))
    return store


def floor(store, rtc=None):
    """Return the time that is set as the earliest, None when none is."""
    desk = Desk()
    desk.rtc = rtc
    desk.floor = None
    launch.set_floor(desk, BUILT, store)
    return desk.floor


def test_no_certificate_is_checked_against_a_time_before_the_newest_event_or_the_build():
    assert floor(logged()) == BUILT
    assert floor(logged(BUILT - 5)) == BUILT
    assert floor(logged(BUILT + 100, BUILT + 200, 0, 0)) == BUILT + 200
    # The clock was put back since.
    assert floor(logged(BUILT + 900, BUILT + 200)) == BUILT + 200


def test_only_the_last_hundred_events_are_looked_through():
    assert floor(logged(*[BUILT + 100] + 99 * [0])) == BUILT + 100
    assert floor(logged(*[BUILT + 100] + 100 * [0])) == BUILT


def test_an_event_from_far_in_the_future_was_dated_by_a_wrong_clock():
    wrong = BUILT + launch.BELIEVED_S
    assert floor(logged(BUILT + 100, wrong, 0xFFFFFFFF)) == BUILT + 100
    assert floor(logged(wrong)) == BUILT


def test_a_clock_that_is_right_is_left_alone():
    future = logged(BUILT + 1_000_000)
    assert floor(future, BUILT + 5) is None
    # One that says so, but has begun anew.
    assert floor(future, 946_684_800) == BUILT + 1_000_000


def test_the_board_starts_with_that_floor():
    desk = Desk()
    desk.power_on()
    desk.run(2_000)
    desk.node.report(codes.CONSOLE_REFUSED)
    at = desk.node.clock.unix(desk.now)
    desk.rtc = None
    desk.power_on()
    assert desk.floor == at
    assert desk.node.identity.device == ADDRESS and desk.node.identity.root == ROOT
