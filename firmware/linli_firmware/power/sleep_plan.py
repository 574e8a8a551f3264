"""How deep a device may sleep now, and until when; which sleep pays is computed, not guessed.

* awake: the processor waits for its next deadline or edge.
* light sleep: RAM stays; the clock of the peripherals stops and the hardware pulse counter (PCNT)
  with it, so each edge of the pulse input must wake the processor, which counts it.
* deep sleep: RAM is lost and the end of it is a restart. What must last is in the store and in
  retained memory. Nothing counts pulses but the ULP processor or a counter beside the chip, and
  only some pins wake the device.

A sleep costs a fixed charge, to leave it and (deep) to start again, and saves current
while it lasts: it pays from `least_ms` on. A deep sleep ends `restart_ms` ahead of the deadline, so
that deadlines that apps take from the calendar still lie ahead after the restart.
"""

TYPE_CHECKING = False
if TYPE_CHECKING:
    from ..types import Config

# From shallow to deep, so that they compare.
AWAKE = 0
LIGHT = 1
DEEP = 2

# Currents in µA: an ESP32-C3, whose sources docs/POWER.md names.
DEFAULTS: "Config" = {
    # A device on the mains, such as a door, only ever idles.
    "mains": False,
    "awake_ua": 20_670,
    "light_ua": 140,
    "deep_ua": 5,
    # 2 ms awake: our figure until it is measured.
    "light_uc": 42,
    # 1 s awake to start, our figure until it is measured; the session goes on, nothing is sent.
    "restart_uc": 20_700,
    # Our figure: the start takes a second or two, and the clock knows whole ones only.
    "restart_ms": 5_000,
    # A day: a clock without a network drifts. ticks_ms allows no more than MAX_SLEEP_MS.
    "longest_ms": 86_400_000,
}

# Half the period of ticks_ms, 6.21 days: a longer sleep could not be told from a short one.
MAX_SLEEP_MS = 1 << 29

_COUNTED = ("pulse", "reverse_pulse")
# Read only while the motor turns, and then the device is busy.
_IDLE = ("end_open", "end_closed")


def deepest(name: str, wakes_deep: bool, counted_asleep: bool) -> int:
    """Return the deepest sleep in which input `name` is not missed.

    `wakes_deep`: its pin can end a deep sleep of this chip. `counted_asleep`: the ULP processor or
    a counter beside the chip counts pulses in deep sleep.
    """
    if name in _IDLE:
        return DEEP
    if name in _COUNTED:
        return DEEP if counted_asleep else LIGHT
    return DEEP if wakes_deep else LIGHT


def least_ms(overhead_uc: int, shallow_ua: int, deep_ua: int) -> int:
    """Return the shortest sleep in ms that pays for its overhead of `overhead_uc` (µC)."""
    return -(-overhead_uc * 1000 // (shallow_ua - deep_ua))


class SleepPlan:
    """Decides for one device; `inputs` gives the `deepest` sleep of each input and bearer by name.

    A bearer that may hear something at any time (RS-485, UART, Wi-Fi) is an input too: AWAKE, or
    LIGHT where the chip wakes for it. ValueError names the setting at fault.
    """

    def __init__(self, config: "Config", inputs: "dict[str, int]") -> None:
        settings = dict(DEFAULTS)
        for key in config:
            if key not in settings:
                raise ValueError("power: no setting " + key)
        settings.update(config)
        if not settings["deep_ua"] < settings["light_ua"] < settings["awake_ua"]:
            raise ValueError("power: deep_ua < light_ua < awake_ua")
        if not settings["restart_ms"] < settings["longest_ms"] <= MAX_SLEEP_MS:
            raise ValueError("power: longest_ms: more than restart_ms, at most 536870912")
        self.least_light_ms = least_ms(
            settings["light_uc"], settings["awake_ua"], settings["light_ua"]
        )
        self.least_deep_ms = settings["restart_ms"] + least_ms(
            settings["restart_uc"], settings["light_ua"], settings["deep_ua"]
        )
        self._restart_ms: int = settings["restart_ms"]
        self._longest_ms: int = settings["longest_ms"]
        self._limit = DEEP
        self._limited_by = "idle"
        for name in sorted(inputs):
            if inputs[name] < self._limit:
                self._limit = inputs[name]
                self._limited_by = name
        if settings["mains"]:
            self._limit = AWAKE
            self._limited_by = "mains"

    def decide(
        self, now: int, deadline: "int | None", busy_until: "int | None", limit: int = DEEP
    ) -> "tuple[int, int, str]":
        """Return (AWAKE, LIGHT or DEEP; until when in monotonic ms; why no deeper).

        `deadline`: the earliest of app, link, bearers and drivers; None when there is none.
        `busy_until`: something must not be slept through until then: a receive window (LoRaWAN
        class A), a turning motor, a pattern of LED or buzzer, an answer that is due. None: nothing.
        `limit`: the deepest that can be now; LIGHT while a restart would lose something.

        Why: "busy", "brief" (a deeper sleep would not pay), "limit", "mains", the name of the input
        that would be missed, or "idle": nothing stands against the deepest.
        """
        until = now + self._longest_ms
        if deadline is not None and deadline < until:
            until = max(deadline, now)
        if busy_until is not None and busy_until > now:
            return AWAKE, min(until, busy_until), "busy"
        span_ms = until - now
        if self._limit == DEEP and span_ms >= self.least_deep_ms:
            if limit == DEEP:
                return DEEP, until - self._restart_ms, self._limited_by
            return LIGHT, until, "limit"
        if self._limit >= LIGHT and span_ms >= self.least_light_ms:
            return LIGHT, until, "brief" if self._limit == DEEP else self._limited_by
        return AWAKE, until, "brief" if self._limit > AWAKE else self._limited_by
