"""Build an `llm` candidate: choose its examples, try the endpoint once, correct its leaning."""

from __future__ import annotations

import random
from dataclasses import replace

from modicum.candidates.llm import LLMCandidate, LLMParts
from modicum.candidates.llm_calibrate import calibrate
from modicum.candidates.llm_failures import RequestError
from modicum.candidates.llm_form import Form, FreePrompt
from modicum.candidates.llm_nearest import NearestShots
from modicum.candidates.llm_options import LLMOptions, nearest
from modicum.candidates.llm_parse import plain
from modicum.candidates.llm_prompt import CHARS_PER_TOKEN, Prompt, choose_shots, default_count
from modicum.candidates.llm_reason import TOKENS
from modicum.candidates.llm_request import RequestShape, label_limit
from modicum.candidates.llm_trial import tried
from modicum.candidates.protocol import Examples
from modicum.errors import CandidateError

SHOTS_SHARE = 0.5  # of the context; the rest is for the input and the answer
FREE_SHOTS = 6  # examples of written answers and of fields, where nobody said


def fit_parts(
    fit: Examples, tune: Examples, options: LLMOptions, *, name: str, seed: int
) -> LLMCandidate:
    """The candidate, with its endpoint tried; nothing is left running when that fails."""
    if not fit.inputs:
        raise CandidateError(f"candidate {name!r}: the fit split is empty: give more data")
    parts = LLMParts(options, _prompt(fit, options, name, seed), _shape(fit, options))
    if options.shots == "nearest":
        parts = _with_nearest(parts, fit)
    candidate = LLMCandidate(name, parts)
    candidate.fitting = True
    try:
        shortest = min(fit.inputs, key=lambda text: (not text.strip(), len(text), text))
        candidate.parts = tried(candidate, shortest)
        if options.draws > 1 and len(tune):
            candidate.parts = _best_drawn(candidate, fit, tune, seed)
        asked = options.calibrate != 0 and options.shots == "fixed" and not options.reason
        if fit.form == "classify" and asked:
            candidate.parts = _calibrated(candidate, fit, seed)
    except RequestError as error:
        candidate.close()
        raise CandidateError(f"candidate {name!r}: {error}") from None
    except BaseException:
        candidate.close()
        raise
    candidate.fitting = False
    return candidate


def labels_for(classes: tuple[str, ...], options: LLMOptions, name: str) -> tuple[str, ...]:
    """What the model is shown for each class; raises CandidateError for unknown ones."""
    for known in options.labels:
        if known not in classes:
            raise CandidateError(
                f"candidate {name!r}: labels names a class {known!r} that the data has not:"
                f" {nearest(known, classes)}"
            )
    labels = tuple(options.labels.get(known, known) for known in classes)
    if options.labels and len({plain(label) for label in labels}) < len(labels):
        raise CandidateError(f"candidate {name!r}: two labels are the same: make them different")
    return labels


def _best_drawn(candidate: LLMCandidate, fit: Examples, tune: Examples, seed: int) -> LLMParts:
    """The choice of examples that does best on some of tune; the first of equals."""
    options = candidate.parts.options
    asked = tune.taken(range(min(len(tune), options.draw_examples)))
    best, least = candidate.parts, float("inf")
    for draw in range(options.draws):
        prompt = _prompt(fit, options, candidate.name, seed + draw)
        parts = replace(candidate.parts, prompt=prompt)
        candidate.parts = parts
        loss = sum(asked.losses(candidate.answer(asked.inputs).values))
        if loss < least:
            best, least = parts, loss
    return best


def _showable(fit: Examples) -> Examples:
    """The examples whose reference is an answer: a regular expression that does not match itself
    would teach the model to write regular expressions."""
    if fit.section is None or fit.section.metric != "regex":
        return fit
    return fit.taken([i for i, loss in enumerate(fit.losses(fit.references)) if loss == 0])


def _free_prompt(form: Form, fit: Examples, options: LLMOptions, seed: int) -> FreePrompt:
    count = options.examples
    if count is None:
        count = 0 if options.prompt is not None else FREE_SHOTS
    fixed, fit = options.shots == "fixed", _showable(fit)
    empty = FreePrompt(form, (), options.prompt, options.instruction, options.trim)
    every = replace(fit, classes=("",), references=("",) * len(fit), inputs=fit.inputs)
    drawn = choose_shots(every, count if fixed else 0, seed=seed, budget_chars=_budget(options))
    answers = dict(zip(fit.inputs, fit.references, strict=True))
    return replace(empty, shots=tuple((text, answers[text]) for text, _ in drawn))


