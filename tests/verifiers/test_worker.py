"""The worker process: answers, errors, time-outs, and a child that dies."""

import os
import time
from typing import Any

import pytest

from slowthink.verifiers.worker import NoAnswer, Worker


def behave(question: Any) -> Any:
    """Run in the child."""
    if question == "sleep":
        time.sleep(60)
    if question == "die":
        os._exit(1)
    if question == "eat":
        return len(bytearray(1 << 40))
    if question == "print":
        print("not an answer")
    return {"got": question}


@pytest.fixture
def worker() -> Any:
    one = Worker("test_worker:behave", seconds=0.7)
    yield one
    one.close()


def test_it_answers_and_goes_on_after_errors(worker: Worker) -> None:
    assert worker.ask([1, "é"]) == {"got": [1, "é"]}
    with pytest.raises(NoAnswer, match="MemoryError"):
        worker.ask("eat")
    assert worker.ask("print") == {"got": "print"}


def test_a_question_that_takes_for_ever_is_killed(worker: Worker) -> None:
    worker.ask("warm")
    begin = time.monotonic()
    with pytest.raises(NoAnswer, match=r"within 0\.7 s"):
        worker.ask("sleep")
    assert time.monotonic() - begin < 10
    assert worker.ask("again") == {"got": "again"}


def test_a_child_that_dies_is_replaced(worker: Worker) -> None:
    with pytest.raises(NoAnswer, match="ended"):
        worker.ask("die")
    assert worker.ask("again") == {"got": "again"}


def test_no_child_is_left(worker: Worker) -> None:
    worker.ask("warm")
    processes = [worker.child, worker.process]
    worker.close()
    assert None not in processes
    end = time.monotonic() + 10
    while any(map(is_running, processes)) and time.monotonic() < end:
        time.sleep(0.02)
    assert not any(map(is_running, processes))
    assert worker.ask("again") == {"got": "again"}


def is_running(process: int | None) -> bool:
    """Whether there is such a process and it is no zombie, whose parent has only not asked for its status yet."""
    try:
        os.kill(process or 0, 0)
        with open(f"/proc/{process}/stat") as stat:
            return stat.read().rpartition(")")[2].split()[0] != "Z"
    except OSError:
        return False
