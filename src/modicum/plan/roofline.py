"""Joules of a request from the hardware's limits, and from what a step costs besides.

A decoding step reads the touched weights and the cache once for the whole batch, computes two FLOPs
for each active parameter and token, and pays for launching kernels, scheduling and, in a mixture
over several chips, exchanging tokens (roofline: Williams et al. 2009; phases of a language model:
Pope et al. 2022).  The constants are effective ones, fitted to the rows of served.csv by
`benchmarks/served.py`, which also judges them on sources and chips that were left out.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from modicum.plan.serving import Serving

BATCH = 16.0
"""Requests at a time where nobody says."""

_KV_BYTES = 1.3e5
"""Bytes of cache for a token of an 8B model with grouped keys and values (Llama 3 8B: 32 layers x 8
heads x 128 x 2 x 2 bytes); it grows about as the 0.4th power of the active parameters."""


@dataclass(frozen=True, slots=True)
class Constants:
    """What is fitted: shares of the data sheet's limits, seconds, and shares of the rated power."""

    memory_vllm: float = 0.89
    memory_transformers: float = 0.80
    compute: float = 0.32
    step_vllm_s: float = 0.0030
    step_transformers_s: float = 0.0144
    exchange_s: float = 0.0109
    sequence_s: float = 7.5e-5
    power_on: float = 0.48
    power_memory: float = 0.43
    power_compute: float = 0.56


FITTED = Constants()
"""The fit on all rows but BLOOM's, whose server's waiting is not in the model of a step."""


@dataclass(frozen=True, slots=True)
class Step:
    """One decoding step: seconds in all, and those bound by memory and by arithmetic."""

    seconds: float
    memory_s: float
    compute_s: float


def step(s: Serving, c: Constants = FITTED) -> Step:
    """The step of a batch on all its chips, halfway through the answer."""
    batch, chips = s.batch or BATCH, s.used_chips
    touched = s.whole * (1.0 - (1.0 - s.active_params / s.whole) ** batch)
    size = s.active_params / 8e9
    cache = batch * (s.tokens_in + s.tokens_out / 2) * _KV_BYTES * size**0.4
    reach = c.memory_vllm if s.engine == "vllm" else c.memory_transformers
    memory = (touched * s.bytes_per_param + cache) / (chips * s.chip.gb_per_s * 1e9 * reach)
    compute = 2 * s.active_params * batch / (chips * s.chip.tflops * 1e12 * c.compute)
    fixed = _fixed_s(s, c, batch) * math.cbrt(size)
    return Step(math.hypot(memory + compute, fixed), memory, compute)


def _fixed_s(s: Serving, c: Constants, batch: float) -> float:
    """Launches and scheduling, by depth (a cube root of the size); they overlap with the rest."""
    if s.engine == "transformers":
        return c.step_transformers_s
    mixture = s.whole > 1.5 * s.active_params and s.used_chips > 1
    return c.step_vllm_s + batch * c.sequence_s + (c.exchange_s if mixture else 0.0)


def decode_j(s: Serving, c: Constants = FITTED) -> float:
    """Joules of the answer's tokens."""
    one = step(s, c)
    share = (
        c.power_on * one.seconds + c.power_memory * one.memory_s + c.power_compute * one.compute_s
    )
    return s.used_chips * s.chip.tdp_w * share * s.tokens_out / (s.batch or BATCH)


def prefill_j(s: Serving, c: Constants = FITTED) -> float:
    """Joules of the prompt: it is computed, and not free."""
    flops = 2 * s.active_params * s.tokens_in
    seconds = flops / (s.chip.tflops * 1e12 * c.compute)
    return seconds * s.chip.tdp_w * (c.power_on + c.power_compute)


def busy_s(s: Serving, c: Constants = FITTED) -> float:
    """Chip seconds that one request keeps busy."""
    decode = s.used_chips * step(s, c).seconds * s.tokens_out / (s.batch or BATCH)
    return decode + 2 * s.active_params * s.tokens_in / (s.chip.tflops * 1e12 * c.compute)
