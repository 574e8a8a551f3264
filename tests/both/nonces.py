"""A watch over nonces: none may seal two different texts under one key."""

from linli_protocol import association, session
from linli_protocol.crypto import Aead as crypto_aead


class RecordingAead:
    """Fails when one key seals two different texts under one nonce."""

    sealed = {}

    def __init__(self, key):
        self._key = key
        self._aead = crypto_aead(key)
        self.open = self._aead.open

    def seal(self, nonce, header, body, tag_length):
        known = RecordingAead.sealed.setdefault((self._key, nonce), (header, body))
        assert known == (header, body), "a nonce was used twice"
        return self._aead.seal(nonce, header, body, tag_length)


def watched(story, *args):
    """Run `story(*args)`, failing when a nonce is used twice; return how many texts it sealed."""
    RecordingAead.sealed.clear()
    session.crypto.Aead = association.Aead = RecordingAead
    try:
        story(*args)
    finally:
        session.crypto.Aead = association.Aead = crypto_aead
    return len(RecordingAead.sealed)
