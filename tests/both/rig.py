"""Runs an app as the device around it does: polls after every input and at every deadline."""

from linli_firmware.actions import Output, Send
from linli_firmware.clock import Clock

# Monday 2026-10-05 00:00 in UTC+8, in Unix s.
MONDAY = 1791158400 - 8 * 3600
HOUR_MS = 3600000
DAY_MS = 24 * HOUR_MS


class Rig:
    """An app on a store, with the actions it queued.

    `online` delivers every Send at once; otherwise its token waits in `under_way`.
    """

    def __init__(self, kind, config, store, now=0, unix_s=MONDAY, online=True):
        self.clock = Clock()
        if unix_s is not None:
            self.clock.set(unix_s, now, 480)
        self.now = now
        self.online = online
        self.app = kind(config, store, self.clock)
        self.actions = []
        self.levels = {}
        self.under_way = []
        self._poll()

    def do(self, name, *args):
        """Call the app's method `name` with args and the present time."""
        getattr(self.app, name)(*(args + (self.now,)))
        self._poll()

    def set_time(self, unix_s):
        """Set the clock as the device does after a time message."""
        self.clock.set(unix_s, self.now, 480)
        self.do("on_time")

    def run(self, ms):
        """Let time pass, polling at every deadline."""
        end = self.now + ms
        while True:
            deadline = self.app.next_deadline()
            if deadline is None or deadline > end:
                break
            self.now = max(self.now, deadline)
            self._poll()
        self.now = end

    def sleep(self, ms):
        """Let time pass without polling until its end."""
        self.now += ms
        self._poll()

    def connect(self):
        """Come back online: everything sent meanwhile is delivered."""
        self.online = True
        self.conclude(True)

    def conclude(self, delivered):
        """Let the link say what became of everything under way."""
        tokens = self.under_way
        self.under_way = []
        for token in tokens:
            self.app.on_outcome(token, delivered, self.now)
        self._poll()

    def sent(self, kind):
        """Return the fields of all Sends of a kind so far."""
        return [
            each.fields for each in self.actions if isinstance(each, Send) and each.kind == kind
        ]

    def _poll(self):
        while True:
            actions = self.app.poll(self.now)
            self.actions += actions
            for each in actions:
                if isinstance(each, Output):
                    self.levels[each.name] = each.value
                elif isinstance(each, Send) and each.token is not None:
                    if self.online:
                        self.app.on_outcome(each.token, True, self.now)
                    else:
                        self.under_way.append(each.token)
            if not actions:
                return
