from linli_firmware.bearers import wifi
from linli_firmware.bearers.backoff import FIRST_MS, LAST_MS, Backoff
from linli_firmware.bearers.connection import ConnectedTransport, Connection
from linli_protocol.bearer import Bearer
from nets import Wlan, middle
from support import Random, raises


def a_station():
    wlan = Wlan()
    station = wifi.Station(wlan, "estate", "secret", Backoff(middle))
    station.start()
    return wlan, station


def test_it_joins_once_and_waits():
    wlan, station = a_station()
    for now in range(0, wifi.JOIN_MS, 10):
        assert not station.poll(now)
    assert wlan.calls == ["on", ("estate", "secret")]
    wlan.joined = True
    assert station.poll(wifi.JOIN_MS)


def test_joining_is_begun_anew_when_it_leads_nowhere_and_less_and_less_often():
    wlan, station = a_station()
    joined_at = []
    now = 0
    for _ in range(9):
        station.poll(now)
        joined_at.append(now)
        assert wlan.calls[-1] == ("estate", "secret")
        now = station.next_deadline()
    assert wlan.calls[2:5] == ["on", "leave", ("estate", "secret")]
    gaps = [joined_at[number + 1] - joined_at[number] for number in range(8)]
    assert gaps == sorted(gaps) and gaps[0] == wifi.JOIN_MS + 750
    assert gaps[-1] == wifi.JOIN_MS + 45_000
    # After a success it is urgent again.
    wlan.joined = True
    station.poll(now)
    wlan.joined = False
    station.poll(now)
    assert station.next_deadline() - now == wifi.JOIN_MS + 750


def test_a_lost_network_is_joined_again():
    wlan, station = a_station()
    station.poll(0)
    wlan.joined = True
    assert station.poll(50_000)
    wlan.joined = False
    wlan.calls = []
    assert not station.poll(50_010)
    assert wlan.calls == ["on", "leave", ("estate", "secret")]


def test_a_radio_that_fails_is_tried_again_after_the_wait():
    wlan, station = a_station()
    wlan.fault = OSError("radio")
    raises(OSError, station.poll, 0)
    wlan.fault = None
    assert station.poll(10) is False
    assert station.next_deadline() > 10
    station.poll(station.next_deadline())
    assert wlan.calls[-1] == ("estate", "secret")


def test_the_radio_is_on_until_the_last_user_has_stopped():
    wlan, station = a_station()
    station.start()
    station.stop()
    assert wlan.calls == []
    station.stop()
    assert wlan.calls == ["off"]


class Board:
    random = staticmethod(middle)

    def __init__(self):
        self._wlan = Wlan()

    def wlan(self):
        return self._wlan


def test_all_bearers_of_a_board_share_one_station():
    board = Board()
    settings = {"ssid": "estate", "key": "secret"}
    station = wifi.station(settings, board)
    assert wifi.station(settings, board) is station
    assert wifi.station(settings, Board()) is not station
    assert raises(ValueError, wifi.station, {"ssid": "other", "key": None}, board)
    assert wifi.station(wifi.DEFAULTS, board) is None


def test_devices_that_fail_together_do_not_come_back_together():
    random = Random(2)
    waits = []
    for _ in range(200):
        backoff = Backoff(random.bytes)
        for _ in range(6):
            backoff.next()
        waits.append(backoff.next())
    assert min(waits) >= LAST_MS // 2 and max(waits) < LAST_MS
    assert max(waits) - min(waits) > LAST_MS // 3
    backoff = Backoff(random.bytes)
    assert FIRST_MS // 2 <= backoff.next() < FIRST_MS


def test_the_signal_is_told_while_there_is_one():
    wlan, station = a_station()
    assert station.rssi_dbm() is None
    wlan.joined = True
    assert station.rssi_dbm() == -67
    for known, rssi_dbm in ((station, -67), (None, None)):
        connection = Connection(None, 0, [""], 0, known, Backoff(middle), None)
        assert ConnectedTransport(Bearer("tcp", 240), connection).rssi_dbm == rssi_dbm
    wlan.fault = OSError("gone")
    assert station.rssi_dbm() is None
