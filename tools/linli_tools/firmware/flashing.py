"""The steps of flashing: what is on the board looked at, its regions written and read back."""

from collections.abc import Callable, Sequence

from linli_hil.flash_image import BLOCK_SIZE

from ..failure import Failure
from .base_firmware import BaseFirmware
from .esptool_process import Esptool
from .files_there import lost_files
from .flash_plan import Region
from .identity import device_of
from .partitions import DATA, NVS, TABLE_LENGTH, TABLE_OFFSET, file_system, find, parse_table

# What is being done, for people.
Step = Callable[[str], None]


def refuse_loss(
    board: Esptool,
    base: BaseFirmware,
    flash_size: int,
    image: bytes,
    keeps_nvs: bool,
    step: Step,
) -> None:
    """Raise Failure when writing would take files of a device, or its NVS, from the board.

    What `image` has as well, as after a cut, is not lost.
    """
    step("looking at what is there")
    try:
        there = parse_table(board.read(TABLE_OFFSET, TABLE_LENGTH))
        home = file_system(there, flash_size)
    except ValueError:
        return
    if keeps_nvs and find(there, DATA, NVS) != find(base.partitions, DATA, NVS):
        raise Failure(
            "the board has its NVS, with address and key, where this MicroPython has not: give "
            "--nvs, or --erase to lose it"
        )
    if home.end > flash_size:
        return
    files = lost_files(
        lambda offset, size: board.read(home.offset + offset, size), home.size, image
    )
    if files:
        told = ", ".join(f"/{folder} ({size} bytes)" for folder, size in files.items())
        raise Failure(f"the board holds files of a device: {told}; --erase loses all of the flash")


def device_there(board: Esptool, base: BaseFirmware) -> str | None:
    """Return the address of the device that the board's NVS makes it; None when it has none."""
    where = find(base.partitions, DATA, NVS)
    return device_of(board.read(where.offset, where.size)) if where else None


def write(board: Esptool, regions: Sequence[Region], erase: bool, step: Step) -> None:
    """Write the regions and read each back; Failure tells what the board holds then.

    The last region is the boot loader, which is erased first: in between nothing starts.
    """
    done: list[str] = []
    erased = False
    try:
        step("erasing")
        if erase:
            board.erase_all()
        else:
            board.erase(regions[-1].offset, BLOCK_SIZE)
        erased = True
        for region in regions:
            step(f"writing {region.name}")
            board.write(region.offset, region.data)
            step(f"reading {region.name} back")
            if board.read(region.offset, len(region.data)) != region.data:
                raise Failure(f"{region.name}: the flash does not hold what was written")
            done.append(region.name)
    except (Failure, KeyboardInterrupt) as error:
        reason = "interrupted" if isinstance(error, KeyboardInterrupt) else str(error)
        missing = [region.name for region in regions if region.name not in done]
        state = (
            f"is half flashed: {' and '.join(done) or 'nothing'} written and read back, "
            f"{' and '.join(missing)} not"
            if erased
            else "may be erased, and nothing was written"
        )
        raise Failure(f"{reason}; the board {state}: run the same command again") from error
