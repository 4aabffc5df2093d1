"""Other runners of the very same sentence encoder, each in an environment of its own.

    python -m venv V1 && V1/bin/pip install torch==2.13.0 sentence-transformers light-embed
    python -m venv V2 && V2/bin/pip install fastembed
    python -m venv V3 && V3/bin/pip install torch==2.13.0 "optimum-onnx[onnxruntime]"
    python -m venv V4 && V4/bin/pip install torch==2.13.0 "model2vec[distill,train]"

A rival reads JSON from standard input and prints texts a second in one batch (the best of three)
and the median milliseconds of single texts.  The ONNX runners read the same int8 file as
`minilm-logistic` does, "plain" as ONNX Runtime is used at first: its own options, batches of 32 as
they come.  sentence-transformers reads the full-precision weights in torch.  `M2V` is another
student: what model2vec distils and trains by itself, on the very examples that our students learn.
"""

from __future__ import annotations

import json
import os
import subprocess
import tempfile
from collections.abc import Sequence
from pathlib import Path

from ladder_sets import Rows
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
    "optimum onnxruntime": """
import onnxruntime
from optimum.onnxruntime import ORTModelForFeatureExtraction
from transformers import AutoTokenizer
options = onnxruntime.SessionOptions()
options.intra_op_num_threads = threads
model = ORTModelForFeatureExtraction.from_pretrained(
    folder, file_name="model.onnx", session_options=options, local_files_only=True
)
tokenizer = AutoTokenizer.from_pretrained(folder, local_files_only=True)
def encode(some):
    found = []
    for at in range(0, len(some), 32):
        told = {"padding": True, "truncation": True, "max_length": 256, "return_tensors": "np"}
        feed = tokenizer(some[at : at + 32], **told)
        states, mask = model(**feed).last_hidden_state, feed["attention_mask"][:, :, None]
        found.extend((states * mask).sum(1) / mask.sum(1))
    return found
print(json.dumps(timed(encode, texts)))
""",
    "plain onnxruntime": """
import numpy, onnxruntime
from tokenizers import Tokenizer
session = onnxruntime.InferenceSession(folder + "/model.onnx", providers=["CPUExecutionProvider"])
tokenizer = Tokenizer.from_file(folder + "/tokenizer.json")
tokenizer.enable_truncation(256)
tokenizer.enable_padding()
def encode(some):
    found = []
    for at in range(0, len(some), 32):
        read = tokenizer.encode_batch(some[at : at + 32])
        ids = numpy.array([one.ids for one in read], numpy.int64)
        mask = numpy.array([one.attention_mask for one in read], numpy.int64)
        feed = {"input_ids": ids, "attention_mask": mask, "token_type_ids": ids * 0}
        states, mask = session.run(None, feed)[0], mask[:, :, None]
        found.extend((states * mask).sum(1) / mask.sum(1))
    return found
print(json.dumps(timed(encode, texts)))
""",
}
TORCH = "sentence-transformers"
M2V = """
import time
from model2vec.distill.distillation import distill_from_model
from model2vec.train import StaticModelForClassification
from transformers import AutoModel, AutoTokenizer
tokenizer = AutoTokenizer.from_pretrained(folder, local_files_only=True)
tokenizer.backend_tokenizer.no_padding()  # its file pads to 128, and new words with it
start = time.process_time()
static = distill_from_model(AutoModel.from_pretrained(folder), tokenizer, device="cpu")
made = StaticModelForClassification.from_static_model(model=static)
made.fit(texts["train"], texts["labels"], device="cpu")
pipeline = made.to_pipeline()
spent = time.process_time() - start
right = (pipeline.predict(texts["test"]) == numpy.array(texts["truth"])).mean()
print(json.dumps([*timed(pipeline.predict, texts["test"]), float(right), spent]))
"""


def rival_speeds(pythons: Sequence[str], texts: Sequence[str]) -> dict[str, tuple[float, float]]:
    """Texts a second and milliseconds of one, for each rival that one of the Pythons has."""
    found: dict[str, tuple[float, float]] = {}
    with tempfile.TemporaryDirectory() as place:
        folder = _model_folder(Path(place))
        for name, script in RIVALS.items():
            said = list[str]()
            for python in pythons:
                done = _run(python, script, folder, list(texts), 1 if name == TORCH else 3)
                if done.returncode == 0:
                    rate, single = json.loads(done.stdout.splitlines()[-1])
                    found[name] = (float(rate), float(single))
                    break
                said += done.stderr.splitlines()[-1:]
            else:
                print(f"rival {name}: not measured ({'; '.join(said) or 'no Python'})")
    return found


def student_rival(
    pythons: Sequence[str], train: Rows, test: Rows
) -> tuple[float, float, float, float] | None:
    """Of model2vec's own classifier: texts a second, ms of one, accuracy, CPU seconds of making it.

    None where none of the Pythons has model2vec with its extras `distill` and `train`.
    """
    told = {"train": [t for t, _ in train], "labels": [c for _, c in train]}
    told |= {"test": [t for t, _ in test], "truth": [c for _, c in test]}
    with tempfile.TemporaryDirectory() as place:
        folder = _model_folder(Path(place))
        for python in pythons:
            done = _run(python, "import numpy\n" + M2V, folder, told, 3)
            if done.returncode == 0:
                rate, single, right, spent = json.loads(done.stdout.splitlines()[-1])
                return rate, single, right, spent
            print(f"model2vec's classifier: not by {python}: {done.stderr.splitlines()[-1:]}")
    return None


def _model_folder(place: Path) -> Path:
    """The encoder's files under the names that the rivals look for."""
    for file in find_asset(MINILM_TOKENIZER).parent.iterdir():
        (place / file.name).symlink_to(file)
    (place / "model.onnx").symlink_to(find_asset(MINILM_ONNX))
    return place


def _run(
    python: str, script: str, folder: Path, told: object, times: int
) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [python, "-c", TIMED.replace("TIMES", str(times)) + script, str(folder), str(cores())],
        input=json.dumps(told),
        env={**os.environ, "HF_HUB_OFFLINE": "1"},
        capture_output=True,
        text=True,
        check=False,
    )
