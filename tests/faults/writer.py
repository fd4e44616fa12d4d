"""Records batch after batch into a SQLite ledger and tells on standard output what was acknowledged. An empty line is a batch that
the store could not take. Meant to be killed."""

import sys
import threading
from pathlib import Path

from meguri.ledger import Ledger, StoreUnavailable
from tests.ledger.events import told


def opened(folder: Path) -> Ledger:
    while True:
        try:
            return Ledger.open(folder / "ledger.db", keys=folder / "keys", origin="test/faults")
        except StoreUnavailable:
            sys.stdout.write("\n")


def main(folder: Path, start: int) -> None:
    ledger = opened(folder)
    turn = threading.Lock()

    def record(thread: int) -> None:
        number = start * 1_000_000 + thread * 100_000
        while True:
            number += 1
            events = [told("manufactured", 0, number), told("placed_on_market", 1, number)]
            try:
                ids = " ".join(receipt.event for receipt in ledger.append(events))
            except StoreUnavailable:
                ids = ""
            with turn:
                sys.stdout.write(f"{ids}\n")
                sys.stdout.flush()

    for thread in range(3):
        threading.Thread(target=record, args=(thread,), daemon=True).start()
    threading.Event().wait()


if __name__ == "__main__":
    main(Path(sys.argv[1]), int(sys.argv[2]))
