"""The update campaigns of a scenario: begun at their time, and what became of each device."""

from collections.abc import Sequence

from simpy import Environment

from linli_hub.core.updates import Campaign, Pace
from linli_protocol import words

from .clockwork import MS_PER_H, US_PER_H, at, now_us
from .edge import EdgeNode
from .made_up_vendor import bundle
from .recorder import Recorder
from .roster import Member
from .scenario import Update
from .twins.images import ABI


class Rollout:
    """All campaigns of a scenario."""

    def __init__(
        self,
        env: Environment,
        edge: EdgeNode,
        recorder: Recorder,
        updates: Sequence[Update],
        members: Sequence[Member],
    ) -> None:
        self._env = env
        self._edge = edge
        self._recorder = recorder
        self._campaigns: list[Campaign] = []
        for update in updates:
            concerned = [each for each in members if words.DEVICE_KINDS[each.kind] == update.kind]
            if concerned:
                at(env, round(update.at_h * US_PER_H), self._begin, update, concerned)

    def finish(self) -> None:
        """Tell the recorder how far each device is in the hub's eyes."""
        for campaign in self._campaigns:
            for device, transfer in campaign.transfers.items():
                self._recorder.updates[device].fate = transfer.fate.value

    def _begin(self, update: Update, members: Sequence[Member]) -> None:
        content = bundle(members[0].kind, update.version_number, ABI, update.content_bytes)
        pace = Pace(
            update.bytes_per_s,
            update.at_once,
            update.pilots,
            silence_ms=round(update.silence_h * MS_PER_H),
        )
        campaign = Campaign(content, pace)
        hub = self._edge.hub
        for member in members:
            self._recorder.campaign(member.id, now_us(self._env))
            campaign.add((member.id,), hub.chunk_length(member.id), hub.sleeps(member.id))
        self._campaigns.append(campaign)
        hub.begin(campaign)
        self._edge.act()
