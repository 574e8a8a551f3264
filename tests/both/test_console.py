"""A production board's console opens to jumper and key together, and to nothing less."""

from linli_firmware.node.console import PENALTY_MS, Console
from linli_protocol import keys
from linli_protocol.crypto import cmac
from pins import Bench, InPin
from support import Random

ROOT = bytes(range(16))  # test key
KEY = keys.console_key(ROOT)


class Desk:
    """A console with its jumper and somebody at the keyboard."""

    def __init__(self):
        self.now = 0
        self.typed = ""
        self.is_open = False
        self.shown = []
        self.answers = []
        self.random = Random(3).bytes
        self.jumper = InPin(Bench())
        self.console = Console(self, self.jumper, KEY, self.answered, self.shown.append)

    def answered(self, was_right, now):
        self.answers.append(was_right)

    def read_key(self):
        key, self.typed = self.typed[:1], self.typed[1:]
        return key

    def open_console(self):
        self.is_open = True

    def pass_time(self, ms=100):
        for _ in range(ms // 50):
            self.now += 50
            self.console.poll(self.now)

    def answer(self, key=KEY):
        """Answer the challenge shown last."""
        challenge = bytes.fromhex(self.shown[-1].split()[-1])
        self.typed += cmac(key, challenge).hex() + "\r"


def test_jumper_and_key_open_it():
    desk = Desk()
    desk.jumper.move(1)
    desk.pass_time()
    desk.answer()
    desk.pass_time()
    assert desk.is_open and desk.answers == [True]


def test_the_jumper_alone_opens_nothing():
    desk = Desk()
    desk.jumper.move(1)
    desk.pass_time(60_000)
    desk.typed = "\r\n\r\n"
    desk.pass_time(60_000)
    assert not desk.is_open and desk.answers == []


def test_without_the_jumper_nothing_is_asked_and_nothing_typed_counts():
    desk = Desk()
    desk.jumper.move(1)
    desk.pass_time()
    desk.answer()
    desk.jumper.move(0)
    desk.pass_time(10_000)
    assert not desk.is_open and len(desk.shown) == 1
    desk.jumper.move(1)
    desk.pass_time(10_000)
    assert not desk.is_open


def test_a_wrong_answer_costs_time_and_a_new_challenge():
    desk = Desk()
    desk.jumper.move(1)
    desk.pass_time()
    challenge = desk.shown[-1]
    desk.answer(bytes(16))
    desk.pass_time()
    assert desk.answers == [False] and not desk.is_open
    desk.pass_time(PENALTY_MS - 200)
    assert desk.shown[-1] == "wrong answer"
    desk.pass_time(200)
    assert desk.shown[-1].startswith("console challenge: ") and desk.shown[-1] != challenge
    desk.answer()
    desk.pass_time()
    assert desk.is_open


def test_an_answer_heard_once_is_worth_nothing_later():
    desk = Desk()
    desk.jumper.move(1)
    desk.pass_time()
    desk.answer()
    overheard = desk.typed
    desk.typed = ""
    desk.jumper.move(0)
    desk.pass_time()
    desk.jumper.move(1)
    desk.pass_time()
    desk.typed = overheard
    desk.pass_time()
    assert not desk.is_open and desk.answers == [False]


def test_noise_and_the_root_key_open_nothing():
    desk = Desk()
    desk.jumper.move(1)
    random = Random(9)
    for _ in range(20):
        desk.pass_time(PENALTY_MS + 100)
        desk.typed += "".join([chr(1 + random.below(126)) for _ in range(50)]) + "\r"
    desk.pass_time(PENALTY_MS + 5_000)
    desk.answer(ROOT)
    desk.pass_time()
    assert not desk.is_open


def test_what_is_shown_never_holds_a_key():
    desk = Desk()
    desk.jumper.move(1)
    desk.pass_time()
    desk.answer()
    desk.pass_time()
    text = "".join(desk.shown)
    assert KEY.hex() not in text and ROOT.hex() not in text
