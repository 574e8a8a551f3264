"""Updates for tests: a vendor's key, bundles, and a board that receives, restarts and confirms."""

from linli_firmware.storage.ram_files import RamFiles
from linli_firmware.update import manifest as wire
from linli_firmware.update.receiver import Receiver
from linli_firmware.update.record import NONE, Record
from linli_firmware.update.signature import verification
from linli_firmware.update.slots import Slots
from linli_protocol import cbor, codes, sm2
from linli_protocol.crypto import sm3
from support import Random

# The key pair of the example in GM/T 0003.5-2012, annex A.2.
PRIVATE_KEY = 0x3945208F7B2144B13F36E38AC6D39F95889393692860B51A42FB81EF4DF7C5B8
KEY = b"\x04" + bytes.fromhex(
    "09f9df311e5421a150dd7d161e4bc5c672179fad1833fc076bb08ff356f35020"
    "ccea490ce26775a52dc6ea718cc1aa600aed05fbf35e084a6632f6072da9ad13"
)
ABI = 2566
OLD = 0x010000
NEW = 0x010100
FLASH = 262144


def multiple(factor, x=sm2.GX, y=sm2.GY):
    """Return `factor` times a point."""
    point = sm2.INFINITY
    for place in range(255, -1, -1):
        point = sm2.double(point)
        if factor >> place & 1:
            point = sm2.add(point, x, y)
    x, y, z = point
    inverse = pow(z, sm2.P - 2, sm2.P)
    return x * inverse * inverse % sm2.P, y * inverse * inverse * inverse % sm2.P


def public_key(private_key):
    """Return the 65 bytes of a public key."""
    return b"\x04" + b"".join([each.to_bytes(32, "big") for each in multiple(private_key)])


def sign(message, private_key=PRIVATE_KEY, identity=sm2.DEFAULT_IDENTITY):
    """Sign as GB/T 32918.2 says, with an ephemeral key that is for tests only."""
    digest = sm2.digest(public_key(private_key), message, identity)
    e = int.from_bytes(digest, "big")
    k = int.from_bytes(sm3(digest + private_key.to_bytes(32, "big")), "big") % sm2.N
    r = (e + multiple(k)[0]) % sm2.N
    s = pow(1 + private_key, sm2.N - 2, sm2.N) * (k - r * private_key) % sm2.N
    return r.to_bytes(32, "big") + s.to_bytes(32, "big")


# By version: tests of cuts ask for the same ones hundreds of times.
_apps = {}


def app(version):
    """Return the files of a small image: code, a file of several blocks, one that never changes."""
    if version not in _apps:
        _apps[version] = {
            "tiny_app.py": b"VERSION = " + str(version).encode() + b"\n",
            "tiny/empty": b"",
            "tiny/tune.bin": Random(version).bytes(5000),
            "tiny/words.bin": Random(1).bytes(4500),
        }
    return _apps[version]


def bundle(files, change=None, private_key=PRIVATE_KEY, **fields):
    """Return a bundle of `files`; `fields` override those of the manifest.

    `change(listed)` may return another table in place of the right one, before it is signed.
    """
    ordered = sorted(files.items())
    listed = b"".join([wire.entry(name, len(data), sm3(data)) for name, data in ordered])
    if change:
        listed = change(listed)
    content = b"".join([data for _, data in ordered])
    values = {
        wire.KIND: codes.DOOR,
        wire.VERSION: NEW,
        wire.LOADER: 1,
        wire.ABI: ABI,
        wire.SIGNER: wire.signer_of(KEY),
        wire.TABLE_SIZE: len(listed),
        wire.TABLE_HASH: sm3(listed),
        wire.CONTENT_SIZE: len(content),
    }
    for name, value in fields.items():
        values[getattr(wire, name)] = value
    signed = cbor.encode(values)
    head = wire.MAGIC + len(signed).to_bytes(2, "big") + signed + sign(signed, private_key)
    return head + listed + content


OLD_BUNDLE = bundle(app(OLD), VERSION=OLD)
NEW_BUNDLE = bundle(app(NEW))


def image_of(data):
    """Return the number by which messages name a bundle."""
    return wire.Manifest(data[: wire.head_length(data)]).image


def install(files, data):
    """Put a bundle into a slot as a transfer leaves it."""
    head = wire.Manifest(data[: wire.head_length(data)])
    at = len(head.head)
    files.append(wire.TABLE, data[at : at + head.table_size])
    at += head.table_size
    for name, size, _ in wire.entries(files):
        files.append(name, data[at : at + size])
        at += size
    files.replace(wire.HEAD, (head.head,))


class Board:
    """A device by its folders alone; everything else is made anew by `boot`.

    `folders` are those of the boot record and of the slots a and b.
    """

    def __init__(self, folders=None, keys=(KEY,), flash=FLASH):
        self.folders = folders or [RamFiles(), RamFiles(), RamFiles()]
        self.keys = keys
        self.flash = flash
        self.restarts = 0

    def boot(self, checked=True):
        """Restart: choose the image; return the slot that runs, or NONE."""
        self.restarts += 1
        self.slot = Slots(self.folders[0], self.folders[1:]).choose(checked)
        self.record = Record(self.folders[0])
        self.receiver = None
        return self.slot

    @property
    def files(self):
        """The running slot's folder."""
        return self.folders[1 + self.slot]

    @property
    def version(self):
        """The version that runs; the image in the chip is 0."""
        if self.slot == NONE:
            return 0
        return wire.Manifest(self.files.read(wire.HEAD, 0, wire.LONGEST_HEAD)).version

    def confirm(self):
        """Do what the node does when the image has shown that it works."""
        return self.record.confirm(self.slot)

    def start_receiver(self):
        """Begin to take updates."""
        identity = {"device_kind": codes.DOOR, "firmware": self.version, "abi": ABI}
        self.receiver = Receiver(
            self.record,
            self.folders[1:],
            identity,
            lambda manifest: verification(manifest, self.keys),
            self.room,
        )

    def room(self):
        """Return the bytes that are free of `flash`."""
        sizes = [folder.size(name) for folder in self.folders for name in folder.names()]
        return self.flash - sum(sizes)

    def poll(self):
        """Work until a message is wanted; return the states sent, as (offset, state, image)."""
        statuses = []
        busy = True
        while busy:
            busy = self.receiver.is_busy()
            status = self.receiver.poll()
            if status:
                statuses.append((status["offset"], status["state"], status["image"]))
        return statuses

    def send(self, data, offset, length=768):
        """Hand the receiver the chunk at `offset` of a bundle."""
        if not self.receiver:
            self.start_receiver()
        chunk = data[offset : offset + length]
        fields = {"image": image_of(data), "offset": offset, "total": len(data), "data": chunk}
        self.receiver.on_update(fields)
        return self.poll()

    def take(self, data, length=768, chunks=None):
        """Let a hub send a bundle: an offer, then from where it is wanted; return the last state.

        After `chunks` messages it breaks off and returns None.
        """
        statuses = self.send(data, 0, length)
        sent = 1
        while True:
            offset, state, _ = statuses[-1]
            if state != codes.UPDATE_RECEIVING:
                return state
            statuses = []
            while not statuses:
                if sent == chunks:
                    return None
                statuses = self.send(data, offset, length)
                sent += 1
                offset += length
                assert offset < len(data) + length or statuses, "sent all, and no answer"


def running_old():
    """Return a board that runs the confirmed version OLD in slot a."""
    board = Board()
    install(board.folders[1], OLD_BUNDLE)
    board.boot()
    return board
