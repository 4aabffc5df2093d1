"""The keys of an `llm` candidate's table in the task file, checked and typed."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from difflib import get_close_matches
from pathlib import Path
from typing import Any, Literal
from urllib.parse import urlsplit

from pydantic import BaseModel, ConfigDict, Field, ValidationError, field_validator, model_validator

from modicum.candidates.llm_processes import on_this_machine
from modicum.errors import CandidateError

NOT_IN_EXTRA = frozenset({"messages", "model", "stream", "n"})


class LLMOptions(BaseModel):
    """What may be said about an `llm` candidate; the key itself is never among it, only its name.

    Attributes:
        base_url: of an OpenAI-compatible endpoint, up to and including `/v1`.
        model: the model's name there; may be left out with `gguf`.
        gguf: a model file to serve on loopback for as long as the candidate lives.
        api_key_env: the environment variable that holds the key.
        prompt: replaces the default; `{input}` must stand in it, `{classes}` and `{examples}` may.
        labels: the word shown to the model for a class whose own name says little to it.
        examples: how many examples of the fit split the model is shown; None chooses.
        shots: the same examples for every input, or the nearest ones to each.
        calibrate: how many further examples of the fit split are asked, to correct the model's bias
            towards some classes; needs log-probabilities.  None is 20 a class and at most 200 on
            this machine, where they cost no money and can be scored; 0 elsewhere.
        max_tokens: the longest answer, in tokens; None is just enough for the classes.
        temperature: of sampling; 0 takes the likeliest token.
        samples: how often each input is asked; above 1 the class named most is the answer and its
            share the confidence, which needs a temperature above 0.
        constrain: how the answer is held to the classes; `auto` uses a grammar on llama.cpp.
        timeout_s: the longest one request may take, in seconds.
        concurrency: requests in flight at once; None is 1 on this machine, where more only wait for
            the same cores and make every latency longer, and 4 elsewhere.
        retries: further attempts after a refusal that may pass (429, 5xx, a lost connection).
        price_in, price_out, price_cached, price_batch_in, price_batch_out: per million tokens, in
            `currency`; instead of the listed ones.
        batch: whether it will be asked through the provider's slow lane, and is charged by it.
        context: tokens a request may hold; None is 2048 on a server started from `gguf`, else 8192.
        threads: of such a server; None is one a core.
        cache: a folder of stored responses; None stores none.
        instruction: replaces the default's first sentences and leaves the rest of it; `{classes}`
            may stand in it.
        reason: whether the class is followed by a sentence that says why, in the same answer; for
            labelling, where `reference = {candidate = NAME, rationales = true}` sets it.
        reasoning_effort: as the endpoint names it (none, minimal, low, medium, high).
        trim: the most characters of a context that are sent: the sentences nearest to the question.
        draws: how many choices of examples are tried on tune, the best of which is kept.
        draw_examples: on how many tune examples each is tried.
        extra: further fields of the request, as the endpoint names them.
    """

    model_config = ConfigDict(extra="forbid", frozen=True, protected_namespaces=())

    base_url: str | None = None
    model: str | None = None
    gguf: Path | None = None
    api_key_env: str | None = Field(default=None, pattern=r"^[A-Za-z_][A-Za-z0-9_]*$")
    prompt: str | None = None
    labels: dict[str, str] = Field(default_factory=dict)
    examples: int | None = Field(default=None, ge=0, le=1000)
    shots: Literal["fixed", "nearest"] = "fixed"
    calibrate: int | None = Field(default=None, ge=0, le=10_000)
    max_tokens: int | None = Field(default=None, ge=1, le=100_000)
    temperature: float = Field(default=0.0, ge=0.0, le=2.0)
    samples: int = Field(default=1, ge=1, le=100)
    constrain: Literal["auto", "grammar", "json_schema", "none"] = "auto"
    timeout_s: float = Field(default=60.0, gt=0.0, le=3600.0)
    concurrency: int | None = Field(default=None, ge=1, le=256)
    retries: int = Field(default=2, ge=0, le=20)
    price_in: float | None = Field(default=None, ge=0.0, allow_inf_nan=False)
    price_out: float | None = Field(default=None, ge=0.0, allow_inf_nan=False)
    price_cached: float | None = Field(default=None, ge=0.0, allow_inf_nan=False)
    price_batch_in: float | None = Field(default=None, ge=0.0, allow_inf_nan=False)
    price_batch_out: float | None = Field(default=None, ge=0.0, allow_inf_nan=False)
    batch: bool = False
    currency: str = Field(default="USD", pattern=r"^[A-Z]{3}$")
    context: int | None = Field(default=None, ge=128, le=2_000_000)
    threads: int | None = Field(default=None, ge=1, le=1024)
    cache: Path | None = None
    instruction: str | None = None
    reason: bool = False
    reasoning_effort: str | None = Field(default=None, pattern=r"^[a-z]{2,20}$")
    trim: int | None = Field(default=None, ge=50)
    draws: int = Field(default=1, ge=1, le=20)
    draw_examples: int = Field(default=24, ge=5, le=500)
    extra: dict[str, Any] = Field(default_factory=dict)

    @field_validator("base_url")
    @classmethod
    def _plain_url(cls, url: str | None) -> str | None:
        return None if url is None else check_url(url)

    @field_validator("gguf", "cache")
    @classmethod
    def _from_anywhere(cls, path: Path | None) -> Path | None:
        return None if path is None else path.expanduser().absolute()

    @field_validator("prompt")
    @classmethod
    def _takes_the_input(cls, prompt: str | None) -> str | None:
        if prompt is not None and "{input}" not in prompt:
            raise ValueError("the prompt has no {input}; write {input} where the text belongs")
        return prompt

    @field_validator("extra")
    @classmethod
    def _leaves_the_request_alone(cls, extra: dict[str, Any]) -> dict[str, Any]:
        if taken := sorted(NOT_IN_EXTRA & extra.keys()):
            raise ValueError(f"{taken[0]!r} is set by modicum; leave it out")
        return extra

    @model_validator(mode="after")
    def _one_place(self) -> LLMOptions:
        if (self.base_url is None) == (self.gguf is None):
            raise ValueError("give base_url and model, or gguf, and not both")
        if self.base_url is not None and self.model is None:
            raise ValueError("base_url was given without model; name the model too")
        if (self.price_in is None) != (self.price_out is None):
            raise ValueError("give price_in and price_out together")
        if (self.price_batch_in is None) != (self.price_batch_out is None):
            raise ValueError("give price_batch_in and price_batch_out together")
        if self.price_in is None and self.currency != "USD":
            raise ValueError("listed prices are in USD: give price_in and price_out in a currency")
        if self.calibrate and self.shots == "nearest":
            raise ValueError("calibrate needs shots = 'fixed': leave one of the two out")
        if self.reason and self.calibrate:
            raise ValueError("an answer with a reason cannot be calibrated: leave one of them out")
        if self.samples > 1 and self.temperature == 0:
            raise ValueError("samples would all be the same; set temperature = 0.7, or samples = 1")
        return self

    @property
    def here(self) -> bool:
        """Whether the model runs on this machine."""
        return self.base_url is None or on_this_machine(self.base_url)

    @property
    def in_flight(self) -> int:
        """How many requests are asked at once."""
        return self.concurrency or (1 if self.here else 4)

    @property
    def window(self) -> int:
        """Tokens of one request, prompt and answer together."""
        return self.context or (8192 if self.gguf is None else 2048)


def check_url(url: str) -> str:
    """The address without a trailing slash.

    >>> check_url("http://127.0.0.1:8080/v1/")
    'http://127.0.0.1:8080/v1'
    """
    try:
        parts = urlsplit(url)
        host, _ = parts.hostname, parts.port
    except ValueError:
        raise ValueError(f"{url!r} is no address; write http://host:port/v1") from None
    if parts.scheme not in ("http", "https") or not host:
        raise ValueError(f"{url!r} is no address; write http://host:port/v1")
    if "@" in parts.netloc or parts.query or parts.fragment:
        raise ValueError(
            "base_url holds a user, query or fragment; put the key in an environment variable"
            " and name that as api_key_env"
        )
    return url.rstrip("/")


def nearest(word: str, known: Collection[str]) -> str:
    """A sentence part naming what is likeliest meant.

    >>> nearest("modle", ["model", "prompt"])
    "did you mean 'model'?"
    >>> nearest("xyz", ["model", "prompt"])
    'known are model, prompt'
    """
    found = get_close_matches(word, [str(name) for name in known], n=1)
    return f"did you mean {found[0]!r}?" if found else f"known are {', '.join(known) or 'none'}"


def read_options(options: Mapping[str, object], *, name: str) -> LLMOptions:
    """Check the table of candidate `name`; raises CandidateError for its first mistake."""
    known = list(LLMOptions.model_fields)
    for key in options:
        if key not in known:
            raise CandidateError(
                f"candidate {name!r} has an unknown option {key!r}: {nearest(key, known)}"
            )
    try:
        return LLMOptions.model_validate(dict(options))
    except ValidationError as error:
        first = error.errors(include_url=False, include_context=False)[0]
        where = ".".join(str(part) for part in first["loc"])
        what = first["msg"].removeprefix("Value error, ")
        quiet = not where or first["type"] == "value_error" or where == "api_key_env"  # a key?
        got = "" if quiet else f", got {first['input']!r:.60}"
        raise CandidateError(f"candidate {name!r}: {where and where + ': '}{what}{got}") from None
