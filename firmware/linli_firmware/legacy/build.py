"""A node's bus of meters and sensors, built from its settings.

    {"number": 2, "tx": 17, "rx": 16, "direction": 4,
     "devices": [{"protocol": "cjt188", "address": "78330011223344"}]}

docs/LEGACY.md says what may stand there. Only the modules in use are loaded.
"""

from ..settings import NEEDED, merged
from .bus import Bus
from .poller import Polled, Poller

TYPE_CHECKING = False
if TYPE_CHECKING:
    from ..bearers.types import Board
    from ..types import Config
    from .meter_link import MeterLink
    from .types import Device, Inputs

DEFAULTS: "Config" = {
    "number": 1,  # of the UART
    "tx": NEEDED,  # GPIO numbers
    "rx": NEEDED,
    "direction": None,  # GPIO number of the transceiver's DE and /RE; 1 drives the line
    "timeout_ms": 1000,
    "tries": 3,
    "late_ms": 500,
    "devices": NEEDED,
}

# By protocol, what may be said of a device.
_DEVICES: "dict[str, Config]" = {
    "cjt188": {"address": NEEDED, "meter_type": 0x10, "profile": "2018"},
    "dlt645": {"address": NEEDED, "registers": NEEDED},
    "modbus": {"unit": NEEDED, "registers": NEEDED, "serial": (9600, None, 1)},
}

# Two readings in each slot of a water meter's burst detection.
METER_INTERVAL_S = 150
SENSOR_INTERVAL_S = 60

# As many devices as BusSensor tells the absence of, as many channels as a measurement can name.
MAX_DEVICES = 16
MAX_CHANNELS = 256

# What may be said of a register besides how it is read.
_CHANNEL = ("quantity", "threshold")


def build_meter(settings: "Config", board: "Board", inputs: "Inputs") -> "tuple[Poller, MeterLink]":
    """Return the poller of a water meter and the driver of its output "valve".

    There is one device: a CJ/T 188 meter, or a Modbus unit with one register, whose factor and
    divisor make it ml. `inputs(name)` returns what is called with an input of BusMeter. ValueError
    names the setting that is wrong.
    """
    from .meter_link import MeterLink

    chosen = merged(DEFAULTS, settings)
    if len(chosen["devices"]) != 1:
        raise ValueError("devices: one meter")
    device, interval_s, channels = _device(chosen["devices"][0], METER_INTERVAL_S)
    if device.steps != 1 or any(quantity for quantity, _ in channels):
        raise ValueError("devices: a meter with one total, in ml")
    link = MeterLink(inputs, device)
    polled = Polled(device, interval_s, link)
    poller = Poller(_bus(chosen, board), [polled])
    link.attach(poller, polled)
    return poller, link


def build_sensor(settings: "Config", board: "Board", inputs: "Inputs") -> Poller:
    """Return the poller of the devices whose registers are the channels of BusSensor, in order.

    `inputs(name)` returns what is called with an input of BusSensor. ValueError names the setting
    that is wrong.
    """
    from .sensor_link import SensorLink

    chosen = merged(DEFAULTS, settings)
    if not 0 < len(chosen["devices"]) <= MAX_DEVICES:
        raise ValueError("devices: 1 to %d" % MAX_DEVICES)
    first = 0
    devices = []
    for number, each in enumerate(chosen["devices"]):
        device, interval_s, channels = _device(each, SENSOR_INTERVAL_S)
        if not channels or not all(quantity for quantity, _ in channels):
            raise ValueError("registers.quantity: needed")
        link = SensorLink(inputs, number, first, channels)
        devices.append(Polled(device, interval_s, link))
        first += len(channels)
    if first > MAX_CHANNELS:
        raise ValueError("registers: at most %d" % MAX_CHANNELS)
    return Poller(_bus(chosen, board), devices)


def _bus(chosen: "Config", board: "Board") -> Bus:
    pin = chosen["direction"]
    return Bus(
        lambda serial: board.uart(
            chosen["number"], serial[0], chosen["tx"], chosen["rx"], 8, serial[1], serial[2]
        ),
        None if pin is None else board.pin_out(pin),
        chosen["timeout_ms"],
        chosen["tries"],
        chosen["late_ms"],
    )


def _device(
    settings: "Config", default_interval_s: int
) -> "tuple[Device, int, list[tuple[int, int]]]":
    """Return a device, how often it is read, and (quantity, threshold) of its registers."""
    given = dict(settings)
    protocol: str = given.pop("protocol", "none")
    interval_s: int = given.pop("interval_s", default_interval_s)
    if protocol not in _DEVICES:
        raise ValueError("protocol: cjt188, dlt645 or modbus, not " + protocol)
    chosen = merged(_DEVICES[protocol], given)
    if protocol == "cjt188":
        from .cjt188 import Cjt188

        water = Cjt188(chosen["address"], chosen["meter_type"], chosen["profile"])
        return water, interval_s, []
    rows: "list[Config]" = chosen["registers"]
    thresholds = [row.get("threshold", 0) for row in rows]
    if protocol == "dlt645":
        from .dlt645 import Dlt645

        rows = [merged({"register": NEEDED, "threshold": 0}, row) for row in rows]
        electricity = Dlt645(chosen["address"], [row["register"] for row in rows])
        return electricity, interval_s, list(zip(electricity.quantities, thresholds))
    from .modbus_rtu import ModbusRtu

    registers = [{key: row[key] for key in row if key not in _CHANNEL} for row in rows]
    unit = ModbusRtu(chosen["unit"], registers, tuple(chosen["serial"]))
    return unit, interval_s, list(zip([row.get("quantity", 0) for row in rows], thresholds))
