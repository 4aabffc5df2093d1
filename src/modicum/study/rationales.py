"""Rationales: why an answer is right, as further texts to learn from, where that helps.

People's rationales taught classifiers of texts more than labels alone (Zaidan, Eisner and Piatko
2007, "Using annotator rationales to improve machine learning for text categorization",
NAACL-HLT), and a large model's taught small ones (Hsieh et al. 2023, "Distilling step-by-step!",
Findings of ACL).  Here a rationale of a fit row is one more text of that row's class.  There is
none when a request is answered, so it must pay on tune, where there is none either.

A rationale often names the class that it argues for, a word that requests need not have.  A student
would lean on it and learn less of the rest, so the names of classes are struck out.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, Any

from modicum.candidates.protocol import Candidate, Examples
from modicum.candidates.registry import find_recipe
from modicum.study.better import clearly_better, losses_on, standard_error
from modicum.study.failing import surviving
from modicum.study.trial import Trial
from modicum.study.used import Used, sum_of
from modicum.tasks.text import normalise

if TYPE_CHECKING:
    from modicum.study.study import Study

Fit = Callable[[Examples | None], tuple[Candidate, Used]]


def without_names(text: str, names: Sequence[str]) -> str:
    """The text without the names of classes, whatever their case, `_` and `-` read as blanks.

    >>> without_names("This is Lost Card, not a top-up.", ["lost_card", "top_up"])
    'This is , not a .'
    """
    parts = [r"[\s_-]+".join(map(re.escape, re.split(r"[\s_-]+", n.strip()))) for n in names]
    known = "|".join(sorted(filter(None, parts), key=len, reverse=True))
    if not known:
        return text
    kept = re.sub(rf"(?<!\w)(?:{known})(?!\w)", " ", text, flags=re.IGNORECASE)
    return " ".join(kept.split())


def lessons(study: Study, rows: Sequence[int]) -> Examples | None:
    """What rationales of these rows teach; None where there are none.

    One that repeats an input is left out: of the same row it teaches nothing, and of a tune or a
    judge row it would tell the answer.
    """
    data = study.dataset
    if data.rationales is None:
        return None
    known = {normalise(text) for text in data.inputs}
    kept: list[tuple[str, str]] = []
    for i in rows:
        said = data.rationales[i]
        text = without_names(said, data.classes)
        if re.search(r"\w", text) and not {normalise(said), normalise(text)} & known:
            kept.append((text, data.references[i]))
    if not kept:
        return None
    texts, references = zip(*kept, strict=True)
    return Examples(texts, references, data.classes, section=study.task.spec.task)


def taught(study: Study, trial: Trial, rows: Sequence[int], fit: Fit) -> tuple[Candidate, Used]:
    """The candidate fitted without rationales, or with them where tune shows that they help.

    What was found is in `trial.rationales`; both fits and the comparison are in what was used.
    """
    plain, used = fit(None)
    labels = study.shown is not None and study.task.spec.adequate.named == trial.name
    more = lessons(study, rows) if learns(trial) and not labels else None
    if more is None:
        return plain, used
    left = study.budget.left_j(study.trials, study.other)
    if left is not None and (used.energy_j.value or 0.0) * 2 > left:
        trial.notes.append("rationales were not tried: a second fit may use more than is left")
        return plain, used
    with study.meter.window(f"rationales {trial.name}") as window:
        chosen = _compared(study, trial, plain, more, fit)
    return chosen, sum_of([used, Used.of(window.reading)])


def learns(trial: Trial) -> bool:
    """Whether its recipe learns from texts with their classes, and more of them can teach it."""
    return bool(getattr(find_recipe(trial.section.recipe), "rationales", False))


def _compared(study: Study, trial: Trial, plain: Candidate, more: Examples, fit: Fit) -> Candidate:
    def failed(error: Exception) -> None:
        trial.notes.append(f"rationales were not used, for learning from them failed: {error}")

    data, rows = study.dataset, study.split.tune
    tune = Examples(
        data.inputs, data.references, data.classes, {}, study.task.spec.task, data.alternatives
    ).taken(rows)
    chosen = plain
    with surviving(study, failed):
        other, _ = fit(more)
        before, after = losses_on(plain, tune), losses_on(other, tune)
        better = clearly_better(after, before)
        trial.rationales = {
            "used": better,
            "examples": len(more),
            "loss_without": float(before.mean()),
            "loss_with": float(after.mean()),
            "standard_error": standard_error(after, before) if len(before) > 1 else None,
        }
        trial.notes.append(_said(trial.rationales))
        (plain if better else other).close()
        chosen = other if better else plain
    return chosen


def _said(found: dict[str, Any]) -> str:
    """For people.

    >>> _said({"used": False, "examples": 9, "loss_without": 0.5, "loss_with": 0.49,
    ...     "standard_error": 0.02})
    'rationales of 9 fit rows were tried and not used: loss on tune .500 without, .490 with them \
(standard error of the difference .020)'
    """
    what = "used" if found["used"] else "tried and not used"
    error = found["standard_error"]
    known = "" if error is None else f" (standard error of the difference {_short(error)})"
    return (
        f"rationales of {found['examples']:,} fit rows were {what}: loss on tune "
        f"{_short(found['loss_without'])} without, {_short(found['loss_with'])} with them{known}"
    )


def _short(loss: float) -> str:
    return f"{loss:.3f}".removeprefix("0")
