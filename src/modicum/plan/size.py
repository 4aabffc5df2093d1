"""How large a transformer is: total and active parameters from a Hugging Face config.json."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from modicum.errors import PlanError

Config = Mapping[str, Any]

_PLAIN = frozenset(
    {"gpt2", "bert", "roberta", "distilbert", "bloom", "opt", "gpt_neox", "gpt_neo", "falcon",
     "mpt", "phi", "starcoder2", "gpt_bigcode", "t5"}
)  # fmt: skip
"""Families with two matrices in the MLP; the others have a third for the gate."""

_TIED = frozenset({"gpt2", "bert", "roberta", "distilbert", "bloom", "opt", "falcon", "mpt",
                   "gemma", "gemma2", "gemma3_text", "t5", "gpt_bigcode"})  # fmt: skip
"""Families whose config says nothing of tying, and which read and write with one embedding."""


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
    try:
        return config_size(config)
    except (KeyError, TypeError, ValueError) as error:
        raise PlanError(f"{path} is no transformer's config.json: {error}") from error


def config_size(config: Config) -> ModelSize:
    """Embeddings, attention (grouped or latent), and a plain, gated or mixed MLP; norms left out.

    >>> config_size({"hidden_size": 4096, "num_hidden_layers": 32, "intermediate_size": 11008,
    ...     "num_attention_heads": 32, "vocab_size": 32000, "model_type": "llama"}).total
    6738149376.0
    """
    text = config.get("text_config")
    if isinstance(text, dict) and "hidden_size" in text:  # a model that also sees or hears
        config = text
    layers = _whole(config, "num_hidden_layers", "n_layer", "num_layers", "n_layers")
    mixed = _mixed_layers(config, layers)
    one = _expert(config)
    experts, used = _experts(config), _used(config)
    dense = (layers - mixed) * _mlp(config)
    shared = mixed * _shared(config)
    # An encoder and a decoder, which attends to both: thrice the attention, twice the MLP.
    attends, computes = (3, 2) if config.get("model_type") == "t5" else (1, 1)
    same = layers * _attention(config) * attends + dense * computes + shared
    words = _words(config)
    return ModelSize(
        total=float(same + mixed * experts * one + words),
        active=float(same + mixed * used * one + words),
    )


def _attention(config: Config) -> int:
    """One layer's queries, keys, values and output."""
    width, heads = (
        _width(config),
        _whole(config, "num_attention_heads", "n_head", "num_heads", "n_heads"),
    )
    rank = config.get("kv_lora_rank")
    if rank:  # latent attention (DeepSeek-V2, 2024)
        return _latent(config, width, heads, int(rank))
    head = int(config.get("head_dim") or config.get("d_kv") or width // heads)
    pairs = int(config.get("num_key_value_heads") or config.get("num_kv_heads") or heads)
    if config.get("multi_query") and not config.get("new_decoder_architecture"):
        pairs = 1
    return width * head * (2 * heads + 2 * pairs)


def _latent(config: Config, width: int, heads: int, rank: int) -> int:
    plain, turned = int(config["qk_nope_head_dim"]), int(config["qk_rope_head_dim"])
    value, query = int(config["v_head_dim"]), config.get("q_lora_rank")
    per_query = heads * (plain + turned)
    asks = int(query) * (width + per_query) if query else width * per_query
    keys = width * (rank + turned) + rank * heads * (plain + value)
    return asks + keys + heads * value * width


def _mlp(config: Config) -> int:
    """One dense layer's MLP."""
    width = _width(config)
    inner = config.get("intermediate_size") or config.get("n_inner") or config.get("d_ff")
    wide = int(inner or int(config.get("expansion_ratio") or 4) * width)
    return width * wide * _matrices(config)


def _expert(config: Config) -> int:
    inner = config.get("moe_intermediate_size")
    return _width(config) * int(inner) * _matrices(config) if inner else _mlp(config)


def _shared(config: Config) -> int:
    """Experts that every token uses, in one mixed layer, and the router."""
    number = int(config.get("n_shared_experts") or 0)
    inner = int(config.get("shared_expert_intermediate_size") or 0)
    always = number * _expert(config) + _width(config) * inner * _matrices(config)
    return always + _width(config) * _experts(config)


def _experts(config: Config) -> int:
    names = ("num_local_experts", "n_routed_experts", "num_experts")
    return next((int(config[n]) for n in names if config.get(n)), 1)


def _used(config: Config) -> int:
    if _experts(config) == 1:
        return 1
    return int(config.get("num_experts_per_tok") or config.get("experts_per_token") or 1)


def _mixed_layers(config: Config, layers: int) -> int:
    """Layers whose MLP is a mixture."""
    if _experts(config) == 1:
        return 0
    step = int(config.get("decoder_sparse_step") or 1)
    return (layers - int(config.get("first_k_dense_replace") or 0)) // step


def _words(config: Config) -> int:
    family = str(config.get("model_type", ""))
    tied = config.get("tie_word_embeddings", family in _TIED)
    return _whole(config, "vocab_size") * _width(config) * (1 if tied else 2)


def _matrices(config: Config) -> int:
    gated = "gated" in str(config.get("feed_forward_proj", ""))
    return 3 if gated or str(config.get("model_type", "")) not in _PLAIN else 2


def _width(config: Config) -> int:
    return _whole(config, "hidden_size", "n_embd", "d_model")


def _whole(config: Config, *names: str) -> int:
    for name in names:
        value = config.get(name)
        if isinstance(value, int) and not isinstance(value, bool) and value > 0:
            return value
    raise PlanError(f"the config has no {names[0]}: give a transformer's config.json")
