"""The emulated board's console is that of a real one: for mpremote, for terminals, for people."""

import time
from pathlib import Path

import emulated
from consoles import Person, mpremote, on_desk, simple
from linli_hil.emulator import EmulatedBoard, make_image
from linli_hil.emulator.pseudo_terminal import PseudoTerminal
from linli_protocol import keys
from linli_protocol.crypto import cmac

PROTOCOL = Path(__file__).parents[2] / "protocol"
REBOOT = b"MPY: soft reboot\r\n"
RAW_PROMPT = b"raw REPL; CTRL-B to exit\r\n>"
STARTED = b"boot runs\r\nmain runs\r\n"
TELL_CAUSE = b"import machine; machine.reset_cause()"


def answers(person: Person, typed: bytes, wanted: bytes) -> bytes | None:
    """Have a person type something and wait for an answer; return what came up to its end."""
    person.type(typed)
    return person.sees(wanted)


def test_mpremote_handles_files_as_on_any_board(tmp_path: Path) -> None:
    (tmp_path / "note.txt").write_bytes(bytes(range(256)) * 8)
    (tmp_path / "tool.py").write_text("import sys\nprint(sys.implementation.name, 6 * 7)\n")
    note, back, tool = (str(tmp_path / name) for name in ("note.txt", "back.txt", "tool.py"))
    with on_desk(simple()) as terminal:
        printed = mpremote(
            terminal.console.path,
            *("mkdir", ":notes", "+", "cp", note, ":notes/note.txt", "+", "ls", ":notes", "+"),
            *("cp", ":notes/note.txt", back, "+", "run", tool, "+", "df", "+"),
            *("rm", "-r", ":notes", "+", "ls", ":/", "+", "cat", "boot.py"),
        )
    assert Path(back).read_bytes() == Path(note).read_bytes()
    assert "2048 note.txt" in printed and "micropython 42" in printed and "2097152" in printed
    assert "print('boot runs')" in printed
    assert "main.py" in printed and "notes/" not in printed.partition("ls :/\n")[2]


def test_a_folder_of_the_host_can_be_mounted_over_the_console(tmp_path: Path) -> None:
    (tmp_path / "fresh.py").write_text("print('imported from the host')\n")
    with on_desk(simple()) as terminal:
        console = terminal.console.path
        code = "import fresh, os; open('left.bin', 'wb').write(bytes(range(32)) * 40)"
        assert "imported from the host" in mpremote(console, "mount", str(tmp_path), "exec", code)
        assert "left.bin" not in mpremote(console, "ls")
    assert (tmp_path / "left.bin").read_bytes() == bytes(range(32)) * 40


def test_mip_installs_the_protocol() -> None:
    code = "from linli_protocol.crypto import cmac; print(cmac(bytes(16), b'').hex())"
    package = str(PROTOCOL / "package.json")
    with on_desk(simple()) as terminal:
        printed = mpremote(
            terminal.console.path, "mip", "install", "--target", "/lib", package, "+", "exec", code
        )
    assert cmac(bytes(16), b"").hex() in printed


def test_a_soft_reset_at_the_friendly_prompt_runs_everything_again() -> None:
    with on_desk(simple()) as terminal, Person(terminal.console.path) as person:
        person.breaks_in()
        assert answers(person, b"left = 1\r", b">>> ")
        assert answers(person, b"\x04", REBOOT + STARTED)
        person.breaks_in()
        assert answers(person, TELL_CAUSE + b", 'left' in globals()\r", b"(5, False)\r\n>>> ")
        assert answers(person, b"import sys; sys.exit(3)\r", REBOOT + STARTED)


def test_a_soft_reset_at_the_raw_prompt_leaves_main_out() -> None:
    with on_desk(simple()) as terminal, Person(terminal.console.path) as person:
        person.breaks_in()
        assert answers(person, b"\x01", RAW_PROMPT)
        assert answers(person, b"\x04", b"OK\r\n" + REBOOT + b"boot runs\n" + RAW_PROMPT)
        assert answers(person, b"print(1 + 1)\x04", b"OK2\n\x04\x04>")
        assert answers(person, b"\x02", b">>> ") and b"main runs" not in person.seen


