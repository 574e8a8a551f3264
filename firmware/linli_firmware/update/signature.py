"""Whether a vendor has signed a bundle. Loaded for that alone: SM2 takes much of a heap."""

from linli_protocol import sm2

from .manifest import signer_of

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Generator, Sequence

    from .manifest import Manifest


def verification(manifest: "Manifest", keys: "Sequence[bytes]") -> "Generator[None, None, bool]":
    """Verify in steps a signature under that of `keys` (65 bytes each) which the manifest names.

    Returns the verdict, as `sm2.verification` does.
    """
    for key in keys:
        if signer_of(key) == manifest.signer:
            digest = sm2.digest(key, manifest.signed)
            return (yield from sm2.verification(key, digest, manifest.signature))
    return False
