"""Turn a report of `pip install --report` on standard input into exact pins."""

import json
import sys

HEADER = """\
# Exact versions of all that linli is run and tested with; written by `make constraints`.
# They install on CPython 3.11 to 3.13."""

metadata = [each["metadata"] for each in json.load(sys.stdin)["install"]]
pins = [f"{each['name']}=={each['version']}" for each in metadata if each["name"] != "linli"]
print(HEADER, *sorted(pins, key=str.lower), sep="\n")
