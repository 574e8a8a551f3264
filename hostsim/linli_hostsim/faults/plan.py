"""All faults of a scenario: each kind's part of the community, and when what happens to it."""

from collections.abc import Callable, Mapping
from functools import partial
from random import Random

from simpy import Environment

from ..clockwork import US_PER_S
from ..edge import Cluster
from ..infrastructure import Connection, LoraNetwork, NbiotNetwork, Network, Rs485Network
from ..packet import Packet
from ..scenario import Attack, Scenario
from ..streams import stream
from ..tracker import Tracker
from ..twins import PanicTwin, Twin
from .attack import Attacker
from .backhaul import BackhaulOutages
from .bus import BrokenBusDevices
from .flood import flood
from .jamming import Jammers
from .timing import begin


class Faults:
    """What `scenario.faults` does to a community; nothing of it on what the community lacks.

    `connections` are by device and bearer.
    """

    def __init__(
        self,
        env: Environment,
        tracker: Tracker,
        scenario: Scenario,
        seed: int,
        networks: Mapping[str, Network],
        connections: Mapping[tuple[int, str], Connection],
        twins: Mapping[int, Twin],
        cluster: Cluster,
    ) -> None:
        self.attackers: list[Attacker] = []
        self._env = env
        self._tracker = tracker
        self._scenario = scenario
        self._seed = seed
        self._networks = networks
        self._connections = connections
        faults = scenario.faults
        lora, rs485 = networks.get("lora"), networks.get("rs485")
        if isinstance(lora, LoraNetwork):
            outages = BackhaulOutages(env, lora)
            for number, outage in enumerate(faults.backhaul):
                begin(env, self._stream("backhaul", number), outage, partial(outages.cut, outage))
            jammers = Jammers(env, lora, scenario)
            for number, jamming in enumerate(faults.jamming):
                random = self._stream("jamming", number)
                begin(env, random, jamming, partial(jammers.jam, jamming, random))
        if isinstance(rs485, Rs485Network):
            broken = BrokenBusDevices(env, rs485)
            for number, fault in enumerate(faults.bus_devices):
                random = self._stream("bus device", number)
                begin(env, random, fault, partial(broken.break_down, fault, random))
        buttons = [twin for twin in twins.values() if isinstance(twin, PanicTwin)]
        for number, settings in enumerate(faults.alarm_floods):
            random = self._stream("alarm flood", number)
            begin(env, random, settings, partial(flood, env, buttons, settings, random))
        for number, attack in enumerate(faults.attacks):
            if attack.bearer in networks:
                self._attack(attack, number)
        for number, failure in enumerate(faults.nodes):
            fail = cluster.fail_serving if failure.nodes == "serving" else cluster.fail_all
            if failure.minutes is not None:
                fail = partial(cluster.fail_all, round(failure.minutes * 60 * US_PER_S))
            begin(env, self._stream("node", number), failure, fail)

    def _attack(self, attack: Attack, number: int) -> None:
        random = self._stream("attack", number)
        attacker = Attacker(self._env, self._tracker, random, attack, self._way(attack, number))
        self.attackers.append(attacker)
        begin(self._env, random, attack, attacker.begin)

    def _way(self, attack: Attack, number: int) -> Callable[[Packet], None]:
        network = self._networks[attack.bearer]
        if isinstance(network, LoraNetwork):
            site = self._scenario.site
            return network.stranger(
                (site.width_m / 2, site.height_m / 2),
                attack.spreading_factor,
                attack.power_dbm,
                self._stream("attacker's radio", number),
            )
        if attack.towards == "devices":
            return network.put
        if isinstance(network, NbiotNetwork):
            return network.pass_on
        return lambda packet: self._connections[packet.source, packet.bearer].put(packet)

    def _stream(self, kind: str, number: int) -> Random:
        return stream(self._seed, "fault", kind, number)
