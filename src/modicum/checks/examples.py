"""A dozen sentences for every form of task, for the conformance of recipes."""

from __future__ import annotations

from dataclasses import replace

from modicum.candidates.protocol import Examples
from modicum.tasks.answers import write_fields, write_labels, write_parts
from modicum.tasks.spec import TaskSection

_CLASSES = ("ship", "refund", "hello")
_FIT = Examples(
    inputs=(
        "where is my parcel",
        "has my parcel been sent",
        "my parcel is late",
        "when does the parcel arrive",
        "I want my money back",
        "refund my money please",
        "give the money back",
        "money back for this order",
        "good morning to you",
        "hello there, good day",
        "good evening",
        "hello and good night",
    ),
    references=("ship",) * 4 + ("refund",) * 4 + ("hello",) * 4,
    classes=_CLASSES,
)
_TUNE = Examples(
    inputs=("is the parcel sent", "money back now", "hello, good morning"),
    references=_CLASSES,
    classes=_CLASSES,
)


def examples_for(form: str) -> tuple[Examples, Examples]:
    """Fit and tune of a task of this form; raises ValueError for an unknown one.

    >>> examples_for("extract")[0].references[0]
    '{"thing": "parcel"}'
    """
    sections = {
        "classify": None,
        "multi-label": _section(kind="classify", multi_label=True),
        "extract": _section(kind="extract", fields=["thing"]),
        "generate": _section(kind="generate"),
        "grounded": _section(kind="generate", context=["passage"], metric="token_f1"),
        "listed": _section(kind="generate", context=["options"]),
        "numeric": _section(kind="generate", metric="numeric"),
    }
    if form not in sections:
        raise ValueError(f"{form!r} is no form of task: known are {', '.join(sections)}")
    return _told(_FIT, form, sections[form]), _told(_TUNE, form, sections[form])


def _section(**keys: object) -> TaskSection:
    told = {"name": "checked", "data": "none.csv", "input": "text", "reference": "answer"}
    return TaskSection.model_validate({**told, **keys})


def _told(examples: Examples, form: str, section: TaskSection | None) -> Examples:
    if form == "grounded":
        return _grounded(examples, section)
    if form == "listed":
        return _listed(examples, section)
    if form == "numeric":
        return _sums(examples, section)
    if form == "multi-label":
        sets = tuple(
            write_labels({label, "long" if len(text) > 18 else label})
            for text, label in zip(examples.inputs, examples.references, strict=True)
        )
        classes = tuple(sorted({*_CLASSES, "long"}))
        return replace(examples, references=sets, classes=classes, section=section)
    if form == "extract":
        words = ("parcel", "money", "good")
        found = (next(w for w in words if w in text) for text in examples.inputs)
        objects = tuple(write_fields(["thing"], {"thing": word}) for word in found)
        return replace(examples, references=objects, classes=(), section=section)
    if form == "generate":
        return replace(examples, classes=(), section=section)
    return examples


def _grounded(examples: Examples, section: TaskSection | None) -> Examples:
    """Questions about a passage of three sentences, one of which answers."""
    inputs, answers = [], []
    for i, text in enumerate(examples.inputs):
        told = (f"It rained {i} days.", f"The note said {text}.", "Nobody was surprised.")
        passage = " ".join(told[(j + i) % 3] for j in range(3))
        inputs.append(write_parts(["text", "passage"], ["What did the note say?", passage]))
        answers.append(told[1])
    return Examples(tuple(inputs), tuple(answers), (), section=section)


def _listed(examples: Examples, section: TaskSection | None) -> Examples:
    """What a text is about, of three options on lines with a letter each."""
    about = {"ship": "a parcel", "refund": "money", "hello": "a greeting"}
    listed = "\n".join(f"{mark}. {text}" for mark, text in zip("ABC", about.values(), strict=True))
    inputs = (write_parts(["text", "options"], [text, listed]) for text in examples.inputs)
    answers = (about[label] for label in examples.references)
    return Examples(tuple(inputs), tuple(answers), (), section=section)


def _sums(examples: Examples, section: TaskSection | None) -> Examples:
    """Word problems: half of them add, half of them subtract."""
    pairs = [(3 * i + 5, i + 2) for i in range(len(examples))]
    told = [
        (f"Ann has {a} pens and gets {b} more. How many in all?", str(a + b))
        if i % 2
        else (f"Ann has {a} pens and loses {b}. How many are left?", str(a - b))
        for i, (a, b) in enumerate(pairs)
    ]
    inputs, answers = zip(*told, strict=True)
    return Examples(inputs, answers, (), section=section)
