"""A process whose native core was told its engine: times jobs as it is asked to, line by line.

A request is JSON of kind, length, messages and times; the answer is the seconds that took.
"""

import json
import sys

from .jobs import Job, Kind
from .native import MAKERS
from .timing import Work, work


def main() -> None:
    """Answer the requests on standard input until it ends."""
    ready: tuple[Job, Work] | None = None
    for line in sys.stdin:
        request = json.loads(line)
        job = Job(Kind[request["kind"]], request["length"], request["messages"])
        if ready is None or ready[0] != job:
            ready = job, work(MAKERS[job.kind](job))
        print(ready[1].seconds(request["times"]), flush=True)


if __name__ == "__main__":
    main()
