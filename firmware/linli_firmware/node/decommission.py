"""Nothing that was stored can be read from the flash afterwards, and that is looked up.

Address and key go first: they lie in a partition of their own, which can be overwritten as it is.
Store and configuration (which may hold a network's password) are files of LittleFS, for which
`storage.overwrite` has the longer way. Power may fail at any time: the next start goes on.
"""

from ..storage.overwrite import PASSES, Overwriter
from .folders import CONFIG, DATA, MARKER

TYPE_CHECKING = False
if TYPE_CHECKING:
    from ..storage.types import BlockDevice
    from .types import Board, Feeder

_ERASE = 6
_BLOCK_COUNT = 4
_BLOCK_SIZE = 5


def decommission(board: "Board", watchdog: "Feeder", identity: "tuple[int, bytes] | None") -> bool:
    """Overwrite everything three times; return whether nothing of it was found again.

    `identity` is None when the key is gone already. When something is found, the next start tries
    again.
    """
    # First of all, so that nothing that is wrong with a file keeps the key.
    keys_gone = _overwrite_all(board.key_flash(), watchdog)
    board.retained.write(b"")
    secrets = [identity[1]] if identity else []
    overwriter = Overwriter("/", (DATA, CONFIG), MARKER, board.flash(), secrets)
    for _ in overwriter.steps():
        watchdog.feed()
    board.show(
        "decommissioned: %d blocks read, %d of %d fingerprints found, key %s"
        % (
            overwriter.searched,
            overwriter.found,
            len(overwriter.fingerprints),
            "gone" if keys_gone else "NOT GONE",
        )
    )
    return keys_gone and not overwriter.found


def _overwrite_all(device: "BlockDevice", watchdog: "Feeder") -> bool:
    """Overwrite every block in each of PASSES and erase it; return whether all read as erased."""
    size = device.ioctl(_BLOCK_SIZE, 0)
    is_erased = True
    for block in range(device.ioctl(_BLOCK_COUNT, 0)):
        for pattern in PASSES:
            device.ioctl(_ERASE, block)
            device.writeblocks(block, bytes((pattern,)) * size, 0)
        device.ioctl(_ERASE, block)
        content = bytearray(size)
        device.readblocks(block, content, 0)
        is_erased = is_erased and content == b"\xff" * size
        watchdog.feed()
    return is_erased
