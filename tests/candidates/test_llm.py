"""The `llm` candidate with a real model: SmolLM2-135M on loopback."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import psutil
import pytest

from modicum.candidates.artefact import Parts, read_parts, write_parts
from modicum.candidates.llm import LLMCandidate, LLMRecipe
from modicum.candidates.protocol import Candidate, Examples
from modicum.candidates.server_models import smollm2_path
from modicum.checks.candidate import check_recipe
from modicum.errors import ArtefactError, CandidateError
from modicum.tasks.spec import TaskSection

CLASSES = ("animal", "colour", "number")
WORDS = {
    "animal": ("dog", "horse", "lion", "sheep", "mouse", "tiger", "whale", "rabbit"),
    "colour": ("blue", "green", "purple", "yellow", "orange", "pink", "brown", "white"),
    "number": ("seven", "three", "twelve", "forty", "eleven", "ninety", "sixteen", "two"),
}
ROWS = [(word, label) for label, words in WORDS.items() for word in words]
FIT = Examples(tuple(w for w, _ in ROWS), tuple(label for _, label in ROWS), CLASSES)
ASKED = ("cat", "red", "five", "goat", "black", "nine")
MEANT = ("animal", "colour", "number", "animal", "colour", "number")


@pytest.fixture(scope="module")
def gguf() -> Path:
    pytest.importorskip("xllamacpp", reason="xllamacpp is not installed")
    try:
        return smollm2_path()
    except CandidateError as error:
        pytest.skip(str(error))


def fit(gguf: Path, **options: Any) -> LLMCandidate:
    table = {"gguf": str(gguf), "concurrency": 2, "context": 512, "threads": 2, **options}
    return LLMRecipe().fit(FIT, FIT, name="smollm2", seed=0, options=table)


@pytest.fixture(scope="module")
def candidate(gguf: Path) -> Iterator[LLMCandidate]:
    built = fit(gguf)
    yield built
    built.close()


@pytest.mark.llm
def test_a_real_model_names_classes_by_one_token_and_says_how_sure_it_is(
    candidate: LLMCandidate,
) -> None:
    assert isinstance(candidate, Candidate)
    answers = candidate.answer(ASKED)
    right = sum(value == meant for value, meant in zip(answers.values, MEANT, strict=True))
    assert right >= 4
    assert answers.errors == (None,) * 6
    assert answers.probabilities is not None
    assert answers.probabilities.shape == (6, 3)
    assert answers.probabilities.sum(axis=1) == pytest.approx([1.0] * 6)
    assert answers.usage is not None
    for usage in answers.usage:
        assert usage.tokens_out == 1
        assert usage.tokens_in is not None
        assert usage.tokens_in > 50
        assert usage.latency_ms is not None
        assert usage.cost is None


@pytest.mark.llm
def test_the_instructions_are_read_once_and_kept_by_the_server(candidate: LLMCandidate) -> None:
    candidate.answer(ASKED)
    answers = candidate.answer(["zebra", "grey"])
    assert answers.usage is not None
    for usage in answers.usage:
        assert usage.tokens_cached is not None
        assert usage.tokens_in is not None
        assert usage.tokens_cached > usage.tokens_in / 2


@pytest.mark.llm
def test_one_input_is_answered_as_in_a_batch(candidate: LLMCandidate) -> None:
    together = candidate.answer(ASKED).values
    assert tuple(candidate.answer([text]).values[0] for text in ASKED) == together


@pytest.mark.llm
def test_an_input_longer_than_the_context_is_an_error_of_its_own(candidate: LLMCandidate) -> None:
    answers = candidate.answer(["word " * 5000, "cat"])
    assert answers.values[0] is None
    assert answers.errors is not None
    assert "answered 400" in str(answers.errors[0])
    assert answers.values[1] is not None


@pytest.mark.llm
def test_what_was_saved_answers_the_same_and_starts_its_server_when_asked(
    candidate: LLMCandidate, tmp_path: Path
) -> None:
    candidate.save(tmp_path)
    loaded = LLMRecipe().load(tmp_path, name="smollm2")
    assert loaded.process_ids == ()
    assert loaded.answer(ASKED).values == candidate.answer(ASKED).values
    (pid,) = loaded.process_ids
    assert psutil.pid_exists(pid)
    loaded.close()
    loaded.close()
    assert not psutil.pid_exists(pid)
    assert loaded.process_ids == ()


@pytest.mark.llm
def test_a_server_that_died_is_started_again(gguf: Path) -> None:
    built = fit(gguf, examples=0)
    (pid,) = built.process_ids
    psutil.Process(pid).kill()
    psutil.wait_procs([psutil.Process(pid)] if psutil.pid_exists(pid) else [], timeout=10)
    assert None not in built.answer(ASKED).values
    assert built.process_ids != (pid,)
    built.close()


@pytest.mark.llm
def test_a_grammar_holds_written_answers_to_the_classes(gguf: Path) -> None:
    built = fit(gguf, max_tokens=8, constrain="grammar", examples=0)
    answers = built.answer(ASKED)
    built.close()
    assert set(answers.values) <= set(CLASSES)
    assert answers.confidence == (None,) * 6


@pytest.mark.llm
def test_a_json_schema_holds_them_too(gguf: Path) -> None:
    built = fit(gguf, constrain="json_schema", examples=0)
    answers = built.answer(ASKED[:2])
    built.close()
    assert set(answers.values) <= set(CLASSES)


@pytest.mark.llm
@pytest.mark.parametrize("constrain", ["grammar", "json_schema"])
def test_a_reason_follows_the_class_in_the_same_answer(gguf: Path, constrain: str) -> None:
    candidate = fit(gguf, reason=True, examples=0, constrain=constrain)
    try:
        answers = candidate.answer(ASKED[:2])
    finally:
        candidate.close()
    assert all(value in CLASSES for value in answers.values)
    assert answers.reasons is not None
    assert all(reason and len(reason) >= 8 for reason in answers.reasons)
    assert answers.confidence == (None, None)
    assert candidate.parts.calibration is None
    assert not candidate.parts.shape.first_token
    assert answers.usage is not None
    assert all((usage.tokens_out or 0) > 3 for usage in answers.usage)


@pytest.mark.llm
def test_patterns_are_no_examples_of_answers(gguf: Path) -> None:
    section = TaskSection(
        name="t", kind="generate", data="d.csv", input="q", reference="a", metric="regex"
    )
    asked = tuple(f"What is {n} and {n}?" for n in ("one", "two", "three", "four"))
    rows = Examples(asked, (r"\b2\b", "four", r"^6$", "eight|8"), (), section=section)
    table: dict[str, object] = {"gguf": str(gguf), "context": 512, "threads": 2}
    candidate = LLMRecipe().fit(rows, rows, name="smollm2", seed=0, options=table)
    candidate.close()
    assert {answer for _, answer in candidate.parts.prompt.shots} == {"four", "eight|8"}


@pytest.mark.llm
def test_a_model_on_this_machine_is_calibrated_unless_told_not_to(
    gguf: Path, candidate: LLMCandidate
) -> None:
    assert candidate.parts.calibration is not None
    plain = fit(gguf, calibrate=0)
    plain.close()
    assert plain.parts.calibration is None


@pytest.mark.llm
def test_calibration_learns_from_examples_that_are_not_shown(gguf: Path, tmp_path: Path) -> None:
    built = fit(gguf, calibrate=12, examples=3)
    answers = built.answer(ASKED)
    built.close()
    built.save(tmp_path)
    assert LLMRecipe().load(tmp_path, name="smollm2").parts == built.parts
    assert built.parts.calibration is not None
    assert answers.probabilities is not None
    assert answers.probabilities.sum(axis=1) == pytest.approx([1.0] * 6)


@pytest.mark.llm
def test_the_nearest_examples_are_shown_to_each_input(gguf: Path, tmp_path: Path) -> None:
    built = fit(gguf, shots="nearest", examples=2)
    nearest = built.parts.nearest
    built.close()
    built.save(tmp_path)
    assert LLMRecipe().load(tmp_path, name="smollm2").parts.nearest == nearest
    assert nearest is not None
    assert ("horse", "animal") in nearest.shots("a horse")


@pytest.mark.llm
def test_ctrl_c_stops_at_once_and_leaves_no_server(gguf: Path) -> None:
    program = f"""
