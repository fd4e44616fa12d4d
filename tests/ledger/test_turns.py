"""Turns: everything brought is served once, one call at a time, and nobody waits for somebody who has gone."""

import threading
import time
from concurrent.futures import ThreadPoolExecutor

import pytest

from meguri.ledger.turns import Turns


def test_all_is_served_once_and_never_two_calls_at_a_time() -> None:
    served: list[int] = []
    calls, inside = [], threading.Lock()

    def serve(together: list[int]) -> None:
        assert inside.acquire(blocking=False)
        time.sleep(0.001)
        calls.append(len(together))
        served.extend(together)
        inside.release()

    turns = Turns(serve)
    with ThreadPoolExecutor(16) as pool:
        list(pool.map(lambda number: turns.take([number, -number]), range(1, 401)))
    assert sorted(served) == sorted([*range(1, 401), *(-number for number in range(1, 401))])
    assert max(calls) > 2, "callers that came together were served together"


def test_what_is_brought_is_served_when_take_returns() -> None:
    served: set[int] = set()
    turns = Turns(served.update)

    def bring(number: int) -> bool:
        turns.take([number])
        return number in served

    with ThreadPoolExecutor(8) as pool:
        assert all(pool.map(bring, range(200)))


def test_a_failure_is_raised_where_it_happened_and_the_next_turn_goes_on() -> None:
    served: list[str] = []

    def serve(together: list[str]) -> None:
        if "bad" in together:
            raise ValueError("bad")
        served.extend(together)

    turns = Turns(serve)
    with pytest.raises(ValueError, match="bad"):
        turns.take(["bad"])
    turns.take(["good"])
    assert served == ["good"]


@pytest.mark.parametrize("its_turn_has_come", [False, True])
def test_nobody_waits_for_somebody_who_was_interrupted(its_turn_has_come, monkeypatch) -> None:
    served: list[str] = []
    busy, go_on = threading.Event(), threading.Event()

    def serve(together: list[str]) -> None:
        if together == ["first"]:
            busy.set()
            assert go_on.wait(10)
        served.extend(together)

    turns = Turns(serve)
    with ThreadPoolExecutor(2) as pool:
        first = pool.submit(turns.take, ["first"])
        assert busy.wait(10)

        def interrupted(*_: object) -> None:
            if its_turn_has_come:
                go_on.set()
                first.result(10)
            raise KeyboardInterrupt

        with monkeypatch.context() as patched:
            patched.setattr("meguri.ledger.turns.threading.Semaphore.acquire", interrupted)
            with pytest.raises(KeyboardInterrupt):
                turns.take(["gone"])
        last = pool.submit(turns.take, ["last"])
        go_on.set()
        first.result(10)
        last.result(10)
    assert served == ["first", "last"]
