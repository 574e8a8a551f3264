"""The connection to a broker: MQTT 5, and no message counts as taken that the broker refused."""

import asyncio
from typing import Any

import aiomqtt
from paho.mqtt.client import Client as PahoClient
from paho.mqtt.packettypes import PacketTypes
from paho.mqtt.properties import Properties
from paho.mqtt.reasoncodes import ReasonCode

from .settings import Mqtt
from .topics import OFFLINE, Topics

# Until a broker that does not answer is left for a new connection.
_CONNECT_S = 10.0
_PATIENCE_S = 30.0


class RefusedError(Exception):
    """The broker does not take a message; the message says why."""


def end_if_cancelled() -> None:
    """Raise CancelledError if this task is to end: before Python 3.12, waiting may hide that."""
    task = asyncio.current_task()
    if task is not None and task.cancelling():
        raise asyncio.CancelledError


class Client(aiomqtt.Client):
    """A connection for the hub of `settings`; see `aiomqtt.Client`. SettingsError."""

    def __init__(self, settings: Mqtt, topics: Topics) -> None:
        properties = Properties(PacketTypes.CONNECT)
        properties.SessionExpiryInterval = settings.session_expiry_s
        super().__init__(
            settings.host,
            settings.port,
            username=settings.username,
            password=settings.password(),
            identifier=f"linli-{settings.site}",
            protocol=aiomqtt.ProtocolVersion.V5,
            will=aiomqtt.Will(topics.status, OFFLINE, qos=1, retain=True),
            clean_start=settings.session_expiry_s == 0,
            properties=properties,
            tls_context=settings.tls_context(),
            keepalive=settings.keepalive_s,
            timeout=_CONNECT_S,
            max_inflight_messages=settings.window,
            max_queued_incoming_messages=100,
        )
        # All of a delivery wait at once, which is no reason for a warning.
        self.pending_calls_threshold = 1000
        self._refusal: ReasonCode | None = None
        self._content = Properties(PacketTypes.PUBLISH)
        self._content.PayloadFormatIndicator = 1
        self._content.ContentType = "application/json"

    async def send(self, topic: str, payload: bytes | str, retain: bool = False) -> None:
        """Publish with QoS 1 and wait until the broker has it; RefusedError when it will not."""
        content = self._content if isinstance(payload, bytes) and payload else None
        await self.publish(
            topic, payload, qos=1, retain=retain, properties=content, timeout=_PATIENCE_S
        )
        end_if_cancelled()
        if self._refusal is not None:
            raise RefusedError(f"the broker does not take {topic}: {self._refusal}")

    def _on_publish(
        self,
        client: PahoClient,
        userdata: Any,
        mid: int,
        reason_code: ReasonCode,
        properties: Properties,
    ) -> None:
        # aiomqtt takes any acknowledgement for good, also one that says "not authorised".
        if reason_code.is_failure:
            self._refusal = reason_code
        super()._on_publish(client, userdata, mid, reason_code, properties)
