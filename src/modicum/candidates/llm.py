"""`recipe = "llm"`: a language model behind any OpenAI-compatible endpoint, naming classes."""

from __future__ import annotations

import threading
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING

from modicum.candidates.llm_batch import Batch, Circuit
from modicum.candidates.llm_cache import ResponseCache, identity
from modicum.candidates.llm_calibrate import Calibration
from modicum.candidates.llm_client import Endpoint
from modicum.candidates.llm_failures import RequestError
from modicum.candidates.llm_form import FreePrompt
from modicum.candidates.llm_options import LLMOptions, read_options
from modicum.candidates.llm_processes import family, listening, port_of
from modicum.candidates.llm_prompt import Prompt
from modicum.candidates.llm_reply import Answered, Asker
from modicum.candidates.llm_request import RequestShape
from modicum.candidates.prices import Price, price_for
from modicum.candidates.protocol import Answers, Examples, Usage
from modicum.candidates.server import LocalServer, ServerSettings

if TYPE_CHECKING:
    from modicum.candidates.llm_nearest import NearestShots
    from modicum.candidates.llm_parse import Scores


@dataclass(frozen=True)
class LLMParts:
    """What makes one `llm` candidate, and all that is saved of it."""

    options: LLMOptions
    prompt: Prompt | FreePrompt
    shape: RequestShape
    calibration: Calibration | None = None
    nearest: NearestShots | None = None


class LLMCandidate:
    """Asks a language model to name the class of each input.

    Nothing is opened before the first answer; a server of its own is started then, and again after
    `close`.  `spent` tells what was asked anew while it was fitted.
    """

    def __init__(self, name: str, parts: LLMParts) -> None:
        self.name, self.parts = name, parts
        self.fitting, self.spent = False, list[Usage]()
        self._circuit = Circuit()
        self._lock = threading.Lock()
        self._server: LocalServer | None = None
        self._endpoint: Endpoint | None = None

    @property
    def remote(self) -> bool:
        """Whether the model runs on another machine."""
        return not self.parts.options.here

    @property
    def price(self) -> Price | None:
        """What a token costs, by the options or the table; None for a model on this machine."""
        return price_for(self.parts.options, remote=self.remote)

    @property
    def process_ids(self) -> tuple[int, ...]:
        """The processes on this machine that run the model, as far as they can be seen."""
        if self._server is not None:
            return family(self._server.pid) if self._server.pid else ()
        url = self.parts.options.base_url
        return listening(port_of(url)) if url and not self.remote else ()

    def answer(self, batch: Sequence[str]) -> Answers:
        """Ask for every different input once; a failed one is None with its error."""
        asker = self.asker(self.parts)
        different = list(dict.fromkeys(batch))
        results = self._run(asker, asker.answer, different)
        return collect(batch, dict(zip(different, results, strict=True)), self.parts.prompt.classes)

    def scores(self, texts: Sequence[str]) -> list[Scores | None]:
        """How likely each class is by the first token, uncorrected; None where it does not tell."""
        asker = self.asker(self.parts)
        results = self._run(asker, asker.by_first_token, texts)
        return [None if isinstance(result, RequestError) else result.scores for result in results]

    def asker(self, parts: LLMParts) -> Asker:
        """Asks the endpoint in the way of `parts`, which may differ from this candidate's."""
        return Asker(self.open(), parts, self._cache, self.price)

    def _run(
        self, asker: Asker, ask: Callable[[str], Answered], texts: Sequence[str]
    ) -> list[Answered | RequestError]:
        self._circuit.begin()
        concurrency, stop = self.parts.options.in_flight, asker.endpoint.stop
        batch = Batch(ask, concurrency=concurrency, circuit=self._circuit, stop=stop)
        results = batch.run(texts)
        if self.fitting:
            self.spent += [
                r.usage for r in results if isinstance(r, Answered) and not r.usage.cached
            ]
        return results

    def keep_responses(self, folder: Path) -> None:
        """Store responses there from now on, and take those that are there already."""
        options = self.parts.options.model_copy(update={"cache": folder})
        self.parts = replace(self.parts, options=options)
        self.__dict__.pop("_cache", None)

    def open(self) -> Endpoint:
        """The endpoint to ask, with its server started; raises CandidateError when it cannot be."""
        with self._lock:
            died = self._server is not None and self._server.pid is None
            if self._endpoint is not None:
                if not died and not self._endpoint.stop.is_set():
                    return self._endpoint
                self._endpoint.close()
            self._endpoint = self._connect()
            return self._endpoint

    def _connect(self) -> Endpoint:
        options = self.parts.options
        key = None
        url = options.base_url
        if options.gguf is not None:
            self._server = self._server or LocalServer(
                ServerSettings(options.gguf, 0, options.threads, options.window, options.in_flight)
            )
            url, key = self._server.start().base_url, self._server.key
        return Endpoint(
            url or "",
            api_key=key,
            api_key_env=options.api_key_env,
            timeout_s=options.timeout_s,
            retries=options.retries,
            connections=options.in_flight,
        )

    @cached_property
    def _cache(self) -> ResponseCache | None:
        options = self.parts.options
        if options.cache is None:
            return None
        return ResponseCache(options.cache, endpoint=identity(options))

    def save(self, folder: Path) -> None:
        """Write settings, prompt and examples, without any key."""
        from modicum.candidates.llm_file import write

        write(self.parts, folder)

    def close(self) -> None:
        """End the server and the connections; the next answer opens them again."""
        with self._lock:
            endpoint, self._endpoint = self._endpoint, None
            server, self._server = self._server, None
        if endpoint is not None:
            endpoint.close()
        if server is not None:
            server.stop()


class LLMRecipe:
    """Chooses the prompt's examples from the fit split, and tries the endpoint once."""

    name = "llm"

    def fit(
        self, fit: Examples, tune: Examples, *, name: str, seed: int, options: dict[str, object]
    ) -> LLMCandidate:
        """Build the candidate; raises CandidateError when the endpoint cannot be used."""
        from modicum.candidates.llm_fit import fit_parts

        return fit_parts(fit, tune, read_options(options, name=name), name=name, seed=seed)

    def load(self, folder: Path, *, name: str) -> LLMCandidate:
        """Read what was saved; nothing is started or asked before the first answer."""
        from modicum.candidates.llm_file import read

        return LLMCandidate(name, read(folder))


def collect(
    batch: Sequence[str],
    results: dict[str, Answered | RequestError],
    classes: tuple[str, ...],
) -> Answers:
    """Answers by position; the repeat of an input shares its answer and is marked as such."""
    import numpy as np

    seen: set[str] = set()
    rows: list[Answered] = []
    for text in batch:
        result = results[text]
        row = (
            Answered(None, None, Usage(), error=str(result))
            if isinstance(result, RequestError)
            else result
        )
        if text in seen:
            row = replace(row, usage=replace(row.usage, cached=True))
        seen.add(text)
        rows.append(row)
    told = [] if not classes else [row.probabilities for row in rows if row.value is not None]
    even = tuple(1 / len(classes) for _ in classes) if classes else ()
    return Answers(
        values=tuple(row.value for row in rows),
        confidence=tuple(row.confidence for row in rows),
        usage=tuple(row.usage for row in rows),
        errors=tuple(row.error for row in rows),
        probabilities=np.array([row.probabilities or even for row in rows])
        if told and all(p is not None for p in told)
        else None,
        classes=classes or None,
        reasons=tuple(row.reason for row in rows),
    )
