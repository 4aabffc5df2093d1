"""Which groups of prompts are templates: a group, the groups within it, or neither."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Protocol

import numpy as np

from modicum.discover.align import align
from modicum.discover.groups import Group
from modicum.discover.looks import kinds, look
from modicum.discover.request import Request
from modicum.discover.template import SYSTEM_WORDS, USER_WORDS, Template, worth

_CHILD = 4  # distinctive shingles of a template within another one, about as many words
_COVER = 0.85  # share of a group that its parts must hold together to replace it
_MOST_PARTS = 16  # more parts whose answers look alike are values of a variable, not templates
_DISTINCT = 5  # distinct prompts; fewer repeat themselves
_DISTINCT_PART = 10
_COMPOSED = 0.5  # share of a group in others across it from which it is a phrase, not a template
_READ = 80  # prompts a group is read from

Chosen = tuple[Template, list[str]]


class Asked(Protocol):
    """A request that waits, with its prompt."""

    request: Request
    prompt: str


class Choice:
    """Chooses among the groups of one pool; each prompt goes to one template at most."""

    def __init__(self, pool: Sequence[Asked], fewest: int) -> None:
        self._pool, self._fewest = pool, fewest
        self._taken: set[int] = set()
        self._read: dict[int, Template | None] = {}

    def of(self, groups: Sequence[Group]) -> list[Chosen]:
        """Templates with the prompts they were read from."""
        return [chosen for group in groups for chosen in self._under(group)]

    def _under(self, group: Group) -> Iterator[Chosen]:
        """What a group gives: itself, or else what lies within it."""
        for part in self._resolved(group):
            chosen = self._settled(part)
            if chosen is not None:
                yield chosen
                continue
            for child in part.children:
                yield from self._under(child)

    def _settled(self, group: Group) -> Chosen | None:
        members = [i for i in group.members.tolist() if i not in self._taken]
        if len(members) < self._fewest:
            return None
        prompts = [self._pool[i].prompt for i in _spread(members)]
        if len({self._pool[i].prompt for i in members}) < _DISTINCT:
            return None
        template = align(prompts)
        if template is None or not worth(template) or self._is_phrase(group, template):
            return None
        self._taken.update(members)
        return template, prompts

    def _is_phrase(self, group: Group, template: Template) -> bool:
        """Whether it is a phrase among others that people put together freely."""
        if template.words().get("system", 0) >= SYSTEM_WORDS or template.marked():
            return False
        return template.floats() or group.crossed >= _COMPOSED

    def _resolved(self, group: Group) -> list[Group]:
        """The group, or its parts where they are the templates."""
        parts = _exclusive([c for c in group.children if self._is_part(c)])
        if not parts or not self._replace(group, parts):
            return [group]
        return [found for part in parts for found in self._resolved(part)]

    def _replace(self, group: Group, parts: Sequence[Group]) -> bool:
        """Whether the parts are jobs of their own, not values of one job's variable."""
        shared = self._template(group)
        different = kinds(self._look(part) for part in parts)
        if shared is not None and shared.closes():
            several = different >= max(2, len(parts) / 2)
        else:
            several = len(parts) <= _MOST_PARTS or different >= len(parts) / 2
        if not several or (different == 1 and self._one_job(parts, shared)):
            return False
        covered = sum(len(part.members) for part in parts) / len(group.members)
        if covered >= _COVER and len(parts) > 1:
            return True
        only_system = shared is None or not shared.words().get("user", 0)
        return only_system and all(part.edges for part in parts)

    def _one_job(self, parts: Sequence[Group], shared: Template | None) -> bool:
        """Whether parts that answer with the same labels or keys differ by an opening alone."""
        kind, answers = self._look(parts[0])
        if shared is None or kind not in ("json", "labels") or not answers:
            return False
        found = [template for part in parts if (template := self._template(part)) is not None]
        return all(self._adds_little(template, shared) for template in found)

    def _adds_little(self, template: Template, shared: Template) -> bool:
        more = sum(template.words().values()) - sum(shared.words().values())
        return more < USER_WORDS and template.marked() == shared.marked()

    def _is_part(self, group: Group) -> bool:
        if group.shingles < _CHILD:
            return False
        distinct = {self._pool[i].prompt for i in group.members.tolist()}
        if len(distinct) < _DISTINCT_PART:
            return False
        template = self._template(group)
        return template is not None and worth(template)

    def _look(self, group: Group) -> tuple[str, frozenset[str]]:
        return look(self._pool[i].request.answer for i in _spread(group.members.tolist()))

    def _template(self, group: Group) -> Template | None:
        if id(group) not in self._read:
            members = _spread(group.members.tolist())
            self._read[id(group)] = align([self._pool[i].prompt for i in members])
        return self._read[id(group)]


def _spread(members: Sequence[int]) -> Sequence[int]:
    """At most `_READ` of them, evenly over all."""
    return members[:: max(len(members) // _READ, 1)][:_READ]


def _exclusive(parts: Sequence[Group]) -> list[Group]:
    """Parts that lie beside each other, the heaviest first; values that cross are left out."""
    chosen: list[Group] = []
    held = np.zeros(0, np.int64)
    for part in sorted(parts, key=lambda p: -len(p.members) * p.shingles):
        if len(np.intersect1d(held, part.members)) <= 0.05 * len(part.members):
            chosen.append(part)
            held = np.concatenate([held, part.members])
    return chosen
