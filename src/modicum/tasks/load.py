"""Reading a task file: TOML in, a validated Task out, or one sentence that says what is wrong."""

from __future__ import annotations

import difflib
import json
import tomllib
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from pydantic import BaseModel, ValidationError

from modicum.errors import TaskError
from modicum.tasks.field_values import schema_types
from modicum.tasks.spec import VERSION, CandidateSection, TaskSpec

if TYPE_CHECKING:
    from pydantic_core import ErrorDetails


@dataclass(frozen=True)
class Task:
    """A task file and where it lies; paths in it are relative to `folder`."""

    spec: TaskSpec
    folder: Path
    path: Path | None = None

    @property
    def name(self) -> str:
        """The task's name."""
        return self.spec.task.name

    @property
    def data_files(self) -> tuple[Path, ...]:
        """The files that hold its examples."""
        return self._files(self.spec.task.data)

    @property
    def judge_files(self) -> tuple[Path, ...]:
        """The files whose rows are the judge split, if the task names any."""
        return self._files(self.spec.split.judge or [])

    def _files(self, given: str | list[str]) -> tuple[Path, ...]:
        names = [given] if isinstance(given, str) else given
        return tuple(self.folder / name for name in names)


def load_task(path: Path) -> Task:
    """Read and check a task file; raises TaskError."""
    try:
        text = path.read_text(encoding="utf-8-sig")
    except FileNotFoundError:
        raise TaskError(f"{path} does not exist: write one with `modicum init DATA.csv`") from None
    except (OSError, UnicodeDecodeError) as error:
        raise TaskError(f"{path} cannot be read ({error}): give a TOML file in UTF-8") from None
    try:
        plain = tomllib.loads(text)
    except tomllib.TOMLDecodeError as error:
        raise TaskError(f"{path} is not valid TOML: {error}") from None
    spec = parse_spec(plain, str(path))
    return Task(with_schema_fields(spec, path.resolve().parent), path.resolve().parent, path)


def with_schema_fields(spec: TaskSpec, folder: Path) -> TaskSpec:
    """The fields of an extraction, from its JSON schema where the task names one."""
    section = spec.task
    if section.json_schema is None:
        return spec
    path = folder / section.json_schema
    try:
        types = schema_types(json.loads(path.read_text(encoding="utf-8-sig")))
    except (OSError, ValueError, KeyError, TypeError, AttributeError, RecursionError) as error:
        raise TaskError(
            f"{path} cannot be read as a JSON schema ({error!r:.80}): give an object's schema "
            "with properties"
        ) from None
    known = {n for name in types for n in (name, *_outer(name))}
    strange = sorted(set(section.fields) - known)
    if strange or not types:
        raise TaskError(f"{path} has no property {strange[0] if strange else ''!r}: correct fields")
    wanted = section.fields or list(types)
    fields = [n for n in types if n in wanted or set(_outer(n)) & set(wanted)]
    told = {n: types[n] for n in fields if types[n] != "text" or "." in n}
    update = {"fields": fields, "types": {**told, **section.types}}
    return spec.model_copy(update={"task": section.model_copy(update=update)})


def _outer(name: str) -> list[str]:
    """The objects that a field with dots in its name lies in."""
    parts = name.split(".")
    return [".".join(parts[:end]) for end in range(1, len(parts))]


def parse_spec(plain: dict[str, Any], where: str = "the task") -> TaskSpec:
    """Check plain data against the schema; raises TaskError naming the first fault."""
    version = plain.get("version", VERSION)
    if not isinstance(version, int) or isinstance(version, bool) or version < 1:
        raise TaskError(f"{where}: version is {version!r}, a whole number from 1 was wanted")
    if version > VERSION:
        raise TaskError(
            f"{where} is written for task version {version}, this program reads up to {VERSION}: "
            "update it with pip install --upgrade modicum"
        )
    try:
        return TaskSpec.model_validate(plain)
    except ValidationError as error:
        raise TaskError(f"{where}: {_first_fault(error)}") from None


def _first_fault(error: ValidationError) -> str:
    faults = error.errors()
    # A misspelt key shows as one unknown and one missing: the unknown one says more.
    fault = next((f for f in faults if f["type"] == "extra_forbidden"), faults[0])
    place = _place(fault["loc"])
    if fault["type"] == "extra_forbidden":
        key = str(fault["loc"][-1])
        known = _known_keys(fault["loc"][:-1])
        near = difflib.get_close_matches(key, known, n=1)
        hint = f"did you mean {near[0]!r}?" if near else f"known are {', '.join(known)}"
        return f"unknown key {place}: {hint}"
    if fault["type"] == "missing":
        return f"{place} is missing: add it"
    if fault["type"] == "value_error":
        return f"{place}: {_said(fault)}" if place else _said(fault)
    return f"{place} is {fault['input']!r}: {fault['msg'][0].lower()}{fault['msg'][1:]}"


def _said(fault: ErrorDetails) -> str:
    return fault["msg"].removeprefix("Value error, ")


def _place(loc: tuple[int | str, ...]) -> str:
    """`("candidates", 1, "recipe")` as `[[candidates]] 2: recipe`."""
    if not loc:
        return ""
    if loc[0] == "candidates" and len(loc) > 1 and isinstance(loc[1], int):
        rest = ".".join(str(part) for part in loc[2:])
        return f"[[candidates]] number {loc[1] + 1}" + (f", {rest}" if rest else "")
    if len(loc) == 1:
        return f"[{loc[0]}]"
    return f"{'.'.join(str(part) for part in loc[1:])} in [{loc[0]}]"


def _known_keys(loc: tuple[int | str, ...]) -> list[str]:
    model: type[BaseModel] = TaskSpec
    for part in loc:
        if isinstance(part, int):
            model = CandidateSection
        elif part in model.model_fields:
            found = model.model_fields[part].annotation
            model = found if isinstance(found, type) and issubclass(found, BaseModel) else model
    return sorted(model.model_fields)
