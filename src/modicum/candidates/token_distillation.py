"""A static model distilled from the sentence encoder by the model2vec library itself."""

from __future__ import annotations

import logging
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from functools import partial
from importlib import import_module
from typing import Any

from modicum.candidates.assets import MINILM_WEIGHTS, find_asset
from modicum.errors import MissingExtraError

_THREADS = 1  # a batch of words is so short that a second thread gains little
_UNUSED = r"\[unused\d+\]"  # tokens of the encoder's vocabulary that no text has


def distil(words: Sequence[str], dimensions: int | None, unused: str = _UNUSED) -> Any:
    """A `model2vec.StaticModel` of the encoder's tokens and, after them, of `words`.

    dimensions: of a vector, by principal components; None keeps the encoder's own 384.  Tokens are
    weighted by their rank as the library does (smooth inverse frequency, Zipf's law).  unused: a
    regular expression of tokens to leave out.  Raises MissingExtraError where torch, transformers
    or skeletoken is not installed, and CandidateError where the encoder's weights are not.
    """
    torch, library = _torch(), _library()
    model, tokenizer = _teacher()
    before = torch.get_num_threads()
    torch.set_num_threads(_THREADS)
    try:
        with _quiet():
            return library.distill_from_model(
                model,
                tokenizer,
                vocabulary=list(words),
                device="cpu",
                pca_dims="auto" if dimensions is None else dimensions,
                token_remove_pattern=unused,
            )
    finally:
        torch.set_num_threads(before)


def _torch() -> Any:
    try:
        import skeletoken  # noqa: F401  # the library's own message names another extra
        import torch
        import transformers  # noqa: F401
    except ImportError as error:
        raise MissingExtraError("static models distilled by model2vec", "finetune") from error
    return torch


def _library() -> Any:
    try:
        return import_module("model2vec.distill.distillation")
    except ImportError as error:
        raise MissingExtraError("static models distilled by model2vec", "finetune") from error


def _teacher() -> tuple[Any, Any]:
    """The encoder and its tokenizer.

    The tokenizer's file asks for 128 tokens always.  The library would take the padding of each
    new word for a part of it, so it is turned off.
    """
    transformers: Any = import_module("transformers")
    transformers.logging.set_verbosity_error()
    transformers.logging.disable_progress_bar()
    folder = find_asset(MINILM_WEIGHTS).parent
    model = transformers.AutoModel.from_pretrained(folder, local_files_only=True)
    tokenizer = transformers.AutoTokenizer.from_pretrained(folder, local_files_only=True)
    tokenizer.backend_tokenizer.no_padding()
    return model, tokenizer


@contextmanager
def _quiet() -> Iterator[None]:
    """No bar, and no warning for each word that is a token already: most are."""
    inference: Any = import_module("model2vec.distill.inference")
    loggers = [logging.getLogger(name) for name in ("model2vec", "skeletoken")]
    levels, bar = [logger.level for logger in loggers], inference.tqdm
    inference.tqdm = partial(bar, disable=True)
    for logger in loggers:
        logger.setLevel(logging.ERROR)
    try:
        yield
    finally:
        inference.tqdm = bar
        for logger, level in zip(loggers, levels, strict=True):
            logger.setLevel(level)
