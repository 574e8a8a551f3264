"""The package cobs, in C where it was built with a compiler."""

from functools import partial
from importlib import import_module
from importlib.metadata import version

from ..jobs import Implementation, Kind, data

_cobs = import_module("cobs.cobs")

IMPLEMENTATION = Implementation(
    "cobs",
    version("cobs") + ("" if _cobs._using_extension else ", in Python"),
    {
        Kind.COBS_ENCODE: lambda job: partial(_cobs.encode, data(job.length)),
        Kind.COBS_DECODE: lambda job: partial(_cobs.decode, _cobs.encode(data(job.length))),
    },
)
