"""A flood of alarms: how many, when, and that each is answered."""

from faulty_community import HOUR_US, TINY, Observed, fault
from linli_hostsim.recorder import Stage

QUIET = TINY.replace("presses_per_user_month = 600.0", "presses_per_user_month = 0.0")
MANY = QUIET.replace("count = 3", "count = 60")


def test_a_share_of_all_buttons_is_pressed_within_minutes() -> None:
    text = MANY + fault("alarm_floods", at_h=0.5, share=0.5, within_min=4)
    alarms = Observed(text).live(0.75).finish().community.recorder.alarms
    raised_us = sorted(times[Stage.RAISED] for times in alarms.values())
    assert len({device for device, _ in alarms}) == len(alarms) == 30
    assert raised_us[0] >= HOUR_US / 2
    assert raised_us[-1] < HOUR_US / 2 + 240e6
    # Evenly: the middle one in the middle, give or take three standard deviations.
    assert abs(raised_us[15] - HOUR_US / 2 - 120e6) < 3 * 240e6 / (2 * 31**0.5)
    assert all(times[Stage.ACKNOWLEDGED] for times in alarms.values())
