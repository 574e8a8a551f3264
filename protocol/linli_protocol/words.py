"""The words that people read for the numbers of the protocol; nothing on a board needs them."""

from . import codes, messages, refusals

DEVICE_KINDS = {
    codes.DOOR: "door",
    codes.METER: "meter",
    codes.PANIC: "panic",
    codes.AMBIENT: "ambient",
    codes.CHARGER: "charger",
}

METER_FLAGS = {
    codes.FLAG_LEAK: "leak",
    codes.FLAG_BURST: "burst",
    codes.FLAG_REVERSE: "reverse flow",
    codes.FLAG_DRY: "dry",
    codes.FLAG_TAMPER: "tamper",
    codes.FLAG_BATTERY_LOW: "battery low",
    codes.FLAG_VALVE_CLOSED: "valve closed",
    codes.FLAG_VALVE_FAULT: "valve fault",
}

EVENTS = {
    codes.GRANTED: "granted",
    codes.EXIT_REQUESTED: "exit requested",
    codes.DENIED_UNKNOWN: "denied: unknown credential",
    codes.DENIED_SCHEDULE: "denied: outside schedule",
    codes.DENIED_EXPIRED: "denied: credential expired",
    codes.DENIED_PIN: "denied: wrong PIN",
    codes.DENIED_BLOCKED: "denied: blocked after wrong PINs",
    codes.DENIED_SECOND_PERSON: "denied: second person missing",
    codes.DENIED_PASSBACK: "denied: anti-passback",
    codes.DURESS: "duress",
    codes.REMOTE_RELEASED: "released by command",
    codes.FORCED: "forced open",
    codes.HELD_OPEN: "held open",
    codes.SECURED: "secured again",
    codes.NOT_OPENED: "granted but not opened",
    codes.LIST_UPDATED: "access list updated",
    codes.LIST_REFUSED: "access list step refused",
    codes.EMERGENCY_RELEASED: "emergency release",
    codes.EMERGENCY_ENDED: "emergency release ended",
    codes.LEAK: "leak",
    codes.LEAK_ENDED: "leak ended",
    codes.BURST: "burst",
    codes.BURST_ENDED: "burst ended",
    codes.REVERSE_FLOW: "reverse flow",
    codes.REVERSE_FLOW_ENDED: "reverse flow ended",
    codes.DRY: "no flow for long",
    codes.DRY_ENDED: "flow again",
    codes.VALVE_OPENED: "valve opened",
    codes.VALVE_CLOSED: "valve closed",
    codes.VALVE_STALLED: "valve stalled",
    codes.METER_ABSENT: "meter absent",
    codes.METER_RETURNED: "meter back",
    codes.METER_REPLACED: "meter replaced",
    codes.TEST_PRESSED: "test press",
    codes.BUTTON_STUCK: "button stuck",
    codes.BUTTON_FREE: "button free again",
    codes.TAMPER: "tamper",
    codes.TAMPER_ENDED: "tamper ended",
    codes.BATTERY_LOW: "battery low",
    codes.BATTERY_RESTORED: "battery restored",
    codes.MAINS_FAILED: "mains failed",
    codes.MAINS_RESTORED: "mains restored",
    codes.CLOCK_LOST: "clock lost",
    codes.CONFIG_REFUSED: "configuration refused",
    codes.SAFE_MODE: "safe mode",
    codes.TASK_RESTARTED: "task restarted",
    codes.UPDATE_INSTALLED: "update installed",
    codes.UPDATE_ROLLED_BACK: "update rolled back",
    codes.CONSOLE_OPENED: "console opened",
    codes.CONSOLE_REFUSED: "console refused",
}

ALARM_CAUSES = {codes.PRESS: "press", codes.FALL: "fall", codes.INACTIVITY: "inactivity"}

ALARM_STATES = {
    codes.RECEIVED: "received",
    codes.HELP_COMING: "help is coming",
    codes.CLOSED: "closed",
}

COMMANDS = {
    codes.RELEASE_DOOR: "release door",
    codes.REKEY: "rekey",
    codes.OPEN_VALVE: "open valve",
    codes.CLOSE_VALVE: "close valve",
    codes.EXERCISE_VALVE: "exercise valve",
    codes.READ_NOW: "read now",
    codes.EMERGENCY_RELEASE: "emergency release",
    codes.EMERGENCY_END: "end emergency release",
    codes.CLEAR_PASSBACK: "clear anti-passback",
    codes.REPORT_HEALTH: "report health",
}

RESULTS = {
    codes.DONE: "done",
    codes.EXPIRED: "expired",
    codes.UNKNOWN: "unknown command",
    codes.FAILED: "failed",
    codes.NO_CLOCK: "refused: the device has no time",
    codes.REPEATED: "refused: executed before",
    codes.SUPERSEDED: "refused: a hub that leads no more",
}

QUANTITIES = {
    codes.ENERGY_WH: "energy, Wh",
    codes.POWER_W: "power, W",
    codes.VOLTAGE_MV: "voltage, mV",
    codes.CURRENT_MA: "current, mA",
    codes.TEMPERATURE_MC: "temperature, m°C",
    codes.HUMIDITY_PERMILLE: "relative humidity, permille",
    codes.PRESSURE_PA: "pressure, Pa",
    codes.CO2_PPM: "carbon dioxide, ppm",
}

UPDATE_STATES = {
    codes.UPDATE_RECEIVING: "receiving",
    codes.UPDATE_VERIFIED: "verified",
    codes.UPDATE_RUNNING: "running, confirmed",
    codes.UPDATE_FAILED: "failed, the version before runs",
    codes.UPDATE_DAMAGED: "damaged, may be sent again",
    codes.UPDATE_REFUSED_SIGNATURE: "refused: signature",
    codes.UPDATE_REFUSED_VERSION: "refused: version",
    codes.UPDATE_REFUSED_KIND: "refused: kind of device",
    codes.UPDATE_REFUSED_SIZE: "refused: size",
    codes.UPDATE_REFUSED_FORMAT: "refused: format",
    codes.UPDATE_REFUSED_PLATFORM: "refused: platform",
}

PRIORITIES = {
    messages.URGENT: "alarm",
    messages.CONTROL: "command",
    messages.NOTICE: "event",
    messages.REPORT: "reading",
    messages.BULK: "bulk",
}

REFUSALS = {
    refusals.TRUNCATED: "truncated",
    refusals.WRONG_VERSION: "wrong version",
    refusals.WRONG_DIRECTION: "wrong direction",
    refusals.WRONG_DEVICE: "addressed to another device",
    refusals.WRONG_TAG_LENGTH: "wrong tag length for its kind",
    refusals.NO_SESSION: "no session with that epoch",
    refusals.REPLAYED: "replayed, or older than the replay window",
    refusals.FORGED: "forged or damaged",
    refusals.MALFORMED: "malformed body",
    refusals.JOIN_REFUSED: "join message forged or out of date",
    refusals.JOIN_LIMITED: "too many join requests",
    refusals.SUPERSEDED: "a hub that leads no more",
}
