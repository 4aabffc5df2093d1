"""The ladder's throughput and latency, beside other runners of the same encoder (bar 2)."""

from __future__ import annotations

import time
from collections.abc import Sequence
from statistics import mean, median

from bars import Line, say
from ladder_fit import fit
from ladder_rivals import TORCH, rival_speeds, student_rival
from ladder_sets import SETS, Rows, few
from modicum.candidates import Candidate
from modicum.candidates.minilm import MiniLm

SPEED_NAMES = ("naive-bayes", "tfidf-logistic", "static", "tfidf-svm", "minilm-logistic")
SPEED_BARS = {TORCH: 100, "minilm-logistic": 30}
"""How many times as fast as each the fastest student is to be."""


Speeds = dict[str, tuple[float, float]]
"""Texts a second in one batch, and the median milliseconds of one text, by name."""


def speed_table(pythons: Sequence[str], most: int) -> list[Line]:
    """Print the speeds of students, encoder and rivals; returns the lines of bar 2."""
    train, test = SETS["banking77"](0)
    classes, texts = tuple(sorted({label for _, label in train})), [text for text, _ in test[:most]]
    rivals = rival_speeds(pythons, texts) if pythons else {}
    rows = few(train, 20, 0)
    speeds = {name: speed(fit(name, rows, classes, 0), texts) for name in SPEED_NAMES}
    speeds["minilm alone"] = speed(MiniLm.open(), texts)
    print(f"\n{len(texts)} texts\n{'':23}{'texts/s':>10}{'p50 one, ms':>13}")
    for name, (rate, single) in {**rivals, **speeds}.items():
        print(f"{name:23}{rate:10.0f}{single:13.3f}")
    if pythons:
        print_students(pythons, rows, test)
    return [*map(say, speed_lines(speeds, rivals))]


def print_students(pythons: Sequence[str], train: Rows, test: Rows) -> None:
    """Our static students beside model2vec's own classifier, taught by the same examples."""
    classes, truth = tuple(sorted({c for _, c in train})), [c for _, c in test]
    texts = [text for text, _ in test]
    print(f"{len(train)} examples")
    print(f"{'':23}{'accuracy':>9}{'texts/s':>10}{'p50 one, ms':>13}{'CPU s':>7}")
    for name in ("static", "tfidf-logistic"):
        start = time.process_time()
        made = fit(name, train, classes, 0)
        spent = time.process_time() - start
        right = mean(a == b for a, b in zip(made.answer(texts).values, truth, strict=True))
        print_student(name, right, *speed(made, texts), spent)
    rival = student_rival(pythons, train, test)
    if rival is not None:
        rate, single, right, spent = rival
        print_student("model2vec's classifier", right, rate, single, spent)


def print_student(name: str, right: float, rate: float, single: float, spent: float) -> None:
    print(f"{name:23}{right:9.4f}{rate:10.0f}{single:13.3f}{spent:7.0f}", flush=True)


def speed_lines(speeds: Speeds, rivals: Speeds) -> list[Line]:
    """Bar 2; a rival that was not measured leaves its line without a verdict."""
    students = {name: one for name, one in speeds.items() if not name.startswith("minilm")}
    rate, _ = max(students.values())
    single = min(one for _, one in students.values())
    others = {name: one for name, (one, _) in rivals.items() if name != TORCH}
    best = max(others, key=others.__getitem__, default="another ONNX runner")
    known = {**speeds, **rivals}
    return [
        *(_times(name, rate, known.get(name), times) for name, times in SPEED_BARS.items()),
        Line(2, single < 0.3, "p50 of one text, fastest student", f"{single:.3f} ms", "< 0.3 ms"),
        _times(best, speeds["minilm alone"][0], rivals.get(best), 1, "MiniLM int8"),
    ]


def _times(
    over: str, rate: float, of: tuple[float, float] | None, times: int, who: str = "fastest student"
) -> Line:
    what, wanted = f"{who} over {over}", f">= {times} x"
    if of is None:
        return Line(2, None, what, "not measured: give its Python as --rivals", wanted)
    ratio = rate / of[0]
    return Line(2, ratio >= times, what, f"{ratio:.4g} x", wanted, f"{over} {of[0]:.0f} texts/s")


def speed(made: Candidate | MiniLm, texts: Sequence[str]) -> tuple[float, float]:
    """Texts a second in one batch (best of three), and the median milliseconds of single inputs."""
    run = made.encode if isinstance(made, MiniLm) else made.answer
    run(texts[:64])
    rates = []
    for _ in range(3):
        start = time.perf_counter()
        run(texts)
        rates.append(len(texts) / (time.perf_counter() - start))
    single = []
    for text in texts[:300]:
        start = time.perf_counter()
        run((text,))
        single.append((time.perf_counter() - start) * 1000)
    return max(rates), median(single)
