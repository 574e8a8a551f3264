"""Faults to plant in a node."""

NEVER = 1 << 30


def break_core(desk):
    """Have the device choke on an input."""
    desk.node.inbox.port("no_such_method")(desk.now)


def break_flash(desk, times):
    """Let the next writes of the store fail."""
    append, left = desk.files.append, [times]

    def fails(name, data):
        left[0] -= 1
        if left[0] >= 0:
            raise OSError(28)
        append(name, data)

    desk.files.append = fails


class DeadSensor:
    """A driver whose chip does not answer the next `failing` times."""

    def __init__(self, failing=NEVER):
        self.failing = failing

    def poll(self, now):
        self.failing -= 1
        if self.failing >= 0:
            raise OSError(5)

    def next_deadline(self):
        return 0


def add_driver(node, make):
    """Have the node wired with one more driver, now and whenever it is wired anew."""
    kind = node.wiring._kind

    class Kind:
        @staticmethod
        def wire(pins, port, board):
            drivers, outputs = kind.wire(pins, port, board)
            return [make()] + drivers, outputs

    node.wiring._kind = Kind
    node.wiring.drivers.insert(0, make())
