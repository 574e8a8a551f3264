"""How the hub does, as Prometheus asks for it: text format 0.0.4."""

import asyncio
import collections
from collections.abc import Iterator
from dataclasses import dataclass

from prometheus_client import (
    CollectorRegistry,
    Counter,
    Histogram,
    disable_created_metrics,
    generate_latest,
)
from prometheus_client.core import (
    CounterMetricFamily,
    GaugeMetricFamily,
    Metric,
    SummaryMetricFamily,
)
from prometheus_client.registry import Collector

from linli_protocol import words

from ..live.running import RunningSite
from ..views.incidents import oldest_waiting_us, open_count

CONTENT_TYPE = "text/plain; version=0.0.4; charset=utf-8"
_PARTS = ("database", "disk", "upkeep", "uplink", "term")
_BUCKETS_S = (0.01, 0.05, 0.25, 1.0, 5.0)

# When a counter was made says nothing here: all of them with the hub.
disable_created_metrics()


@dataclass(frozen=True, slots=True)
class _Calls:
    """Calls for help: how many are open, and since when the oldest waits that nobody received."""

    open: int
    oldest_waiting_us: int | None


class Metrics:
    """Counts requests, and collects how `running` does."""

    def __init__(self, running: RunningSite) -> None:
        self._running = running
        self._registry = CollectorRegistry()
        self._requests = Counter(
            "linli_http_requests",
            "Requests answered",
            ["method", "operation", "status"],
            registry=self._registry,
        )
        self._durations = Histogram(
            "linli_http_request_duration_seconds",
            "Time until a request was answered, streams left out",
            ["operation"],
            buckets=_BUCKETS_S,
            registry=self._registry,
        )
        self.dropped_followers = Counter(
            "linli_stream_dropped",
            "Clients of the event stream that took nothing and were let go",
            registry=self._registry,
        )
        self._hub = _Hub(running)
        self._registry.register(self._hub)

    def answered(self, method: str, operation: str, status: int, duration_s: float | None) -> None:
        """Count a request; `duration_s` is None for what has no end."""
        self._requests.labels(method, operation, status).inc()
        if duration_s is not None:
            self._durations.labels(operation).observe(duration_s)

    async def text(self, followers: int) -> bytes:
        """Return all of it; `followers` are the clients of the event stream."""
        self._hub.calls = await asyncio.to_thread(self._calls)
        self._hub.followers = followers
        return generate_latest(self._registry)

    def _calls(self) -> _Calls:
        with self._running.site.database.reading() as transaction:
            return _Calls(open_count(transaction), oldest_waiting_us(transaction))


class _Hub(Collector):
    """Collects what the hub counts itself."""

    def __init__(self, running: RunningSite) -> None:
        self.calls = _Calls(0, None)
        self.followers = 0
        self._running = running

    def collect(self) -> Iterator[Metric]:
        """Yield everything."""
        yield from self._devices()
        yield from self._troubles()
        yield from self._packets()
        yield from self._journal()
        yield from self._uplink()
        now_us = self._running.clock.unix_us()
        oldest_us = self.calls.oldest_waiting_us
        age_s = 0.0 if oldest_us is None else (now_us - oldest_us) / 1_000_000
        yield _gauge("linli_incidents_open", "Calls for help that are not closed", self.calls.open)
        yield _gauge(
            "linli_incidents_oldest_waiting_seconds",
            "Age of the oldest call for help that nobody has received, 0: there is none",
            age_s,
        )
        disk = self._running.upkeep.disk
        if disk is not None:
            yield _gauge("linli_disk_free_bytes", "Free where the hub writes", disk.free_bytes)
        yield _gauge("linli_stream_clients", "Clients of the event stream", self.followers)

    def _devices(self) -> Iterator[Metric]:
        family = GaugeMetricFamily("linli_devices", "Devices served", labels=["kind"])
        counts = collections.Counter(each.kind for each in self._running.site.registry.all())
        for kind in words.DEVICE_KINDS.values():
            family.add_metric([kind], counts[kind])
        yield family

    def _troubles(self) -> Iterator[Metric]:
        family = GaugeMetricFamily(
            "linli_trouble", "1: something is wrong with this part of the hub", labels=["part"]
        )
        found = self._running.troubles()
        for part in _PARTS:
            family.add_metric([part], int(part in found))
        yield family

    def _packets(self) -> Iterator[Metric]:
        engine = self._running.engine
        for name, documentation, counts in (
            ("linli_packets_received", "Packets that came", engine.received),
            ("linli_packets_sent", "Packets that went", engine.sent),
        ):
            family = CounterMetricFamily(name, documentation, labels=["way"])
            for way in self._running.ways:
                family.add_metric([way], counts[way])
            yield family
        refused = CounterMetricFamily(
            "linli_packets_refused", "Packets that were refused", labels=["reason"]
        )
        totals = [0] * len(words.REFUSALS)
        for peer in engine.core.peers.values():
            for reason, count in enumerate(peer.association.refused.counts):
                totals[reason] += count
        for reason, count in enumerate(totals):
            refused.add_metric([words.REFUSALS[reason]], count)
        refused.add_metric(["unknown device"], engine.core.unknown_devices)
        yield refused
        yield _counter(
            "linli_packets_undeliverable", "Packets that no way took", engine.undeliverable
        )
        yield _counter(
            "linli_packets_deferred",
            "Packets not taken while the journal was full",
            engine.deferred,
        )

    def _journal(self) -> Iterator[Metric]:
        journal = self._running.site.journal
        position, durable = journal.position, journal.durable
        yield _counter(
            "linli_journal_position", "Records and facts added since the start", position
        )
        yield _gauge("linli_journal_waiting", "Those that are not on disk yet", position - durable)
        commits = SummaryMetricFamily("linli_journal_commit_seconds", "Time that commits took")
        commits.add_metric([], journal.commits, journal.commit_s)
        yield commits
        yield _gauge("linli_log_rows", "The last row of the log", journal.head.number)

    def _uplink(self) -> Iterator[Metric]:
        uplink = self._running.uplink
        if uplink is None:
            return
        forwarder = uplink.forwarder
        yield _gauge(
            "linli_uplink_waiting", "Rows of the log that have not gone", forwarder.waiting
        )
        yield _counter("linli_uplink_sent", "Rows that have gone since the start", forwarder.sent)
        yield _counter("linli_uplink_given_up", "Rows given up since the start", forwarder.given_up)


def _gauge(name: str, documentation: str, value: float) -> GaugeMetricFamily:
    return GaugeMetricFamily(name, documentation, value)


def _counter(name: str, documentation: str, value: float) -> CounterMetricFamily:
    return CounterMetricFamily(name, documentation, value)
