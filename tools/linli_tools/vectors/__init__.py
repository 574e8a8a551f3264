"""Test vectors for every layer of the protocol, generated from the reference code.

`python -m linli_tools.vectors` writes protocol/vectors/<layer>.json; with `--check` it says whether
they are what it would write. Bytes are in hexadecimal. A second implementation of the protocol is
right when it agrees with these files; the tests read them under both interpreters.
"""

from collections.abc import Callable

from linli_tools.vectors import crypto, framing, messages, session

# Layer -> the function that returns its file's content, the same at every call.
LAYERS: dict[str, Callable[[], dict[str, object]]] = {
    "crypto": crypto.generate,
    "framing": framing.generate,
    "messages": messages.generate,
    "session": session.generate,
}
