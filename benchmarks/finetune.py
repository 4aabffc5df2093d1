"""A sentence encoder taught banking77 from ten examples a class: accuracy, time, memory, export.

    python benchmarks/finetune.py [--per-class 10] [--seed 0] [--keep FOLDER]

Fits `setfit` as the ladder does (strengths and shares chosen on a tune part of the training data,
then taught again on all of it) and asks the official test part once: as taught, in full precision,
and as exported.  It needs the `finetune` extra.  Wall time is that of this machine with whatever
else runs on it; CPU time is of all threads.
"""

from __future__ import annotations

import argparse
import resource
import sys
import time
from collections.abc import Sequence
from pathlib import Path
from statistics import mean
from typing import Any

sys.path.insert(0, str(Path(__file__).parent))
from ladder import few, fit, read_banking
from modicum.candidates import setfit
from modicum.candidates.export_form import AGREEMENT, FORMS, in_form
from modicum.candidates.minilm import MiniLm
from modicum.candidates.minilm_logistic import OPENING
from modicum.candidates.pair import Pair
from modicum.candidates.student import Student
from modicum.candidates.taught import TaughtStudent
from modicum.candidates.tuned import TunedMiniLm

ACCURACY, SECONDS, GIB = 0.85, 600.0, 4.0


def remember_taught() -> list[bytes]:
    """The encoders as taught, in full precision, as they come."""
    kept: list[bytes] = []
    taught = setfit.finetune

    def remembered(*given: Any, **options: Any) -> bytes:
        kept.append(taught(*given, **options))
        return kept[-1]

    setfit.finetune = remembered
    return kept


def answers(student: Student, sentences: TunedMiniLm, texts: Sequence[str]) -> tuple[object, ...]:
    """Of the student with another form of its encoder."""
    pair: Pair = student.encoder  # type: ignore[assignment]
    return (
        Student("asked", "setfit", Pair(pair.words, sentences), student.head).answer(texts).values
    )


def line(bar: str, what: str, figure: float, text: str, good: bool) -> bool:
    print(f"{bar:6} {'pass' if good else 'MISS'}  {what:58} {figure:{text}}", flush=True)
    return good


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--per-class", type=int, default=10)
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--keep", type=Path, help="folder for the student and both encoders")
    given = parser.parse_args()
    train, test = few(read_banking("train"), given.per_class, given.seed), read_banking("test")
    classes, texts = tuple(sorted({c for _, c in train})), [text for text, _ in test]
    taught = remember_taught()
    wall, cpu = time.perf_counter(), time.process_time()
    student = fit("setfit", train, classes, given.seed)
    wall, cpu = time.perf_counter() - wall, time.process_time() - cpu
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 2**20
    assert isinstance(student, TaughtStudent)
    ids = MiniLm.open().tokens([text for text, _ in train])
    forms = {form: in_form(taught[-1], form, ids) for form in reversed(FORMS)}
    if given.keep:
        keep(given.keep, student, forms)
    print(f"banking77, {len(train)} examples, {len(test)} test; {student.export}")
    print(f"  CPU time of teaching and fitting {cpu:.0f} s")
    same = told(student, forms, test)
    served = mean(v == c for v, (_, c) in zip(student.answer(texts).values, test, strict=True))
    assert student.export is not None
    form = student.export.form
    met = [
        line("bar 1", f"accuracy as served, >= {ACCURACY}", served, ".4f", served >= ACCURACY),
        line("bar 3", f"wall time, <= {SECONDS:.0f} s", wall, ".0f", wall <= SECONDS),
        line("bar 3", f"peak memory, <= {GIB:g} GiB", peak, ".2f", peak <= GIB),
        line(
            "export",
            f"{form} answers as before on the test part, >= {AGREEMENT:.1%}",
            same[form],
            ".2%",
            same[form] >= AGREEMENT,
        ),
    ]
    return 0 if all(met) else 1


def told(
    student: Student, forms: dict[str, bytes], test: Sequence[tuple[str, str]]
) -> dict[str, float]:
    """Print a line a form; the share of answers that each has in common with full precision.

    The head is the one that the student serves, fitted on the form that it serves.
    """
    texts, whole, same = [text for text, _ in test], tuple[object, ...](), dict[str, float]()
    for form, data in forms.items():
        encoder = TunedMiniLm.of(data, OPENING)
        cpu = time.process_time()
        said = answers(student, encoder, texts)
        cpu = time.process_time() - cpu
        whole = whole or said
        same[form] = mean(a == b for a, b in zip(said, whole, strict=True))
        right = mean(a == c for a, (_, c) in zip(said, test, strict=True))
        print(
            f"  {form:10} {len(data) / 1e6:5.1f} MB, {same[form]:.2%} as in full precision, "
            f"accuracy {right:.4f}, {len(texts) / cpu:.0f} texts a CPU second",
            flush=True,
        )
    return same


def keep(folder: Path, student: Student, forms: dict[str, bytes]) -> None:
    """What was made, for a closer look."""
    (folder / "student").mkdir(parents=True)
    student.save(folder / "student")
    for name, data in forms.items():
        (folder / f"{name.replace(' ', '-')}.onnx").write_bytes(data)


if __name__ == "__main__":
    sys.exit(main())
