"""The small integers that messages carry, with the words people read for them."""

# Device kinds.
DOOR = 1
METER = 2
PANIC = 3
AMBIENT = 4
CHARGER = 5

DEVICE_KINDS = {
    DOOR: "door",
    METER: "meter",
    PANIC: "panic",
    AMBIENT: "ambient",
    CHARGER: "charger",
}

# Event codes: door 1-31, meter 32-63, panic 64-79, every device 80-95.
GRANTED = 1
EXIT_REQUESTED = 2
DENIED_UNKNOWN = 3
DENIED_SCHEDULE = 4
DENIED_EXPIRED = 5
DENIED_PIN = 6
DENIED_BLOCKED = 7
DENIED_SECOND_PERSON = 8
DENIED_PASSBACK = 9
DURESS = 10
REMOTE_RELEASED = 11
FORCED = 12
HELD_OPEN = 13
SECURED = 14
NOT_OPENED = 15
LIST_UPDATED = 16
LIST_REFUSED = 17
EMERGENCY_RELEASED = 18
EMERGENCY_ENDED = 19
LEAK = 32
LEAK_ENDED = 33
BURST = 34
BURST_ENDED = 35
REVERSE_FLOW = 36
REVERSE_FLOW_ENDED = 37
DRY = 38
DRY_ENDED = 39
VALVE_OPENED = 40
VALVE_CLOSED = 41
VALVE_STALLED = 42
METER_ABSENT = 43
METER_RETURNED = 44
METER_REPLACED = 45
TEST_PRESSED = 64
TAMPER = 80
TAMPER_ENDED = 81
BATTERY_LOW = 82
BATTERY_RESTORED = 83
MAINS_FAILED = 84
MAINS_RESTORED = 85
CLOCK_LOST = 86
CONFIG_REFUSED = 87
SAFE_MODE = 88
TASK_RESTARTED = 89
UPDATE_INSTALLED = 90
UPDATE_ROLLED_BACK = 91

EVENTS = {
    GRANTED: "granted",
    EXIT_REQUESTED: "exit requested",
    DENIED_UNKNOWN: "denied: unknown credential",
    DENIED_SCHEDULE: "denied: outside schedule",
    DENIED_EXPIRED: "denied: credential expired",
    DENIED_PIN: "denied: wrong PIN",
    DENIED_BLOCKED: "denied: blocked after wrong PINs",
    DENIED_SECOND_PERSON: "denied: second person missing",
    DENIED_PASSBACK: "denied: anti-passback",
    DURESS: "duress",
    REMOTE_RELEASED: "released by command",
    FORCED: "forced open",
    HELD_OPEN: "held open",
    SECURED: "secured again",
    NOT_OPENED: "granted but not opened",
    LIST_UPDATED: "access list updated",
    LIST_REFUSED: "access list step refused",
    EMERGENCY_RELEASED: "emergency release",
    EMERGENCY_ENDED: "emergency release ended",
    LEAK: "leak",
    LEAK_ENDED: "leak ended",
    BURST: "burst",
    BURST_ENDED: "burst ended",
    REVERSE_FLOW: "reverse flow",
    REVERSE_FLOW_ENDED: "reverse flow ended",
    DRY: "no flow for long",
    DRY_ENDED: "flow again",
    VALVE_OPENED: "valve opened",
    VALVE_CLOSED: "valve closed",
    VALVE_STALLED: "valve stalled",
    METER_ABSENT: "meter absent",
    METER_RETURNED: "meter back",
    METER_REPLACED: "meter replaced",
    TEST_PRESSED: "test press",
    TAMPER: "tamper",
    TAMPER_ENDED: "tamper ended",
    BATTERY_LOW: "battery low",
    BATTERY_RESTORED: "battery restored",
    MAINS_FAILED: "mains failed",
    MAINS_RESTORED: "mains restored",
    CLOCK_LOST: "clock lost",
    CONFIG_REFUSED: "configuration refused",
    SAFE_MODE: "safe mode",
    TASK_RESTARTED: "task restarted",
    UPDATE_INSTALLED: "update installed",
    UPDATE_ROLLED_BACK: "update rolled back",
}

