"""Prices of devices, ways, gateways and edge nodes, in yuan, bought by the hundred and fitted.

Market prices are round figures of ours with the span that offers were in; tenders differ by more
than a factor of two, so that a plan should be priced with its own.
"""

from .inputs import Inputs, given

_MARKET = "Assumption: what is usual on the Chinese market, recalled"


class Prices(Inputs):
    """What is paid once for each piece, or each year where the key says so."""

    door_yuan: float = given(
        2200, "yuan", f"{_MARKET}; controller, two readers, lock, supply", 1200, 4500
    )
    meter_yuan: float = given(
        260, "yuan", f"{_MARKET}; household water meter, DN15 to DN20, with its cell", 150, 450
    )
    panic_yuan: float = given(180, "yuan", f"{_MARKET}; button with its cell", 100, 400)
    door_fitting_yuan: float = given(800, "yuan", "Assumption: half a day of two people", 400, 1600)
    meter_fitting_yuan: float = given(
        80, "yuan", "Assumption: half an hour and small parts, house by house", 40, 160
    )
    panic_fitting_yuan: float = given(60, "yuan", "Assumption: a visit, with a lesson", 30, 120)
    lora_yuan: float = given(25, "yuan a device", f"{_MARKET}; module and antenna", 15, 50)
    nbiot_yuan: float = given(35, "yuan a device", f"{_MARKET}; module and antenna", 20, 60)
    nbiot_yuan_year: float = given(
        20, "yuan a device and year", "Source: China Telecom's tariff of 2017, recalled", 5, 30
    )
    rs485_yuan: float = given(
        300, "yuan a device", "Assumption: 40 m of cable with its share of a riser", 100, 800
    )
    ethernet_yuan: float = given(
        350, "yuan a device", "Assumption: 40 m of cable and a switch's port", 150, 900
    )
    wifi_yuan: float = given(
        0, "yuan a device", "Assumption: the chip has it, residents have the network", 0, 80
    )
    ble_yuan: float = given(0, "yuan a device", "Assumption: the chip has it", 0, 20)
    lora_gateway_yuan: float = given(
        2400,
        "yuan",
        "Source: outdoor gateways at 250 to 400 US dollars "
        "(cloudstudioiot.com/hub/hardware/gateways-lorawan, 2026)",
        1800,
        6000,
    )
    lora_gateway_fitting_yuan: float = given(
        1500, "yuan", "Assumption: mast, mains and a day on the roof", 600, 4000
    )
    lora_gateway_yuan_year: float = given(
        500, "yuan a gateway and year", "Assumption: 5 W of mains and a 4G card", 150, 1200
    )
    ble_gateway_yuan: float = given(
        600, "yuan, fitted", "Assumption: a small box in a stairwell", 300, 1200
    )
    bus_master_yuan: float = given(
        700, "yuan a bus, fitted", "Assumption: a serial server and its supply", 300, 1500
    )
    edge_node_yuan: float = given(
        6000, "yuan", f"{_MARKET}; fanless industrial computer", 3000, 20_000, least=1
    )
    edge_node_fitting_yuan: float = given(
        1000, "yuan", "Assumption: rack, supply, a day", 300, 3000
    )
    edge_node_yuan_year: float = given(
        400, "yuan a node and year", "Assumption: 40 W of mains, a spare disk", 150, 1000
    )
