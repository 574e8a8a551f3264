"""Bundles: a folder of files as one signed update (docs/UPDATES.md gives the bytes).

The same folder, figures and key always make the same bytes.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path

from linli_firmware.storage.ram_files import RamFiles
from linli_firmware.update import manifest as wire
from linli_firmware.update.manifest import Manifest
from linli_protocol import cbor, sm2
from linli_protocol.crypto import sm3

from .failure import Failure

# sys.implementation._mpy: version and sub-version of .mpy files, and what native code in them is
# for, counted as MicroPython's py/persistentcode.h does.
MPY_VERSION = 6
MPY_SUB_VERSION = 3
ARCHITECTURES = {"x86": 1, "x64": 2, "xtensawin": 10, "rv32imc": 11}

# The signer of a bundle that nobody has signed yet.
NOBODY = bytes(4)


@dataclass(frozen=True, slots=True)
class Target:
    """What a bundle is, and which devices it is for.

    `version` is major << 16 | minor << 8 | patch; `loader` the least version of boot code; `abi`
    what the boards' `sys.implementation._mpy` says.
    """

    device_kind: int
    version: int
    abi: int
    loader: int = 1


def abi(architecture: str) -> int:
    """Return `sys.implementation._mpy` of boards of an architecture, as mpy-cross names it."""
    if architecture not in ARCHITECTURES:
        raise Failure(f"{architecture!r} is none of {', '.join(sorted(ARCHITECTURES))}")
    return ARCHITECTURES[architecture] << 10 | MPY_SUB_VERSION << 8 | MPY_VERSION


def read_folder(folder: Path) -> dict[str, bytes]:
    """Return the files in a folder and those below it, by the names that slots give them."""
    if not folder.is_dir():
        raise Failure(f"{folder}: not a folder")
    return {
        path.relative_to(folder).as_posix(): path.read_bytes()
        for path in folder.rglob("*")
        if path.is_file()
    }


def table(files: Mapping[str, bytes]) -> bytes:
    """Return the table of `files`; Failure names the one that a device would not take."""
    try:
        return b"".join(
            wire.entry(name, len(content), sm3(content)) for name, content in _ordered(files)
        )
    except ValueError as error:
        raise Failure(str(error)) from error


def manifest(target: Target, files: Mapping[str, bytes], signer: bytes | None) -> bytes:
    """Return the bytes that the vendor signs; `signer` is the public key, 65 bytes, if known."""
    listed = table(files)
    return cbor.encode(
        {
            wire.KIND: target.device_kind,
            wire.VERSION: target.version,
            wire.LOADER: target.loader,
            wire.ABI: target.abi,
            wire.SIGNER: wire.signer_of(signer) if signer else NOBODY,
            wire.TABLE_SIZE: len(listed),
            wire.TABLE_HASH: sm3(listed),
            wire.CONTENT_SIZE: sum(len(content) for content in files.values()),
        }
    )


def build(
    target: Target, files: Mapping[str, bytes], signer: bytes, sign: Callable[[bytes], bytes]
) -> bytes:
    """Return a bundle; `sign` takes the manifest and returns its signature, r then s."""
    signed = manifest(target, files, signer)
    return _joined(signed, sign(signed), files)


def unsigned(target: Target, files: Mapping[str, bytes]) -> bytes:
    """Return a bundle that is yet to be signed, with zeros for signer and signature."""
    return _joined(manifest(target, files, None), bytes(sm2.SIGNATURE_LENGTH), files)


def signed(contents: "Contents", signer: bytes, sign: Callable[[bytes], bytes]) -> bytes:
    """Return the bundle of the same contents, signed with another key or for the first time."""
    head = contents.manifest
    target = Target(head.device_kind, head.version, head.abi, head.loader)
    return build(target, contents.files, signer, sign)


def _joined(signed: bytes, signature: bytes, files: Mapping[str, bytes]) -> bytes:
    head = wire.MAGIC + len(signed).to_bytes(2, "big") + signed + signature
    content = b"".join(content for _, content in _ordered(files))
    return head + table(files) + content


@dataclass(frozen=True, slots=True)
class Contents:
    """What is in a bundle."""

    manifest: Manifest
    files: dict[str, bytes]


def inspect(bundle: bytes) -> Contents:
    """Take a bundle apart and check all but the signature; Failure says what is wrong."""
    try:
        length = wire.head_length(bundle[: wire.PREFIX_LENGTH])
        head = Manifest(bundle[:length])
        if len(bundle) != head.total:
            raise Failure(f"the bundle has {len(bundle)} bytes, its manifest says {head.total}")
        listed = bundle[length : length + head.table_size]
        if sm3(listed) != head.table_hash:
            raise Failure("the table is not the one that was signed")
        files: dict[str, bytes] = {}
        at = length + head.table_size
        slot = RamFiles()
        slot.append(wire.TABLE, listed)
        for name, size, digest in wire.entries(slot):
            files[name] = bundle[at : at + size]
            at += size
            if sm3(files[name]) != digest:
                raise Failure(f"{name}: not the file that was signed")
    except ValueError as error:
        raise Failure(f"not a bundle: {error}") from error
    if at != head.total:
        raise Failure("the files are not as long as the manifest says")
    return Contents(head, files)


def is_signed(bundle: Contents, key: bytes) -> bool:
    """Say whether a bundle's signature is that of the public `key`, 65 bytes."""
    head = bundle.manifest
    return head.signer == wire.signer_of(key) and sm2.verify(key, head.signed, head.signature)


def _ordered(files: Mapping[str, bytes]) -> list[tuple[str, bytes]]:
    return sorted(files.items(), key=lambda item: item[0].encode())
