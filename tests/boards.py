"""The compilers of boards, and what the core costs there: instructions, stack, RAM and flash.

`python tests/boards.py` writes the tables of native/BOARDS.md anew.
"""

import platform
import shutil
import subprocess
import tempfile
from dataclasses import dataclass
from functools import cache
from pathlib import Path

ROOT = Path(__file__).parents[1]
NATIVE = ROOT / "native"
CORE = NATIVE / "core"
PAGE = NATIVE / "BOARDS.md"
QEMU = "qemu-system-riscv32"

# What "SM4 + CCM + CMAC + COBS + CRC" is made of, and what the modules for MicroPython add.
PACKET_SOURCES = ("portable.c", "sm4.c", "ccm.c", "cmac.c", "cobs.c", "crc16.c", "crc32.c")
HASH_SOURCES = ("sm3.c",)

# Promised in native/BOARDS.md. Instructions a block are for -O2, bytes of code for -Os.
BLOCK_CEILING = {"S-box": 1600, "table": 1200}
SIZE_CEILING = 4000
STACK_CEILING = 512
CONTEXT_CEILING = 144


def run(*command: object, folder: Path | None = None) -> str:
    """Run a command to success and return its standard output."""
    words = [str(word) for word in command]
    done = subprocess.run(words, cwd=folder, capture_output=True, text=True, timeout=120)
    if done.returncode != 0:
        raise RuntimeError(f"{' '.join(words)}\n{done.stdout}{done.stderr}")
    return done.stdout


@dataclass(frozen=True)
class Target:
    """A processor and how MicroPython compiles native modules for it (py/dynruntime.mk)."""

    prefix: str  # of the tools' names
    flags: tuple[str, ...]
    host: str = ""  # the machine whose own compiler this is, "" for a cross compiler

    def missing(self) -> str:
        """Return what is not installed, "" when everything is."""
        if self.host not in ("", platform.machine()):
            return f"no machine of kind {self.host}"
        if shutil.which(self.prefix + "gcc") is None:
            return f"no {self.prefix}gcc"
        probe = subprocess.run(
            [self.prefix + "gcc", *self.flags, "-E", "-"],
            input="#include <string.h>\n#include <stdint.h>\n",
            capture_output=True,
            text=True,
        )
        return "" if probe.returncode == 0 else f"{self.prefix}gcc has no C library's headers"

    def compile(self, source: Path, output: Path, *flags: str) -> None:
        """Compile one file as boards do."""
        board = "-std=c99", "-DLINLI_BOARD", f"-I{CORE}"
        run(self.prefix + "gcc", *self.flags, *board, *flags, "-c", source, "-o", output)

    def symbols(self, compiled: Path) -> list[tuple[str, str]]:
        """Return kind, a letter as nm has it, and name of every symbol."""
        lines = run(self.prefix + "nm", compiled).splitlines()
        return [(line.split()[-2], line.split()[-1]) for line in lines]

    def size(self, compiled: Path) -> int:
        """Return the bytes of code and constants."""
        return int(run(self.prefix + "size", compiled).splitlines()[1].split()[0])

    def version(self) -> str:
        """Return the compiler's name and version."""
        return f"{self.prefix}gcc {run(self.prefix + 'gcc', '-dumpfullversion').strip()}"


TARGETS = {
    "rv32imc": Target(
        "riscv64-unknown-elf-",
        ("-march=rv32imac", "-mabi=ilp32", "-mno-relax", "--specs=picolibc.specs"),
    ),
    "armv7emsp": Target(
        "arm-none-eabi-",
        ("-mthumb", "-mcpu=cortex-m4", "-mfpu=fpv4-sp-d16", "-mfloat-abi=hard"),
    ),
    "x64": Target("", ("-fno-stack-protector",), "x86_64"),
    "x86": Target("", ("-m32", "-fno-stack-protector"), "x86_64"),
}
# For programs instead of native modules: what an ESP32-C3 is compiled for.
RV32 = Target("riscv64-unknown-elf-", ("-march=rv32imc", "-mabi=ilp32", "--specs=picolibc.specs"))


def missing_for_rv32() -> str:
    """Return what a program for the emulated RV32IMC board lacks, "" when nothing."""
    return RV32.missing() or ("" if shutil.which(QEMU) else f"no {QEMU}")


def build_program(output: Path, *arguments: object) -> None:
    """Link sources and the whole core to a program for the emulated board."""
    place = [  # qemu's machine "virt" has its RAM from 0x80000000 on
        "--defsym=__flash=0x80000000",
        "--defsym=__flash_size=0x200000",
        "--defsym=__ram=0x80200000",
        "--defsym=__ram_size=0x200000",
    ]
    run(
        *(RV32.prefix + "gcc", *RV32.flags, "-std=c99", "-DLINLI_BOARD"),
        *("-Wall", "-Wextra", "-Wconversion", "-Werror"),
        *(f"-I{CORE}", f"-I{NATIVE / 'engines'}", *arguments, *sorted(CORE.glob("*.c"))),
        *("--oslib=semihost", "--crt0=hosted", "-T", "picolibc.ld"),
        *(f"-Wl,{symbol}" for symbol in place),
        *("-o", output),
    )


