"""The verdict in a sentence that anybody can read."""

from __future__ import annotations

from modicum.decision.document import CandidateDocument, DecisionDocument, FigureDocument
from modicum.errors import FigureError


def verdict_sentence(document: DecisionDocument) -> str:
    """What to run and why, without a term of the trade, and what speaks against it."""
    return _found(document) + _doubt(document)


def _found(document: DecisionDocument) -> str:
    reference = document.candidate(document.reference)
    recommended = document.candidate(document.recommended)
    if recommended is reference:
        return _nothing_smaller(document)
    points = f"{100 * document.margin:g}"
    sure = f"{100 * document.confidence:g}%"
    better = (
        f" It is even shown to be better than {reference.name}." if recommended.superior else ""
    )
    less = _less(document, recommended, reference)
    if document.ceiling is not None:
        limit = f"{100 * document.ceiling:g}%"
        return (
            f"Use {recommended.name}: its loss is below {limit} with {sure} confidence, and it "
            f"{less} than {reference.name}.{_given_up(document)}"
        )
    return (
        f"Use {recommended.name}: it does the job as well as {reference.name}, at most {points} "
        f"points worse with {sure} confidence, and {less}.{better}{_given_up(document)}"
    )


def _given_up(document: DecisionDocument) -> str:
    """What the average hides, with the cure; "" where nothing is given up."""
    if not document.given_up:
        return ""
    worst, more = document.given_up[0], len(document.given_up) - 1
    others = f" and {more} more class{'es' if more > 1 else ''}" if more else ""
    return (
        f" But it gives up {worst.name!r}{others}: right on {worst.right} of {worst.examples}, "
        f"{document.reference} on {worst.reference_right}. If that matters, name the column of "
        'classes in slices, or set metric = "balanced_accuracy".'
    )


_CHECKS = {
    "classify": "reference and metric in [task], and how its classes are spelt",
    "extract": "reference, fields and metric in [task]",
    "generate": "reference, metric and answer_pattern in [task]",
}
"""What of a task is likeliest wrong where a good model's answers are."""


def _doubt(document: DecisionDocument) -> str:
    """Why being as good as the reference means little, with the cure; "" where it does not."""
    doubt, name = document.doubt, document.reference
    if doubt is None:
        return ""
    checks = _CHECKS[document.task.kind]
    if document.task.multi_label:
        checks = "reference, separator and metric in [task]"
    loss = f"{100 * doubt.loss:.3g}%"
    if doubt.constant is None or doubt.constant_loss is None:
        return (
            f" But {name} itself is wrong nearly everywhere (loss {loss}{_invalid(document)}), so "
            f"to be as good as it means nothing. Check {checks}, and some of its answers."
        )
    return (
        f" But {name} itself is no better than {doubt.constant}, which gives every input the same "
        f"answer (loss {loss} and {100 * doubt.constant_loss:.3g}% of {doubt.examples} examples). "
        f"Check {checks}; if they are right, name a better reference under [adequate]."
    )


def _invalid(document: DecisionDocument) -> str:
    reference = document.candidate(document.reference)
    none, every = reference.unanswered, reference.judged_examples
    return f", no valid answer to {none} of {every}" if none else ""


def _nothing_smaller(document: DecisionDocument) -> str:
    undecided = [c.name for c in document.candidates if c.adequate is None and c.status == "judged"]
    what = "do the job as well"
    if document.ceiling is not None:
        what = f"stay below a loss of {100 * document.ceiling:g}%"
    sentence = f"Stay with {document.reference}: nothing smaller was proven to {what}."
    if document.missing:
        return f"{sentence} {len(undecided)} undecided; more judge examples would tell."
    return sentence


def _less(document: DecisionDocument, one: CandidateDocument, other: CandidateDocument) -> str:
    wanted = document.task.objective
    if wanted == "latency":
        return "answers faster"
    name = {"energy": "energy_j", "carbon": "carbon_g", "cost": "cost"}[wanted]
    word = {"energy": "energy", "carbon": "carbon", "cost": "money"}[wanted]
    small, big = (getattr(c.footprint, name) for c in (one, other))
    times = _times_less(small, big)
    return f"uses {times} less {word} per request" if times else f"uses less {word} per request"


def _times_less(small: FigureDocument, big: FigureDocument) -> str | None:
    try:
        ratio = big.figure() / small.figure()
    except FigureError:
        return None
    if ratio.value is None or ratio.low is None or ratio.high is None:
        return None
    return f"{_short(ratio.value)} times ({_short(ratio.low)} to {_short(ratio.high)})"


def _short(number: float) -> str:
    """Two digits that count, and never an exponent.

    >>> _short(1234.5), _short(2.7183), _short(0.123)
    ('1,200', '2.7', '0.12')
    """
    return f"{float(f'{number:.2g}'):,.0f}" if number >= 10 else f"{number:.2g}"