def test_a_reset_restarts_the_board_at_the_friendly_prompt_even_from_the_raw_one() -> None:
    with on_desk(simple()) as terminal, Person(terminal.console.path) as person:
        person.breaks_in()
        assert answers(person, b"\x01import machine; machine.reset()\x04", STARTED)
        person.breaks_in()
        assert answers(person, TELL_CAUSE + b"\r", b"\r\n2\r\n")


def test_the_prompt_is_in_the_names_of_main_and_takes_pasted_text() -> None:
    main = b"answer = 42\n"
    with on_desk(simple(main)) as terminal, Person(terminal.console.path) as person:
        assert answers(person, b"\r", b">>> ")
        assert answers(person, b"\x05", b"=== ")
        assert answers(person, b"def show():\r    print('answer', answer)\r\x04", b">>> ")
        assert answers(person, b"show()\r", b"answer 42\r\n>>> ")


def test_ctrl_c_ends_a_program_typed_at_either_prompt() -> None:
    with on_desk(simple()) as terminal, Person(terminal.console.path) as person:
        person.breaks_in()
        assert answers(person, b"while True: pass\r\r", b"... ")
        person.breaks_in()
        assert answers(person, b"\x01while True: pass\x04", b"OK")
        time.sleep(0.2)
        assert answers(person, b"\x03\x03", b"KeyboardInterrupt: \n\x04>")


def test_ctrl_c_is_a_byte_like_any_other_while_a_program_shuts_it_out() -> None:
    main = b"""
import micropython, sys
micropython.kbd_intr(-1)
print("ready")
while True:
    typed = sys.stdin.buffer.read(1)
    print("typed", typed)
    if typed == b"q":
        break
"""
    with on_desk(simple(main)) as terminal, Person(terminal.console.path) as person:
        assert person.sees(b"ready")
        assert answers(person, b"\x03\x03x", b"typed b'\\x03'\r\ntyped b'\\x03'\r\ntyped b'x'\r\n")
        assert answers(person, b"q", b">>> ")


def test_a_program_that_fails_leaves_the_board_at_the_prompt() -> None:
    with on_desk(simple(b"1 / 0\n")) as terminal, Person(terminal.console.path) as person:
        assert answers(person, b"\r", b"ZeroDivisionError: divide by zero\r\n")
        assert person.sees(b">>> ")


def test_production_firmware_keeps_mpremote_out_until_jumper_and_key_open_the_console() -> None:
    content = emulated.files("door", production=True) | emulated.configuration("door")
    board = EmulatedBoard(make_image(content), emulated.IDENTITY, stays_on=True)
    with on_desk(board) as terminal:
        with Person(terminal.console.path) as person:
            assert person.sees(b"runs")
            person.type(b"\r\x03\x03\r\x01")
            assert not person.sees(b"raw REPL", 1)
            board.drive(emulated.SERVICE_PIN, 0)
            assert person.sees(b"console challenge: ")
            challenge = bytes.fromhex(person.sees(b"\r\n").decode())
            response = cmac(keys.console_key(emulated.ROOT), challenge)
            assert answers(person, response.hex().encode() + b"\r", b"console open")
            person.breaks_in()
        assert "build.json" in mpremote(terminal.console.path, "ls", ":/lib")


def test_what_a_board_says_while_nobody_listens_is_lost() -> None:
    port = PseudoTerminal()
    port.write(b"lost")
    with Person(port.path) as person:
        assert port.is_open
        port.write(b"heard\x00\x03\n")
        assert person.sees(b"heard\x00\x03\n") and person.seen == b""
    assert not port.is_open
    port.close()


def test_a_listener_who_does_not_read_holds_nobody_up_for_long() -> None:
    port = PseudoTerminal()
    with Person(port.path):
        port.write(bytes(1 << 20))
        assert port.is_full
        while port.is_full:
            port.flush()
            time.sleep(0.01)
    port.close()