def _prompt(fit: Examples, options: LLMOptions, name: str, seed: int) -> Prompt | FreePrompt:
    form = Form.of(fit)
    if form is not None and options.reason:
        raise CandidateError(
            f"candidate {name!r}: reason goes with one class an answer: leave it out"
        )
    if form is not None:
        return _free_prompt(form, fit, options, seed)
    labels = labels_for(fit.classes, options, name)
    count = options.examples
    if count is None:
        count = default_count(len(labels), custom=options.prompt is not None)
    fixed = options.shots == "fixed"
    shots = choose_shots(fit, count if fixed else 0, seed=seed, budget_chars=_budget(options))
    return Prompt(fit.classes, labels, shots, options.prompt, options.reason, options.instruction)


def _budget(options: LLMOptions) -> float:
    return options.window * SHOTS_SHARE * CHARS_PER_TOKEN


def _shape(fit: Examples, options: LLMOptions) -> RequestShape:
    constrain, form = options.constrain, Form.of(fit)
    if form is not None:
        answer = form.schema()
        wanted = constrain != "none" and answer is not None
        return RequestShape(
            model=options.model or "local",
            limit=options.max_tokens or form.limit(fit.references),
            temperature=options.temperature,
            constrain="json_schema" if wanted else "none",
            answer_schema=answer,
            reasoning_effort=options.reasoning_effort,
        )
    if constrain == "auto":
        constrain = "none" if options.gguf is None else "grammar"
    longest = (*fit.classes, *options.labels.values())
    return RequestShape(
        model=options.model or "local",
        limit=options.max_tokens or label_limit(longest, constrain) + TOKENS * options.reason,
        temperature=options.temperature,
        constrain=constrain,
        reasoning_effort=options.reasoning_effort,
        reason=options.reason,
    )


def _with_nearest(parts: LLMParts, fit: Examples) -> LLMParts:
    count = parts.options.examples
    if count is None:
        count = FREE_SHOTS if Form.of(fit) else default_count(len(fit.classes), custom=False)
    fit = _showable(fit)
    pool = tuple(dict(zip(fit.inputs, fit.references, strict=True)).items())
    if not pool:  # nothing that could be shown
        return parts
    return replace(parts, nearest=NearestShots(pool, count, _budget(parts.options)))


def _calibrated(candidate: LLMCandidate, fit: Examples, seed: int) -> LLMParts:
    """Ask for some examples that are not in the prompt, and learn what the scores mean.

    Where nobody asked for it, what cannot be calibrated is left as it is.
    """
    parts, wanted = candidate.parts, candidate.parts.options.calibrate
    rows = _further_examples(parts, fit, seed)
    enough = 2 * len(fit.classes)
    if wanted is None and (not parts.shape.first_token or len(rows) < enough):
        return parts
    if not parts.shape.first_token:
        raise CandidateError(
            f"candidate {candidate.name!r}: calibrate needs an endpoint that gives"
            " log-probabilities of the classes: leave calibrate out"
        )
    scored = candidate.scores([text for text, _ in rows])
    told = [(s.log_mass, label) for s, (_, label) in zip(scored, rows, strict=True) if s]
    if len(told) < enough:
        if wanted is None:
            return parts
        raise CandidateError(
            f"candidate {candidate.name!r}: only {len(told)} examples could be scored and"
            f" {enough} are needed: raise calibrate or leave it out"
        )
    truth = [fit.classes.index(label) for _, label in told]
    return replace(parts, calibration=calibrate([mass for mass, _ in told], truth))


def _further_examples(parts: LLMParts, fit: Examples, seed: int) -> list[tuple[str, str]]:
    """Examples that are not in the prompt, mixed, the same for the same seed."""
    count = parts.options.calibrate
    if count is None:
        count = min(20 * len(fit.classes), 200) if parts.options.here else 0
    shown = {text for text, _ in parts.prompt.shots}
    known = dict(zip(fit.inputs, fit.references, strict=True))
    rows = sorted(row for row in known.items() if row[0] not in shown)
    random.Random(seed).shuffle(rows)  # noqa: S311 - a choice of examples is no secret
    return rows[:count]
