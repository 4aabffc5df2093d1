"""The trial request of an `llm` candidate: what its endpoint accepts and offers."""

from __future__ import annotations

from dataclasses import replace

from modicum.candidates.llm import LLMCandidate, LLMParts
from modicum.candidates.llm_failures import Blame, RequestError
from modicum.candidates.llm_parse import first_alternatives
from modicum.candidates.llm_request import LLAMA_TOP
from modicum.errors import CandidateError

CONCESSIONS = 6
"""How often a refused request is sent again in another shape."""


def tried(candidate: LLMCandidate, text: str) -> LLMParts:
    """The parts after one real request, bent to what the endpoint accepts and offers."""
    parts = candidate.parts
    for _ in range(CONCESSIONS):
        try:
            reply, _ = candidate.asker(parts).ask(text, one=False)
            break
        except RequestError as error:
            given = parts.options.constrain != "auto"
            bent = parts.shape.without(str(error), keep_constraint=given)
            if error.blame is not Blame.REQUEST or bent is None:
                raise
            parts = replace(parts, shape=bent)
    else:
        raise CandidateError(
            f"candidate {candidate.name!r}: the endpoint refuses every form of the request:"
            " check that it is OpenAI-compatible"
        )
    shape = parts.shape
    if parts.prompt.classes and "llama.cpp" in reply.server.casefold() and shape.top_logprobs:
        wanted = "grammar" if parts.options.constrain == "auto" else shape.constrain
        shape = replace(shape, constrain=wanted, top_logprobs=LLAMA_TOP)
    parts = replace(parts, shape=shape)
    told = first_alternatives(reply.payload["choices"][0])
    if told and parts.prompt.classes and _one_token_may_do(parts):
        return _with_first_token(candidate, parts, text)
    return parts


def _one_token_may_do(parts: LLMParts) -> bool:
    options = parts.options
    return (
        options.max_tokens is None
        and not options.reason
        and options.temperature == 0
        and options.samples == 1
        and parts.shape.top_logprobs is not None
        and parts.shape.constrain != "json_schema"
    )


def _with_first_token(candidate: LLMCandidate, parts: LLMParts, text: str) -> LLMParts:
    """Read the class from one token where the trial shows that this tells the classes apart."""
    shorter = replace(parts, shape=replace(parts.shape, first_token=True))
    answered = candidate.asker(shorter).by_first_token(text)
    return shorter if answered.value is not None else parts
