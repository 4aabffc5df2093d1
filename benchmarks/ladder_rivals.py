"""Other runners of the very same sentence encoder, each in an environment of its own.

A rival reads texts as JSON from standard input and prints texts a second in one batch (the best of
three) and the median milliseconds of single texts.  The ONNX runners read the same int8 file as
`minilm-logistic` does; sentence-transformers reads the full-precision weights in torch.
"""

from __future__ import annotations

import json
import os
import subprocess
import tempfile
from collections.abc import Sequence
from pathlib import Path

from modicum.candidates.assets import MINILM_ONNX, MINILM_TOKENIZER, find_asset
from modicum.candidates.minilm import cores

TIMED = """
def timed(encode, texts):
    import time
    encode(texts[:64])
    rates, single = [], []
    for _ in range(TIMES):
        start = time.perf_counter()
        encode(texts)
        rates.append(len(texts) / (time.perf_counter() - start))
    for text in texts[:100]:
        start = time.perf_counter()
        encode([text])
        single.append(1000 * (time.perf_counter() - start))
    return [max(rates), sorted(single)[50]]

import json, sys
folder, threads, texts = sys.argv[1], int(sys.argv[2]), json.load(sys.stdin)
"""
RIVALS = {
    "sentence-transformers": """
import torch
from sentence_transformers import SentenceTransformer
torch.set_num_threads(threads)
model = SentenceTransformer(folder, device="cpu")
print(json.dumps(timed(lambda some: model.encode(some, batch_size=32), texts)))
""",
    "fastembed": """
from fastembed import TextEmbedding
name = "sentence-transformers/all-MiniLM-L6-v2"
model = TextEmbedding(name, specific_model_path=folder, threads=threads)
print(json.dumps(timed(lambda some: list(model.embed(some, batch_size=32)), texts)))
""",
    "light-embed": """
from light_embed import TextEmbedding
told = {"onnx_file": "model.onnx", "pooling_mode": "mean", "normalize": True}
model = TextEmbedding(folder, model_config=told)
print(json.dumps(timed(lambda some: model.encode(some, batch_size=32), texts)))
""",
}
TORCH = "sentence-transformers"


def rival_speeds(pythons: Sequence[str], texts: Sequence[str]) -> dict[str, tuple[float, float]]:
    """Texts a second and milliseconds of one, for each rival that one of the Pythons has."""
    found: dict[str, tuple[float, float]] = {}
    with tempfile.TemporaryDirectory() as place:
        folder = _model_folder(Path(place))
        for name, script in RIVALS.items():
            said = list[str]()
            for python in pythons:
                done = _run(python, script, folder, texts, 1 if name == TORCH else 3)
                if done.returncode == 0:
                    rate, single = json.loads(done.stdout.splitlines()[-1])
                    found[name] = (float(rate), float(single))
                    break
                said += done.stderr.splitlines()[-1:]
            else:
                print(f"rival {name}: not measured ({'; '.join(said) or 'no Python'})")
    return found


def _model_folder(place: Path) -> Path:
    """The encoder's files under the names that the rivals look for."""
    for file in find_asset(MINILM_TOKENIZER).parent.iterdir():
        (place / file.name).symlink_to(file)
    (place / "model.onnx").symlink_to(find_asset(MINILM_ONNX))
    return place


def _run(
    python: str, script: str, folder: Path, texts: Sequence[str], times: int
) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [python, "-c", TIMED.replace("TIMES", str(times)) + script, str(folder), str(cores())],
        input=json.dumps(list(texts)),
        env={**os.environ, "HF_HUB_OFFLINE": "1"},
        capture_output=True,
        text=True,
        check=False,
    )
