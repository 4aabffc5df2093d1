"""Sizes from configs, against the sizes that the models' makers publish."""

from typing import Any

import pytest

from modicum.errors import PlanError
from modicum.plan.models import models
from modicum.plan.size import config_size

DEEPSEEK_V3: dict[str, Any] = {
    "model_type": "deepseek_v3",
    "hidden_size": 7168,
    "num_hidden_layers": 61,
    "intermediate_size": 18432,
    "moe_intermediate_size": 2048,
    "n_routed_experts": 256,
    "n_shared_experts": 1,
    "num_experts_per_tok": 8,
    "first_k_dense_replace": 3,
    "num_attention_heads": 128,
    "kv_lora_rank": 512,
    "q_lora_rank": 1536,
    "qk_nope_head_dim": 128,
    "qk_rope_head_dim": 64,
    "v_head_dim": 128,
    "vocab_size": 129280,
    "tie_word_embeddings": False,
}
QWEN3_30B: dict[str, Any] = {
    "model_type": "qwen3_moe",
    "hidden_size": 2048,
    "num_hidden_layers": 48,
    "intermediate_size": 6144,
    "moe_intermediate_size": 768,
    "num_experts": 128,
    "num_experts_per_tok": 8,
    "num_attention_heads": 32,
    "num_key_value_heads": 4,
    "head_dim": 128,
    "vocab_size": 151936,
    "tie_word_embeddings": False,
}
T5_11B: dict[str, Any] = {
    "model_type": "t5",
    "d_model": 1024,
    "num_layers": 24,
    "d_ff": 65536,
    "num_heads": 128,
    "d_kv": 128,
    "vocab_size": 32128,
}
FALCON_7B: dict[str, Any] = {
    "model_type": "falcon",
    "hidden_size": 4544,
    "num_hidden_layers": 32,
    "num_attention_heads": 71,
    "multi_query": True,
    "vocab_size": 65024,
}


@pytest.mark.parametrize(
    ("config", "total", "active"),
    [
        (DEEPSEEK_V3, 671e9, 37e9),
        (QWEN3_30B, 30.5e9, 3.3e9),
        (T5_11B, 11.3e9, 11.3e9),
        (FALCON_7B, 6.92e9, 6.92e9),
        ({"text_config": QWEN3_30B, "model_type": "seeing"}, 30.5e9, 3.3e9),
    ],
)
def test_a_config_gives_the_published_size(
    config: dict[str, Any], total: float, active: float
) -> None:
    size = config_size(config)
    assert size.total == pytest.approx(total, rel=0.02)
    assert size.active == pytest.approx(active, rel=0.02)


def test_a_config_that_is_no_transformers_is_refused() -> None:
    with pytest.raises(PlanError, match="has no num_hidden_layers"):
        config_size({"hidden_size": 8})
    with pytest.raises(PlanError, match="has no vocab_size"):
        config_size({"hidden_size": 8, "num_hidden_layers": 2, "num_attention_heads": 2})


def test_no_model_uses_more_parameters_than_it_has() -> None:
    assert all(0 < m.active <= m.total for m in models().values())
