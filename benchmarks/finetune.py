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

sys.path.insert(0, str(Path(__file__).parent))
from ladder import few, fit, read_banking
from modicum.candidates import setfit
from modicum.candidates.pair import Pair
from modicum.candidates.setfit import AGREEMENT, SetFitStudent
from modicum.candidates.student import Student
from modicum.candidates.tuned import TunedMiniLm

ACCURACY, SECONDS, GIB = 0.85, 600.0, 4.0


def remember_taught() -> list[bytes]:
    """The encoders that are about to be quantised, in full precision, as they come."""
    kept: list[bytes] = []
    quantised = setfit.quantised

    def remembered(onnx: bytes, **options: bool) -> bytes:
        kept.append(onnx)
        return quantised(onnx, **options)

    setfit.quantised = remembered  # type: ignore[assignment]
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
    assert isinstance(student, SetFitStudent)
    forms = {
        "full precision": taught[-1],
        "int8": setfit.quantised(taught[-1]),
    }
    if given.keep:
        keep(given.keep, student, forms)
    said = {n: answers(student, TunedMiniLm.of(b, setfit.OPENING), texts) for n, b in forms.items()}
    right = {
        n: mean(v == c for v, (_, c) in zip(values, test, strict=True))
        for n, values in said.items()
    }
    same = mean(a == b for a, b in zip(*said.values(), strict=True))
    served = mean(v == c for v, (_, c) in zip(student.answer(texts).values, test, strict=True))
    print(f"banking77, {len(train)} examples, {len(test)} test; {student.export}")
    print(", ".join(f"  accuracy {name} {share:.4f}" for name, share in right.items()))
    sizes = ", ".join(f"{name} {len(data) / 1e6:.1f} MB" for name, data in forms.items())
    print(f"  encoder: {sizes}")
    print(f"  CPU time of teaching and fitting {cpu:.0f} s")
    met = [
        line("bar 1", f"accuracy as served, >= {ACCURACY}", served, ".4f", served >= ACCURACY),
        line("bar 3", f"wall time, <= {SECONDS:.0f} s", wall, ".0f", wall <= SECONDS),
        line("bar 3", f"peak memory, <= {GIB:g} GiB", peak, ".2f", peak <= GIB),
        line(
            "export",
            f"int8 answers as before on the test part, >= {AGREEMENT:.1%}",
            same,
            ".2%",
            same >= AGREEMENT,
        ),
    ]
    return 0 if all(met) else 1


def keep(folder: Path, student: Student, forms: dict[str, bytes]) -> None:
    """What was made, for a closer look."""
    (folder / "student").mkdir(parents=True)
    student.save(folder / "student")
    for name, data in forms.items():
        (folder / f"{name.replace(' ', '-')}.onnx").write_bytes(data)


if __name__ == "__main__":
    sys.exit(main())