def run_program(program: Path) -> str:
    """Run a program on the emulated board, where every instruction is counted once."""
    return run(
        *(QEMU, "-M", "virt", "-bios", "none", "-icount", "shift=0", "-display", "none"),
        *("-monitor", "none", "-serial", "none", "-chardev", "stdio,id=console"),
        *("-semihosting-config", "enable=on,target=native,chardev=console", "-kernel", program),
    )


@dataclass(frozen=True)
class Cost:
    """What one build of the core costs."""

    instructions: dict[str, int]  # by job: see bare_metal/measure.c
    stack: dict[str, int]
    sizes: dict[str, int]  # by source
    contexts: tuple[int, int]  # of a key and of a hash
    made_with: str

    @property
    def packet_size(self) -> int:
        """Bytes of code and constants for SM4, CCM, CMAC, COBS and CRC."""
        return sum(self.sizes[source] for source in PACKET_SOURCES)


BUILDS = [(table, level) for table in ("S-box", "table") for level in ("-Os", "-O2")]


@cache
def cost(table: str, level: str) -> Cost:
    """Measure one build."""
    flags = [level, *(["-DLINLI_SM4_TABLE"] if table == "table" else [])]
    sizes = {}
    with tempfile.TemporaryDirectory() as folder:
        program, compiled = Path(folder, "measure"), Path(folder, "object.o")
        build_program(program, *flags, NATIVE / "bare_metal/measure.c")
        lines = run_program(program).splitlines()
        for source in (*PACKET_SOURCES, *HASH_SOURCES):
            RV32.compile(CORE / source, compiled, *flags)
            sizes[source] = RV32.size(compiled)
    library, contexts, *jobs = lines
    return Cost(
        instructions={line.split()[0]: int(line.split()[1]) for line in jobs},
        stack={line.split()[0]: int(line.split()[2]) for line in jobs},
        sizes=sizes,
        contexts=(int(contexts.split()[1]), int(contexts.split()[2])),
        made_with=f"{RV32.version()}, {library}",
    )


def _row(*cells: object) -> str:
    return "| " + " | ".join(map(str, cells)) + " |"


def _thousands(number: int) -> str:
    return f"{number:,}".replace(",", " ")


JOBS = {
    "schedule": "a key's round keys",
    "block": "**one block**",
    "seal": "**seal**: header 8, body 48, tag 8 bytes",
    "open": "open the same",
    "cmac": "CMAC of 48 bytes",
    "sm3": "SM3, a block of 64 bytes",
    "crc16": "CRC-16 of the packet, 64 bytes",
    "cobs_encode": "COBS of the packet: encode",
    "cobs_decode": "decode",
}


def cost_table() -> list[str]:
    """Return the table of what the core costs on RV32IMC."""
    costs = [cost(*build) for build in BUILDS]
    lines = [
        f"{costs[0].made_with}, `-march=rv32imc`.",
        "",
        _row("", *(f"{table}, `{level}`" for table, level in BUILDS)),
        _row("---", *("---:" for _ in BUILDS)),
        _row("**instructions**", *("" for _ in BUILDS)),
    ]
    for job, meaning in JOBS.items():
        lines.append(_row(meaning, *(_thousands(each.instructions[job]) for each in costs)))
    lines.append(_row("**stack, bytes below the caller**", *("" for _ in BUILDS)))
    for job in ("seal", "open", "cmac", "sm3"):
        lines.append(_row(job, *(each.stack[job] for each in costs)))
    lines.append(_row("**text + rodata, bytes**", *("" for _ in BUILDS)))
    for source in costs[0].sizes:
        lines.append(_row(f"`{source}`", *(each.sizes[source] for each in costs)))
    lines.append(
        _row("**all but `sm3.c`**", *(f"**{_thousands(each.packet_size)}**" for each in costs))
    )
    key, hashed = costs[0].contexts
    lines += ["", f"RAM: {key} bytes a key, {hashed} bytes a hash; nothing else, no heap."]
    return lines


def size_table() -> dict[str, str]:
    """Return the rows of code sizes, by target; only those whose compiler is here."""
    rows = {}
    with tempfile.TemporaryDirectory() as folder:
        compiled = Path(folder, "object.o")
        for name, target in TARGETS.items():
            if target.missing():
                continue
            sizes = {}
            for source in (*PACKET_SOURCES, *HASH_SOURCES):
                target.compile(CORE / source, compiled, "-Os", "-fpic", "-fno-common")
                sizes[source] = target.size(compiled)
            packet = sum(sizes[source] for source in PACKET_SOURCES)
            numbers = _thousands(packet), _thousands(sum(sizes.values()))
            rows[name] = _row(f"`{name}`", target.version(), *numbers)
    return rows


def section(page: str, name: str) -> str:
    """Return what stands between a page's two marks of one name."""
    return page.split(f"<!-- {name} -->")[1].split(f"<!-- /{name} -->")[0]


def main() -> None:
    """Write the tables anew."""
    page = PAGE.read_text()
    head = _row("`ARCH`", "compiler", "SM4, CCM, CMAC, COBS, CRC", "with SM3")
    sizes = [head, _row("---", "---", "---:", "---:"), *size_table().values()]
    for name, lines in (("cost", cost_table()), ("sizes", sizes)):
        before, rest = page.split(f"<!-- {name} -->")
        after = rest.split(f"<!-- /{name} -->")[1]
        body = "\n".join(lines)
        page = f"{before}<!-- {name} -->\n\n{body}\n\n<!-- /{name} -->{after}"
    PAGE.write_text(page)


if __name__ == "__main__":
    main()
