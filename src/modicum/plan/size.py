"""How large a transformer is: total and active parameters from a Hugging Face config.json."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from modicum.errors import PlanError


@dataclass(frozen=True, slots=True)
class ModelSize:
    """Parameters in all, and those that one token uses."""

    total: float
    active: float


def read_config(path: Path) -> ModelSize:
    """The size from a config.json file."""
    try:
        config = json.loads(path.read_text(encoding="utf-8"))
    except (OSError, ValueError) as error:
        raise PlanError(f"{path} is not a readable config.json: {error}") from error
    if not isinstance(config, dict):
        raise PlanError(f"{path} holds no JSON object: give a Hugging Face config.json")
    return config_size(config)


def config_size(config: Mapping[str, Any]) -> ModelSize:
    """Embeddings, attention with grouped keys and values, and a plain, gated or mixed MLP.

    >>> config_size({"hidden_size": 4096, "num_hidden_layers": 32, "intermediate_size": 11008,
    ...     "num_attention_heads": 32, "vocab_size": 32000, "model_type": "llama"}).total
    6738149376.0
    """
    width, layers = (
        _whole(config, "hidden_size", "n_embd", "d_model"),
        _whole(config, "num_hidden_layers", "n_layer", "num_layers"),
    )
    heads = _whole(config, "num_attention_heads", "n_head")
    head = int(config.get("head_dim") or width // heads)
    pairs = int(config.get("num_key_value_heads") or heads)
    attention = width * head * (2 * heads + 2 * pairs)
    inner = int(config.get("intermediate_size") or config.get("n_inner") or 4 * width)
    expert = width * inner * (3 if _gated(config) else 2)
    experts = int(config.get("num_local_experts") or config.get("n_routed_experts") or 1)
    used = int(config.get("num_experts_per_tok") or 1) if experts > 1 else 1
    tied = 1 if config.get("tie_word_embeddings", config.get("model_type") == "gpt2") else 2
    words = _whole(config, "vocab_size") * width * tied
    return ModelSize(
        total=float(layers * (attention + experts * expert) + words),
        active=float(layers * (attention + used * expert) + words),
    )


def _gated(config: Mapping[str, Any]) -> bool:
    return str(config.get("model_type", "")) not in {"gpt2", "bert", "bloom", "opt", "gpt_neox"}


def _whole(config: Mapping[str, Any], *names: str) -> int:
    for name in names:
        if isinstance(config.get(name), int):
            return int(config[name])
    raise PlanError(f"the config has no {names[0]}: give a transformer's config.json")
