"""The tagger beside usaddress's own features, learned from the same rows and judged on the same."""

from __future__ import annotations

import tempfile
from collections.abc import Callable, Sequence
from importlib.util import find_spec
from pathlib import Path
from typing import Any

import numpy as np

from bars import Line
from generate_sets import FIELDS, addresses
from modicum.candidates import Examples, find_recipe
from modicum.candidates.tagger_marks import placed
from modicum.tasks.answers import read_fields, write_fields
from modicum.tasks.dataset import Dataset
from modicum.tasks.spec import SplitSection, TaskSection
from modicum.tasks.split import split
from modicum.tasks.structured_metrics import field_losses

STRENGTHS = ((0.05, 0.01), (0.2, 0.1), (0.0, 0.5), (0.0, 0.1))
"""L1 and L2 that both choose among on tune; usaddress itself keeps python-crfsuite's own."""
Answer = Callable[[str], str]


def rival_lines(archive: Path) -> list[Line]:
    """By field, on judge rows that neither has seen; one line of the whole."""
    if find_spec("usaddress") is None:
        print("  rival: usaddress is not installed (pip install usaddress==0.5.16)")
        return []
    fit, tune, judge = _parts(archive)
    tagger = find_recipe("tagger").fit(fit, tune, name="tagger", seed=0, options={})
    ours = _losses(lambda text: tagger.answer((text,)).values[0] or "", judge)
    theirs = _losses(_rival(fit, tune), judge)
    lines = []
    for at, field in enumerate((*FIELDS, "all")):
        mine, other = (x.mean() if field == "all" else x[:, at].mean() for x in (ours, theirs))
        figure = f"tagger {1 - mine:.3f}, usaddress's features {1 - other:.3f}, n {len(ours)}"
        lines.append(Line(5, mine <= other, f"addresses: {field} right", figure, "no worse"))
    return lines


def _parts(archive: Path) -> tuple[Examples, Examples, Examples]:
    """The splits that a study of these rows makes."""
    rows = addresses(archive)
    texts = tuple(row["text"] for row in rows)
    answers = tuple(write_fields(FIELDS, row) for row in rows)
    section = TaskSection(name="a", kind="extract", data="-", input="text", fields=list(FIELDS))
    every = Examples(texts, answers, (), section=section)
    cut = split(Dataset(texts, answers, (), {}, None, ()), SplitSection())
    return every.taken(cut.fit), every.taken(cut.tune), every.taken(cut.judge)


def _losses(answer: Answer, judge: Examples) -> Any:
    pairs = zip(judge.inputs, judge.references, strict=True)
    return np.array([field_losses(answer(text), right, FIELDS) for text, right in pairs])


def _rival(fit: Examples, tune: Examples) -> Answer:
    """usaddress's tokens and features under a field of its own, the strength chosen on tune."""
    import usaddress  # type: ignore[import-not-found]

    rows = [_marked(usaddress, t, r) for t, r in zip(fit.inputs, fit.references, strict=True)]
    tried = [_trained(usaddress, rows, *c) for c in STRENGTHS]
    return min(tried, key=lambda one: float(_losses(one, tune).mean()))


def _marked(library: Any, text: str, reference: str) -> tuple[list[str], list[str]]:
    words = library.tokenize(text)
    tokens, places = placed(text, read_fields(reference, FIELDS) or {}, {})
    labels, at = [], 0
    for word in words:
        at = max(text.find(word, at), at)
        here = (at, at + len(word))
        inside = (
            name
            for name, place in places
            if tokens[place.start].start < here[1] and here[0] < tokens[place.stop - 1].end
        )
        labels.append(next(inside, "O"))
        at = here[1]
    return words, labels


def _trained(
    library: Any, rows: Sequence[tuple[list[str], list[str]]], c1: float, c2: float
) -> Answer:
    import pycrfsuite

    trainer = pycrfsuite.Trainer(verbose=False)
    for words, labels in rows:
        if words:
            trainer.append(pycrfsuite.ItemSequence(library.tokens2features(words)), labels)
    trainer.set_params({"c1": c1, "c2": c2, "max_iterations": 150})
    trainer.set_params({"feature.possible_transitions": True})
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "model"
        trainer.train(str(path))
        model = path.read_bytes()
    crf = pycrfsuite.Tagger()
    crf.open_inmemory(model)

    def answer(text: str, _kept: bytes = model) -> str:
        words = library.tokenize(text)
        labels = crf.tag(library.tokens2features(words)) if words else []
        return write_fields(FIELDS, _longest(words, labels))

    return answer


def _longest(words: Sequence[str], labels: Sequence[str]) -> dict[str, object]:
    """The longest run of each field, as the tagger takes it."""
    found: dict[str, list[str]] = {}
    start = 0
    for i in range(1, len(labels) + 1):
        if i < len(labels) and labels[i] == labels[start]:
            continue
        if labels[start] != "O" and i - start > len(found.get(labels[start], [])):
            found[labels[start]] = list(words[start:i])
        start = i
    return {name: " ".join(run).strip(" ,;") for name, run in found.items()}
