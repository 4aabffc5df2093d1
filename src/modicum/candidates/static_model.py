"""A static model of the model2vec library: a vector for each token, and the mean of a text's.

The library (MinishLab, MIT) reads a folder and distils a model from the sentence encoder (van
Dongen and Tulkens 2024); what it made is kept whole in the saved candidate, which answers without
it.  Token vectors and tokenizer are used as the library uses them, with nothing that changes the
tokenizer between two calls, so that several threads can ask at once.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from itertools import chain
from pathlib import Path
from typing import TYPE_CHECKING, Any, ClassVar

import numpy as np

from modicum.candidates.artefact import Parts
from modicum.candidates.student import StudentRecipe
from modicum.candidates.token_distillation import distil
from modicum.candidates.words import MAX_CHARACTERS, tokenise
from modicum.errors import CandidateError, MissingExtraError

if TYPE_CHECKING:
    from numpy.typing import NDArray

    Floats = NDArray[np.float32]

_FILES = ("config.json", "model.safetensors", "tokenizer.json")


class StaticModel:
    """Mean of the vectors of a text's known tokens; zeros where none is known.

    tokenizer: of the `tokenizers` library.  vectors: shape (tokens, size), a row a token id.
    document: `unknown` (the id that is left out, or None), `normalize` (to length 1), `characters`
    and `tokens` (how much of a text is read; None is all).
    """

    def __init__(self, tokenizer: Any, vectors: NDArray[Any], document: Mapping[str, Any]) -> None:
        if len(vectors) != tokenizer.get_vocab_size():
            raise CandidateError(
                f"{len(vectors)} vectors for {tokenizer.get_vocab_size()} tokens: give one for each"
            )
        self._tokenizer, self._kept, self._document = tokenizer, vectors, dict(document)
        self._vectors = np.asarray(vectors, np.float32)
        self._characters = min(document["characters"] or MAX_CHARACTERS, MAX_CHARACTERS)
        self._unknown, self._normalize = document["unknown"], document["normalize"]
        tokenizer.no_padding()
        if document["tokens"]:
            tokenizer.enable_truncation(document["tokens"])
        else:
            tokenizer.no_truncation()

    @classmethod
    def of(cls, model: Any) -> StaticModel:
        """What a `model2vec.StaticModel` holds, its weights of tokens multiplied in."""
        vectors = model.embedding
        if model.token_mapping is not None:
            vectors = vectors[model.token_mapping]
        if model.weights is not None:
            vectors = vectors.astype(np.float32) * model.weights[:, None].astype(np.float32)
        longest = model.max_length
        document = {
            "unknown": model.unk_token_id,
            "normalize": model.normalize,
            "characters": longest and longest * model.median_token_length,
            "tokens": longest,
        }
        return cls(model.tokenizer, vectors, document)

    @classmethod
    def open(cls, folder: Path) -> StaticModel:
        """The model in a folder as the library saves it; nothing is fetched from anywhere.

        Raises CandidateError where the folder lacks a file or holds another kind of model.
        """
        absent = [name for name in _FILES if not (folder / name).is_file()]
        if absent:
            raise CandidateError(
                f"{folder} has no {absent[0]}: give as `model` a folder that model2vec saved"
            )
        library = _library()
        try:
            return cls.of(library.from_pretrained(folder))
        except Exception as error:  # the tokenizer's and the weights' readers raise bare ones
            raise CandidateError(
                f"{folder} is no model of model2vec ({error}): save it again with save_pretrained"
            ) from error

    def encode(self, texts: Sequence[str]) -> Floats:
        """Shape (texts, size)."""
        read = self._tokenizer.encode_batch_fast([*map(self._clean, texts)], False)
        ids = [self._known(encoding.ids) for encoding in read]
        encoded = np.zeros((len(texts), self._vectors.shape[1]), np.float32)
        lengths = np.array([len(row) for row in ids], np.int64)
        full = np.flatnonzero(lengths)
        if not len(full):
            return encoded
        rows = np.fromiter(chain.from_iterable(ids), np.int64, int(lengths.sum()))
        starts = np.concatenate(([0], np.cumsum(lengths[full])[:-1]))
        encoded[full] = np.add.reduceat(self._vectors[rows], starts) / lengths[full, None]
        if self._normalize:
            size = np.linalg.norm(encoded, axis=1, keepdims=True)
            encoded /= np.where(size > 0, size, 1)
        return encoded

    def project(self, texts: Sequence[str], weights: Floats) -> Floats:
        """`encode(texts) @ weights`."""
        return self.encode(texts) @ weights

    def project_one(self, text: str, weights: Floats) -> Floats:
        """One row of `project`, without the arrays of a batch."""
        ids = self._known(self._tokenizer.encode(self._clean(text), add_special_tokens=False).ids)
        if not ids:
            return np.zeros(weights.shape[1], np.float32)
        total = self._vectors[ids].sum(axis=0)
        divisor = np.sqrt(total @ total) if self._normalize else len(ids)
        return np.asarray((total / divisor if divisor > 0 else total) @ weights)

    def parts(self) -> Parts:
        """Everything `from_parts` needs; the library is needed no more."""
        document = {**self._document, "tokenizer": self._tokenizer.to_str()}
        return Parts(document, {"vectors": self._kept})

    @classmethod
    def from_parts(cls, parts: Parts) -> StaticModel:
        """What `parts` described."""
        try:
            from tokenizers import Tokenizer
        except ImportError as error:
            raise MissingExtraError("static models", "size") from error
        told: Any = parts.document
        return cls(Tokenizer.from_str(told["tokenizer"]), parts.arrays["vectors"], _without(told))

    def _clean(self, text: str) -> str:
        return text[: self._characters].encode("utf-8", "replace").decode()

    def _known(self, ids: list[int]) -> list[int]:
        return [i for i in ids if i != self._unknown]


class Model2VecRecipe(StudentRecipe):
    """Options: `model`, a folder; without it one is distilled, with `dimensions` (0: all)."""

    name = "model2vec"
    defaults: ClassVar[Mapping[str, object]] = {"model": "", "dimensions": 0}

    def encoder(self, texts: Sequence[str], options: Mapping[str, Any]) -> StaticModel:
        """As the folder has it, or distilled on the words of `texts`."""
        if options["model"]:
            return StaticModel.open(Path(options["model"]))
        counts = Counter(chain.from_iterable(map(tokenise, texts)))
        words = sorted(counts, key=lambda word: (-counts[word], word))
        return StaticModel.of(distil(words, options["dimensions"] or None))

    def load_encoder(self, parts: Parts) -> StaticModel:
        """As saved."""
        return StaticModel.from_parts(parts)


def _without(document: Mapping[str, Any]) -> dict[str, Any]:
    return {key: value for key, value in document.items() if key != "tokenizer"}


def _library() -> Any:
    try:
        from model2vec import StaticModel as Library
    except ImportError as error:
        raise MissingExtraError("static models", "size") from error
    return Library