# Alarm causes.
PRESS = 1
FALL = 2
INACTIVITY = 3

ALARM_CAUSES = {PRESS: "press", FALL: "fall", INACTIVITY: "inactivity"}

# Alarm states, as the centre reports them; a later state includes the earlier ones.
RECEIVED = 1
HELP_COMING = 2
CLOSED = 3

ALARM_STATES = {RECEIVED: "received", HELP_COMING: "help is coming", CLOSED: "closed"}

# Commands and what became of them.
RELEASE_DOOR = 1
REKEY = 2
OPEN_VALVE = 3
CLOSE_VALVE = 4
EXERCISE_VALVE = 5
READ_NOW = 6
EMERGENCY_RELEASE = 7
EMERGENCY_END = 8
CLEAR_PASSBACK = 9

COMMANDS = {
    RELEASE_DOOR: "release door",
    REKEY: "rekey",
    OPEN_VALVE: "open valve",
    CLOSE_VALVE: "close valve",
    EXERCISE_VALVE: "exercise valve",
    READ_NOW: "read now",
    EMERGENCY_RELEASE: "emergency release",
    EMERGENCY_END: "end emergency release",
    CLEAR_PASSBACK: "clear anti-passback",
}

DONE = 0
EXPIRED = 1
UNKNOWN = 2
FAILED = 3
NO_CLOCK = 4
REPEATED = 5

RESULTS = {
    DONE: "done",
    EXPIRED: "expired",
    UNKNOWN: "unknown command",
    FAILED: "failed",
    NO_CLOCK: "refused: the device has no time",
    REPEATED: "refused: executed before",
}

# Quantities of a measurement, each with its unit.
ENERGY_WH = 1
POWER_W = 2
VOLTAGE_MV = 3
CURRENT_MA = 4
TEMPERATURE_MC = 5
HUMIDITY_PERMILLE = 6
PRESSURE_PA = 7
CO2_PPM = 8

QUANTITIES = {
    ENERGY_WH: "energy, Wh",
    POWER_W: "power, W",
    VOLTAGE_MV: "voltage, mV",
    CURRENT_MA: "current, mA",
    TEMPERATURE_MC: "temperature, m°C",
    HUMIDITY_PERMILLE: "relative humidity, permille",
    PRESSURE_PA: "pressure, Pa",
    CO2_PPM: "carbon dioxide, ppm",
}

# Update states, as the device reports them; from 16 on the image is refused and not asked for.
UPDATE_RECEIVING = 1
UPDATE_VERIFIED = 2
UPDATE_RUNNING = 3
UPDATE_FAILED = 4
UPDATE_REFUSED_SIGNATURE = 16
UPDATE_REFUSED_VERSION = 17
UPDATE_REFUSED_KIND = 18
UPDATE_REFUSED_SIZE = 19
UPDATE_REFUSED_FORMAT = 20

UPDATE_STATES = {
    UPDATE_RECEIVING: "receiving",
    UPDATE_VERIFIED: "verified",
    UPDATE_RUNNING: "running, confirmed",
    UPDATE_FAILED: "failed, the version before runs",
    UPDATE_REFUSED_SIGNATURE: "refused: signature",
    UPDATE_REFUSED_VERSION: "refused: version",
    UPDATE_REFUSED_KIND: "refused: kind of device",
    UPDATE_REFUSED_SIZE: "refused: size",
    UPDATE_REFUSED_FORMAT: "refused: format",
}

# Flags of a meter reading, one bit each: conditions that hold now.
FLAG_LEAK = 1
FLAG_BURST = 2
FLAG_REVERSE = 4
FLAG_DRY = 8
FLAG_TAMPER = 16
FLAG_BATTERY_LOW = 32
FLAG_VALVE_CLOSED = 64
FLAG_VALVE_FAULT = 128

# Logs that can be asked for.
EVENT_LOG = 1
HOURLY_REGISTERS = 2
DAILY_REGISTERS = 3
MONTHLY_REGISTERS = 4

# Reset causes (the order of MicroPython's machine.reset_cause on the ESP32).
POWER_ON = 1
HARD_RESET = 2
WATCHDOG = 3
DEEP_SLEEP = 4
SOFT_RESET = 5
