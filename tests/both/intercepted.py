"""A site whose line belongs to somebody who holds packets back and lets them go when they like."""

from installed import UNIX_S, Site
from linli_protocol import messages

# Kept of each direction; an attacker may as well forget the older ones.
KEPT = 400


class Intercepted(Site):
    """`up` and `down` hold what was sent and has not been let through; nothing moves by itself.

    `hub_late_s` is how far the hub's clock is behind.
    """

    def __init__(self, kind, config=None):
        self.up = []
        self.down = []
        self.hub_late_s = 0
        super().__init__(kind, config)

    def start_hub(self):
        super().start_hub()
        self.hub.association._time = lambda now: (self.hub_s, 0)

    @property
    def true_s(self):
        """The time, in Unix s."""
        return UNIX_S + self.now // 1000

    @property
    def hub_s(self):
        """The time by the hub's clock."""
        return self.true_s - self.hub_late_s

    def settle(self):
        moving = True
        while moving:
            outputs, up = self.device.poll(self.now)
            down = self.hub.poll(self.now)
            self.outputs += outputs
            self.up = (self.up + [data for _, data in up])[-KEPT:]
            self.down = (self.down + [data for _, data in down])[-KEPT:]
            moving = bool(up or down)

    def pass_up(self, data):
        """Let the hub have a packet."""
        delivery = self.hub.receive(0, data, self.now)
        if delivery is not None:
            self.received.append(delivery)
        self.settle()

    def pass_down(self, data):
        """Let the device have a packet."""
        self.device.receive(0, data, self.now)
        self.settle()

    def pass_all(self, seconds=0):
        """Be nobody for so long: what is sent meanwhile arrives within a second."""
        self.up = []
        self.down = []
        self.settle()
        for second in range(seconds + 1):
            if second:
                self.run(1)
            while self.up or self.down:
                up, down = self.up, self.down
                self.up = []
                self.down = []
                for data in up:
                    self.pass_up(data)
                for data in down:
                    self.pass_down(data)

    def send_time(self):
        """Have the hub send the time; return the packet, which the device has not got."""
        self.down = []
        self.hub.send(messages.TIME, {"time": self.hub_s, "utc_offset_min": 0}, self.now)
        self.settle()
        return next(data for data in self.down if data[1] == messages.TIME)

    def late_s(self):
        """Return by how much the device's clock is late, None when it does not know the time."""
        unix_s = self.device.clock.unix(self.now)
        return None if unix_s is None else self.true_s - unix_s

    def cut_power(self, off_s, keeps_time):
        """Cut the device's power; its clock runs on through that, or does not."""
        unix_s = self.device.clock.unix(self.now)
        self.now += off_s * 1000
        if unix_s is not None:
            unix_s += off_s
        self.power_on(unix_s=unix_s if keeps_time else None)
        self.settle()
