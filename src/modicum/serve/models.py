"""Which upstream and model a name stands for."""

from __future__ import annotations

from modicum.errors import ServeError
from modicum.serve.exchange import header_text
from modicum.serve.problem import Problem
from modicum.serve.settings import Settings
from modicum.serve.upstream import Upstream

LONGEST_NAME = 200
MOST_NAMES = 1_000
"""Different model names that are remembered; a caller cannot make more."""


class Target:
    """An upstream, and the model's name there; `route` names both, and `header` tells it."""

    __slots__ = ("header", "model", "route", "upstream")

    def __init__(self, upstream: Upstream, model: str) -> None:
        self.upstream, self.model = upstream, model
        self.route = f"{upstream.name}/{model}"
        self.header = (b"x-modicum-route", header_text(self.route[:LONGEST_NAME]))


class Models:
    """Upstream models by name: NAME/MODEL, one that an upstream lists, else the first one's."""

    def __init__(self, settings: Settings, upstreams: dict[str, Upstream]) -> None:
        self.upstreams = upstreams
        self._known: dict[str, Target] = {}
        for upstream in upstreams.values():
            for model in upstream.settings.models:
                if model in self._known:
                    raise ServeError(f"model {model!r} is listed by two upstreams: name it in one")
                self._known[model] = Target(upstream, model)
        for upstream in upstreams.values():
            more = upstream.settings.degrade_to
            for name in (*upstream.settings.fallbacks, *([more] if more else [])):
                self.configured(name, f"upstream {upstream.name}")
        for task, each in settings.tasks.items():
            if each.reference is not None:
                self.configured(each.reference, f"task {task}")

    def configured(self, name: str, where: str) -> Target:
        """The target of a name in the settings; raises ServeError where there is none."""
        found = self.find(name)
        if found is None:
            raise ServeError(
                f"{where} names {name!r}, but no upstream has it: give --upstream NAME=URL and "
                "write NAME/MODEL"
            )
        return found

    def find(self, name: str) -> Target | None:
        """The target of a name, or None where there is no upstream at all."""
        found = self._known.get(name)
        if found is not None:
            return found
        first, slash, rest = name.partition("/")
        if slash and rest and first in self.upstreams:
            found = Target(self.upstreams[first], rest)
        elif self.upstreams:
            found = Target(next(iter(self.upstreams.values())), name)
        else:
            return None
        if len(name) <= LONGEST_NAME and len(self._known) < MOST_NAMES:
            self._known[name] = found
        return found

    def ask(self, name: str) -> Target:
        """The target of a name a caller gave; raises Problem 404."""
        found = self.find(name)
        if found is None:
            raise Problem(
                404, "model_not_found", f"there is no model {name[:100]!r} here: GET /v1/models"
            )
        return found

    def degraded(self, target: Target) -> Target:
        """Whom to ask instead, over a limit; raises Problem 429 where nothing smaller is set."""
        name = target.upstream.settings.degrade_to
        if name is None:
            raise Problem(
                429,
                "limit_reached",
                "a monthly limit is reached, and nothing smaller is set for "
                "this model: it begins anew next month",
            )
        return self.ask(name)

    def fallbacks(self, target: Target) -> list[Target]:
        """Whom to ask when the target fails."""
        return [self.ask(name) for name in target.upstream.settings.fallbacks]
