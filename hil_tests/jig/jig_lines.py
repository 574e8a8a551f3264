"""The jig's side of the conversation with the host: numbered and checked lines of text.

    #7 drive 4 1*0d50        a request; the number goes up by one
    #7 ok*eb89               its answer, or "#7 error ..."
    !3 1200345 18 1*65e6     what the jig tells unasked, with a number series of its own

Behind the star are the last four digits of the CRC-32 of what stands before it. A request that
arrives damaged is not answered; the host repeats it under its number, and a number that has been
obeyed is answered again without being obeyed again.
"""

import binascii

# No request is longer: a card's edges take half of it.
LONGEST = 2048


def checked(text):
    """Return `text` with its checksum."""
    return "%s*%04x" % (text, binascii.crc32(text.encode()) & 0xFFFF)


def unchecked(line):
    """Return the text of a line whose checksum holds, None for any other."""
    text = line.rpartition("*")[0]
    return text if text and checked(text) == line else None


class Lines:
    """`obey(words)` does what a request says and returns words to answer; ValueError: it cannot."""

    def __init__(self, source, target, obey):
        self._source = source
        self._target = target
        self._obey = obey
        self._received = b""
        self._answered = ""
        self._answer = ""
        self._told = 0

    def read(self):
        """Take one byte; at a line's end obey it."""
        byte = self._source.read(1)
        if byte in (b"\n", b"\r"):
            received, self._received = self._received, b""
            try:
                text = unchecked(received.decode())
            except UnicodeError:
                text = None
            if text and text[0] == "#":
                self._take(text)
        elif len(self._received) < LONGEST:
            self._received += byte

    def tell(self, words):
        """Send what nobody has asked for."""
        self._send("!%d %s" % (self._told, words))
        self._told += 1

    def _take(self, text):
        number, *words = text.split()
        if number != self._answered:
            try:
                answer = "ok " + self._obey(words)
            except Exception as error:
                answer = "error %s" % (error,)
            self._answered = number
            self._answer = "%s %s" % (number, answer.strip())
        self._send(self._answer)

    def _send(self, text):
        self._target.write(checked(text) + "\n")
