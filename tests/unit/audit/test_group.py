"""Group commit: every request is run once, and its fate is its own."""

import threading
import time
from collections.abc import Sequence

import pytest

from glassledger.audit.group import GroupCommit, Request
from glassledger.audit.staging import Staging
from glassledger.audit.store import Head
from glassledger.audit.tree import Frontier
from glassledger.errors import AuditError, StorageError


def staging() -> Staging:
    return Staging(None, Head.of(Frontier()))  # type: ignore[arg-type]  (nothing is read)


def test_threads_share_commits_and_each_gets_its_answer() -> None:
    batches: list[int] = []

    def commit(batch: Sequence[Request]) -> None:
        batches.append(len(batch))
        time.sleep(0.002)
        for request in batch:
            request.run(staging())

    group, answers = GroupCommit(commit), {}

    def work(number: int) -> None:
        answers[number] = [group.run(lambda _, i=i: (number, i)) for i in range(20)]

    threads = [threading.Thread(target=work, args=(n,)) for n in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(timeout=20)

    assert answers == {n: [(n, i) for i in range(20)] for n in range(8)}
    assert sum(batches) == 160
    assert len(batches) < 80, "threads that wait together commit together"


def test_one_requests_fault_is_not_anothers() -> None:
    gate = threading.Barrier(2)

    def commit(batch: Sequence[Request]) -> None:
        for request in batch:
            request.run(staging())

    group, seen = GroupCommit(commit), {}

    def work(name: str, fails: bool) -> None:
        gate.wait()

        def wish(_: Staging) -> str:
            if fails:
                raise ValueError(name)
            return name

        try:
            seen[name] = group.run(wish)
        except ValueError as error:
            seen[name] = repr(error)

    threads = [threading.Thread(target=work, args=(name, name == "bad")) for name in ("good", "bad")]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(timeout=20)
    assert seen == {"good": "good", "bad": "ValueError('bad')"}


def test_a_failed_commit_fails_each_request_with_an_error_of_its_own() -> None:
    def commit(batch: Sequence[Request]) -> None:
        time.sleep(0.02)
        raise StorageError("full", code="storage-log")

    group, errors = GroupCommit(commit), []

    def work() -> None:
        with pytest.raises(StorageError) as caught:
            group.run(lambda _: None)
        errors.append(caught.value)

    threads = [threading.Thread(target=work) for _ in range(6)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(timeout=20)
    assert len(errors) == 6
    assert len({id(error) for error in errors}) == 6


def test_an_interrupt_reaches_the_leader_and_nobody_waits_for_ever() -> None:
    interrupted = threading.Event()

    def commit(batch: Sequence[Request]) -> None:
        if not interrupted.is_set():
            time.sleep(0.05)
            interrupted.set()
            raise KeyboardInterrupt
        for request in batch:
            request.run(staging())

    group, seen = GroupCommit(commit), []

    def work() -> None:
        try:
            seen.append(group.run(lambda _: "ok"))
        except KeyboardInterrupt:
            seen.append("interrupted")
        except AuditError as error:
            seen.append(error.code)

    threads = [threading.Thread(target=work) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(timeout=20)
    assert not any(thread.is_alive() for thread in threads)
    assert seen.count("interrupted") == 1
    assert set(seen) <= {"interrupted", "ok", "log-state-unknown"}