import sys
from dataclasses import replace
from pathlib import Path
sys.path[:0] = {sys.path!r}
from modicum.candidates.llm import LLMRecipe
from modicum.candidates.protocol import Examples
fit = Examples(("dog", "blue"), ("animal", "colour"), ("animal", "colour"))
options = {{"gguf": {str(gguf)!r}, "context": 512, "concurrency": 2}}
candidate = LLMRecipe().fit(fit, fit, name="x", seed=0, options=options)
print(candidate.process_ids[0], flush=True)
candidate.answer([f"word {{n}}" for n in range(100_000)])
"""
    running = subprocess.Popen(
        [sys.executable, "-c", program], stdout=subprocess.PIPE, stderr=subprocess.PIPE
    )
    with running:
        assert running.stdout is not None
        pid = int(running.stdout.readline())
        running.send_signal(signal.SIGINT)
        running.wait(20)
    assert running.returncode != 0
    assert not psutil.pid_exists(pid) or psutil.Process(pid).status() == psutil.STATUS_ZOMBIE
    assert os.getpid()


def test_labels_of_unknown_classes_are_refused(tmp_path: Path) -> None:
    model = tmp_path / "model.gguf"
    with pytest.raises(CandidateError, match="'anmal' that the data has not: did you mean"):
        fit(model, labels={"anmal": "beast"})


def test_a_missing_model_file_fails_the_fit(tmp_path: Path) -> None:
    with pytest.raises(CandidateError, match=r"cannot read the model file.*correct gguf"):
        fit(tmp_path / "none.gguf")


def test_a_hosted_candidate_is_remote_and_priced_by_the_table(tmp_path: Path) -> None:
    from modicum.candidates.llm import LLMParts
    from modicum.candidates.llm_options import LLMOptions
    from modicum.candidates.llm_prompt import Prompt
    from modicum.candidates.llm_request import RequestShape

    options = LLMOptions(base_url="https://api.openai.com/v1", model="gpt-4o-mini")
    parts = LLMParts(options, Prompt(CLASSES, CLASSES), RequestShape("gpt-4o-mini", 8))
    hosted = LLMCandidate("mini", parts)
    assert hosted.remote
    assert hosted.process_ids == ()
    assert hosted.price is not None
    assert hosted.price.tokens_in == 0.15
    hosted.save(tmp_path)
    assert LLMRecipe().load(tmp_path, name="mini").parts == parts


@pytest.mark.parametrize(
    ("change", "wrong"),
    [
        (lambda d: d["options"].update(base_url="ftp://evil.example"), "options.base_url"),
        (lambda d: d["shape"].update(limit="many"), "shape.limit"),
        (lambda d: d.pop("prompt"), "prompt"),
    ],
)
def test_a_document_that_makes_no_sense_is_refused(
    tmp_path: Path, change: Callable[[Any], object], wrong: str
) -> None:
    test_a_hosted_candidate_is_remote_and_priced_by_the_table(tmp_path)
    document = read_parts(tmp_path, "llm").document
    change(document)
    write_parts(tmp_path, "llm", Parts(document))
    with pytest.raises(ArtefactError, match=f"does not hold a usable {wrong}"):
        LLMRecipe().load(tmp_path, name="mini")


@pytest.mark.llm
def test_the_recipe_keeps_what_every_recipe_promises(gguf: Path, tmp_path: Path) -> None:
    class CachedRecipe(LLMRecipe):
        """Stored responses make a repeat exact; the server's last digits depend on what it kept."""

        def load(self, folder: Path, *, name: str) -> LLMCandidate:
            loaded = super().load(folder, name=name)
            options = loaded.parts.options.model_copy(update={"cache": tmp_path})
            loaded.parts = replace(loaded.parts, options=options)
            return loaded

    options = {"gguf": str(gguf), "context": 512, "cache": str(tmp_path), "timeout_s": 120}
    check_recipe(CachedRecipe(), options)
