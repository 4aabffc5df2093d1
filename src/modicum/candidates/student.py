"""A student: an encoder of texts and a linear head, living in this process."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any, ClassVar, Protocol

import numpy as np

from modicum.candidates.artefact import Parts, read_parts, write_parts
from modicum.candidates.head import LinearHead
from modicum.candidates.options import read_options
from modicum.candidates.protocol import Answers, Examples
from modicum.candidates.training import Kind, Labelled, Trial, check_fit, fit_head
from modicum.errors import ArtefactError

if TYPE_CHECKING:
    from numpy.typing import NDArray
    from scipy.sparse import csr_array

    Floats = NDArray[np.float32]


class Encoder(Protocol):
    """Turns texts into features, and multiplies them with a head's weights the fastest way."""

    def encode(self, texts: Sequence[str]) -> csr_array | Floats:
        """Shape (texts, features)."""
        ...

    def project(self, texts: Sequence[str], weights: Floats) -> Floats:
        """`encode(texts) @ weights`."""
        ...

    def project_one(self, text: str, weights: Floats) -> Floats:
        """One row of `project`, the lean way."""
        ...

    def parts(self) -> Parts:
        """Everything needed to build it again."""
        ...


class Student:
    """The candidate that an encoder and a linear head make."""

    process_ids: tuple[int, ...] = ()
    remote = False

    def __init__(self, name: str, recipe: str, encoder: Encoder, head: LinearHead) -> None:
        self.name, self.recipe, self.encoder, self.head = name, recipe, encoder, head

    def answer(self, batch: Sequence[str]) -> Answers:
        """Answer every input; one input takes the lean path."""
        if len(batch) == 1:
            return self.head.answer_one(self.encoder.project_one(batch[0], self.head.weights))
        if not batch:
            none = np.zeros((0, len(self.head.classes)), np.float32)
            return self.head.answers(none)
        return self.head.answers(self.encoder.project(batch, self.head.weights))

    def save(self, folder: Path) -> None:
        """Write encoder and head as safetensors and JSON."""
        parts = nest({"encoder": self.encoder.parts(), "head": self.head.parts()})
        write_parts(folder, self.recipe, parts)

    def close(self) -> None:
        """Nothing was opened."""


class StudentRecipe(ABC):
    """Fits an encoder and a head.

    A recipe says which: `name`, `kind` of head, `defaults` of its own options, `encoder` and
    `load_encoder`.  `space` holds, for each option that a search may try, its values in order.
    `rationales` says whether it learns from any text of known class.

    Every student takes `c` (strength of the head; 0 chooses it on tune) and `refit` (once all is
    chosen, fit again on fit and tune together; its loss on tune then says nothing any more).
    """

    name: ClassVar[str]
    kind: ClassVar[Kind] = "logistic"
    rationales: ClassVar[bool] = True
    defaults: ClassVar[Mapping[str, object]] = {}
    space: ClassVar[Mapping[str, tuple[object, ...]]] = {}

    @abstractmethod
    def encoder(self, texts: Sequence[str], options: Mapping[str, Any]) -> Encoder:
        """The encoder, fitted on `texts` where it learns anything."""

    @abstractmethod
    def load_encoder(self, parts: Parts) -> Encoder:
        """The encoder that `parts` describe."""

    def fit(
        self, fit: Examples, tune: Examples, *, name: str, seed: int, options: dict[str, object]
    ) -> Student:
        """Raises CandidateError for fewer than two classes or an option it cannot use."""
        read = read_options(self.name, options, {"c": 0.0, "refit": False, **self.defaults})
        check_fit(self.name, fit)
        encoder, head = self.fit_parts(fit, tune, seed, read)
        return Student(name, self.name, encoder, head)

    def fit_parts(
        self, fit: Examples, tune: Examples, seed: int, options: Mapping[str, Any]
    ) -> tuple[Encoder, LinearHead]:
        """Encoder and head, all options resolved; a recipe with more than one head overrides it."""
        encoder, trial, chosen = self.fit_once(fit, tune, seed, options)
        if options["refit"] and len(tune):
            temperature = trial.head.temperature
            same = {**chosen, "c": trial.strength}
            encoder, trial, _ = self.fit_once(fit.joined(tune), fit.none(), seed, same)
            trial.head.temperature = temperature
        return encoder, trial.head

    def fit_once(
        self, fit: Examples, tune: Examples, seed: int, options: Mapping[str, Any]
    ) -> tuple[Encoder, Trial, Mapping[str, Any]]:
        """Encoder, head, and the options they were fitted with."""
        encoder = self.encoder(fit.inputs, options)
        data, held = (Labelled(encoder.encode(e.inputs), e.references) for e in (fit, tune))
        trial = fit_head(self.kind, data, held, fit.classes, seed=seed, strength=options["c"])
        return encoder, trial, options

    def load(self, folder: Path, *, name: str) -> Student:
        """Load what `Student.save` wrote; raises ArtefactError for a foreign or tampered folder."""
        parts = read_parts(folder, self.name)
        try:
            head = LinearHead.from_parts(select(parts, "head"))
            return Student(name, self.name, self.load_encoder(select(parts, "encoder")), head)
        except (KeyError, TypeError, ValueError, IndexError, AttributeError) as error:
            raise ArtefactError(
                f"{folder} lacks a part ({error}): fit the candidate again"
            ) from error


def nest(named: Mapping[str, Parts]) -> Parts:
    """Several parts as one; `select` takes them out again."""
    return Parts(
        {key: parts.document for key, parts in named.items()},
        {f"{key}.{name}": a for key, parts in named.items() for name, a in parts.arrays.items()},
    )


def select(parts: Parts, key: str) -> Parts:
    """The parts that were saved under `key`."""
    document = parts.document[key]
    if not isinstance(document, dict):
        raise TypeError(f"{key} is not an object")
    prefix = f"{key}."
    arrays = {n.removeprefix(prefix): a for n, a in parts.arrays.items() if n.startswith(prefix)}
    return Parts(document, arrays)
