"""The classes of attack: how an attacker without a key makes a packet from what was overheard."""

from collections.abc import Callable
from random import Random

from linli_protocol import messages, packet

from .loot import Loot, is_long

Forge = Callable[[Loot, Random], bytes]

_KINDS = tuple(messages.CATALOGUE)
_COUNTER_AT = 6
_MANY_BITS = 40
_LONGER = 64
_RANDOM_LENGTH = 80


def _any(loot: Loot, random: Random) -> bytes:
    """A genuine packet, rather one that the end has never got: it fails by its tag alone."""
    return random.choice(loot.fresh if loot.fresh and random.random() < 0.7 else loot.seen)


def _flipped(data: bytes, count: int, random: Random) -> bytes:
    number = int.from_bytes(data, "big")
    for bit in random.sample(range(8 * len(data)), count):
        number ^= 1 << bit
    return number.to_bytes(len(data), "big")


def _unlike(data: bytes, random: Random) -> bytes:
    made = random.randbytes(len(data))
    return made if made != data else bytes((made[0] ^ 1,)) + made[1:]


def random_bytes(loot: Loot, random: Random) -> bytes:
    """Noise of 0 to 80 bytes."""
    return random.randbytes(random.randrange(_RANDOM_LENGTH + 1))


def guessed_body(loot: Loot, random: Random) -> bytes:
    """A genuine header and noise behind it."""
    data = _any(loot, random)
    return data[: packet.HEADER_LENGTH] + _unlike(data[packet.HEADER_LENGTH :], random)


def guessed_tag(loot: Loot, random: Random) -> bytes:
    """A genuine packet with another tag."""
    data = _any(loot, random)
    length = packet.LONG_TAG if is_long(data) else packet.SHORT_TAG
    return data[:-length] + _unlike(data[-length:], random)


def one_bit(loot: Loot, random: Random) -> bytes:
    """A genuine packet with one bit flipped."""
    return _flipped(_any(loot, random), 1, random)


def two_bits(loot: Loot, random: Random) -> bytes:
    """A genuine packet with two bits flipped."""
    return _flipped(_any(loot, random), 2, random)


def many_bits(loot: Loot, random: Random) -> bytes:
    """A genuine packet with 3 to 40 bits flipped."""
    return _flipped(_any(loot, random), random.randint(3, _MANY_BITS), random)


def truncated(loot: Loot, random: Random) -> bytes:
    """A genuine packet without its end."""
    data = _any(loot, random)
    return data[: random.randrange(len(data))]


def extended(loot: Loot, random: Random) -> bytes:
    """A genuine packet with 1 to 64 bytes more."""
    return _any(loot, random) + random.randbytes(random.randint(1, _LONGER))


def another_kind(loot: Loot, random: Random) -> bytes:
    """A genuine packet that says it is another message."""
    data = _any(loot, random)
    kind = random.choice([kind for kind in _KINDS if kind != data[1]])
    return bytes((data[0], kind)) + data[2:]


def spliced(loot: Loot, random: Random) -> bytes:
    """The header of a genuine packet before the body of another."""
    head, tail = _any(loot, random), random.choice(loot.seen)
    if head[: packet.HEADER_LENGTH] == tail[: packet.HEADER_LENGTH]:
        return one_bit(loot, random)
    return head[: packet.HEADER_LENGTH] + tail[packet.HEADER_LENGTH :]


def wrong_tag_length(loot: Loot, random: Random) -> bytes:
    """A genuine packet whose tag is cut to 8 bytes, or drawn out to 16, and says so."""
    data = _any(loot, random)
    changed = bytes((data[0] ^ packet.LONG,)) + data[1:]
    if is_long(data):
        return changed[: packet.SHORT_TAG - packet.LONG_TAG]
    return changed + random.randbytes(packet.LONG_TAG - packet.SHORT_TAG)


def replayed(loot: Loot, random: Random) -> bytes:
    """A packet of an open session that the end has taken."""
    return random.choice(loot.seen)


def replayed_of_old(loot: Loot, random: Random) -> bytes:
    """A packet that the end took in a session that is no more."""
    return random.choice(loot.closed_seen)


def stale_epoch(loot: Loot, random: Random) -> bytes:
    """A packet held back until its session was no more."""
    return random.choice(loot.closed_held)


def stale_counter(loot: Loot, random: Random) -> bytes:
    """A packet held back until 64 later ones had passed."""
    return random.choice(loot.late)


def redated(loot: Loot, random: Random) -> bytes:
    """A stale or replayed packet under the epoch and a counter of now."""
    old = random.choice(loot.closed_held + loot.closed_seen + loot.late + loot.seen)
    now = random.choice(loot.fresh or loot.seen)
    first = old[0] & ~3 | now[0] & 3
    counter = int.from_bytes(now[_COUNTER_AT : packet.HEADER_LENGTH], "big")
    counter = (counter + random.randint(1, 50)) & 0xFFFF
    head = bytes((first,)) + old[1:_COUNTER_AT] + counter.to_bytes(2, "big")
    return head + old[packet.HEADER_LENGTH :]


def reflected(loot: Loot, random: Random) -> bytes:
    """A packet of the end's own."""
    return random.choice(loot.own)


def turned(loot: Loot, random: Random) -> bytes:
    """A packet of the end's own that says it goes the other way."""
    data = random.choice(loot.own)
    return bytes((data[0] ^ packet.DOWNLINK,)) + data[1:]


def of_another(loot: Loot, random: Random) -> bytes:
    """A packet of another device, as it was."""
    return random.choice(loot.others)


def readdressed(loot: Loot, random: Random) -> bytes:
    """A packet of another device under an address of this end's."""
    data = random.choice(loot.others)
    return data[:2] + _any(loot, random)[2:_COUNTER_AT] + data[_COUNTER_AT:]


def forged_join(loot: Loot, random: Random) -> bytes:
    """A join message for this end with a counter near the next one."""
    model = random.choice(loot.joins)
    counter = int.from_bytes(model[_COUNTER_AT : packet.HEADER_LENGTH], "big")
    counter = (counter + random.randint(-2, 20)) & 0xFFFF
    body = random.randbytes(len(model) - packet.HEADER_LENGTH)
    return model[:_COUNTER_AT] + counter.to_bytes(2, "big") + body


def replayed_join(loot: Loot, random: Random) -> bytes:
    """A join message that the end has taken."""
    return random.choice(loot.joins)


CLASSES: dict[str, Forge] = {
    "random bytes": random_bytes,
    "guessed body and tag": guessed_body,
    "guessed tag": guessed_tag,
    "one bit flipped": one_bit,
    "two bits flipped": two_bits,
    "3 to 40 bits flipped": many_bits,
    "truncated": truncated,
    "extended": extended,
    "another kind": another_kind,
    "header and body spliced": spliced,
    "tag of wrong length": wrong_tag_length,
    "replayed": replayed,
    "replayed from a closed session": replayed_of_old,
    "stale: session closed": stale_epoch,
    "stale: 64 later ones passed": stale_counter,
    "old under new epoch and counter": redated,
    "reflected": reflected,
    "reflected, direction turned": turned,
    "of another device": of_another,
    "of another device, readdressed": readdressed,
    "forged join": forged_join,
    "replayed join": replayed_join,
}
"""What the attacker sends, each made from Loot and a source of chance; none is a genuine packet
that the end has not taken yet."""
