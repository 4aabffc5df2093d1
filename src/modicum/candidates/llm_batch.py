"""Many requests at once: in threads, ended by Ctrl-C, given up where the endpoint is lost."""

from __future__ import annotations

import queue
import threading
from collections.abc import Callable, Sequence
from typing import Generic, TypeVar

from modicum.candidates.llm_failures import Blame, RequestError

Item = TypeVar("Item")
Result = TypeVar("Result")
GIVE_UP_AFTER = 8  # failures in a row; fewer are seen on endpoints that recover


class Circuit:
    """Counts failures in a row, and says when asking on is no use."""

    def __init__(self, give_up_after: int = GIVE_UP_AFTER) -> None:
        self.give_up_after = give_up_after
        self._failures = 0
        self._last = ""
        self._lock = threading.Lock()

    def begin(self) -> None:
        """A new batch: a lost endpoint gets one more try."""
        with self._lock:
            self._failures = min(self._failures, self.give_up_after - 1)

    def succeeded(self) -> None:
        """Note an answer."""
        with self._lock:
            self._failures = 0

    def failed(self, error: RequestError) -> None:
        """Note a failure; one of a single request says nothing about the others."""
        with self._lock:
            if error.blame is Blame.ENDPOINT:
                self._failures += 1
            elif error.blame is Blame.FOR_GOOD:
                self._failures = max(self._failures, self.give_up_after)
            self._last = str(error)

    def refusal(self) -> RequestError | None:
        """The error of an input that is not asked any more, or None while asking makes sense."""
        with self._lock:
            if self._failures < self.give_up_after:
                return None
            return RequestError(
                f"not asked, since the endpoint failed before it: {self._last}", Blame.ENDPOINT
            )


class Batch(Generic[Item, Result]):
    """Answers items in daemon threads, so that an interrupted program ends without waiting."""

    def __init__(
        self,
        ask: Callable[[Item], Result],
        *,
        concurrency: int,
        circuit: Circuit,
        stop: threading.Event,
    ) -> None:
        self.ask, self.concurrency, self.circuit, self.stop = ask, concurrency, circuit, stop

    def run(self, items: Sequence[Item]) -> list[Result | RequestError]:
        """One result or error per item, by position; KeyboardInterrupt stops the threads."""
        todo: queue.SimpleQueue[int] = queue.SimpleQueue()
        done: queue.SimpleQueue[tuple[int, Result | RequestError | BaseException]]
        done = queue.SimpleQueue()
        for position in range(len(items)):
            todo.put(position)
        for _ in range(min(self.concurrency, len(items))):
            threading.Thread(target=self._work, args=(items, todo, done), daemon=True).start()
        results: dict[int, Result | RequestError] = {}
        try:
            while len(results) < len(items):
                position, result = done.get()
                if isinstance(result, BaseException) and not isinstance(result, RequestError):
                    raise result
                results[position] = result
        except BaseException:
            self.stop.set()  # Ctrl-C, or a fault of ours: nobody waits for the rest
            raise
        return [results[position] for position in range(len(items))]

    def _work(
        self,
        items: Sequence[Item],
        todo: queue.SimpleQueue[int],
        done: queue.SimpleQueue[tuple[int, Result | RequestError | BaseException]],
    ) -> None:
        while True:  # once stopped, every further request is refused at once
            try:
                position = todo.get_nowait()
            except queue.Empty:
                return
            done.put((position, self._one(items[position])))

    def _one(self, item: Item) -> Result | RequestError | BaseException:
        if refusal := self.circuit.refusal():
            return refusal
        try:
            result = self.ask(item)
        except RequestError as error:
            self.circuit.failed(error)
            return error
        except BaseException as error:  # noqa: BLE001 - handed to the calling thread, which raises it
            return error
        self.circuit.succeeded()
        return result
