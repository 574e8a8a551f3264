"""The hub's log at the end of a campaign: its chain is verified, and its rows are opened."""

import json
import os
from pathlib import Path

from linli_hub.archive import verify_log
from linli_hub.configuration import load
from linli_hub.projections.event import events
from linli_hub.site import read_key
from linli_hub.storage import facts_table, log_table, open_to_read
from linli_hub.vault import Vault


def keep(config: Path, path: Path) -> int:
    """Write the log of the hub configured in `config` to `path`; return how many rows it has.

    BrokenChainError when a row is not what was written.
    """
    settings = load(config)
    database = open_to_read(settings.database)
    try:
        verified = verify_log(database, settings.archive)
        with database.reading() as transaction:
            facts = facts_table.load(transaction)
        vault = Vault(facts, read_key(settings.master_key), os.urandom)
        with path.open("w", encoding="utf-8") as file:
            for event in events(log_table.read(database), vault):
                row = {
                    "number": event.number,
                    "kind": event.kind,
                    "device": event.device,
                    "body": event.body,
                }
                file.write(json.dumps(row) + "\n")
        return verified.end.number
    finally:
        database.close()
