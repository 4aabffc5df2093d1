"""The floor table of the design, read from the imports of every module."""

import ast
from pathlib import Path

import pytest

PACKAGE = Path(__file__).parents[1] / "src" / "modicum"
ZERO = {
    "figures",
    "uncertainty",
    "units",
    "errors",
    "textfile",
    "stopping",
    "stats",
    "decision",
    "_version",
}
ONE = {"metering", "carbon", "tasks", "ledger"}
MAY_IMPORT = (
    dict.fromkeys(ZERO, ZERO)
    | dict.fromkeys(ONE, ZERO)
    | dict.fromkeys({"candidates", "watch"}, ZERO | {"tasks"})
    | dict.fromkeys(
        {"study", "serve"}, ZERO | {"tasks", "candidates", "watch", "metering", "carbon", "ledger"}
    )
    | {"plan": ZERO | {"tasks", "candidates", "carbon", "ledger"}}
    # The energy of tokens served elsewhere is one model for all, and lives in metering.
    | dict.fromkeys(
        {"discover", "inventory", "opportunities"},
        ZERO | {"tasks", "candidates", "carbon", "ledger", "metering"},
    )
    | {"report": ZERO | {"ledger"}, "checks": ZERO | ONE | {"candidates", "watch"}}
)
TOP = {"cli", "api", "demo", "pytest_plugin", "__init__", "__main__"}


def room_of(path: Path) -> str:
    return path.relative_to(PACKAGE).parts[0].removesuffix(".py")


def imported_rooms(path: Path) -> set[str]:
    found = set()
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        names = []
        if isinstance(node, ast.Import):
            names = [alias.name for alias in node.names]
        elif isinstance(node, ast.ImportFrom):
            assert node.level == 0, f"{path} imports relatively"
            names = [node.module or ""]
            if node.module == "modicum":
                names = [f"modicum.{alias.name}" for alias in node.names]
        found |= {n.split(".")[1] for n in names if n.startswith("modicum.")}
    return {name for name in found if name not in {"__version__"}}


MODULES = sorted(PACKAGE.rglob("*.py"))


@pytest.mark.parametrize("path", MODULES, ids=lambda p: p.relative_to(PACKAGE).as_posix())
def test_a_room_imports_only_what_its_floor_may(path: Path) -> None:
    room = room_of(path)
    if room in TOP:
        return
    assert room in MAY_IMPORT, f"{room} is not in the floor table"
    assert imported_rooms(path) <= MAY_IMPORT[room] | {room}


def test_every_module_that_is_imported_by_all_stays_light() -> None:
    heavy = {"numpy", "scipy", "sklearn", "pydantic", "sqlalchemy", "onnxruntime", "polars"}
    for name in ("__init__.py", "figures.py", "uncertainty.py", "units.py", "errors.py", "api.py"):
        tree = ast.parse((PACKAGE / name).read_text(encoding="utf-8"))
        for node in tree.body:
            if isinstance(node, ast.Import):
                assert not heavy & {a.name.split(".")[0] for a in node.names}
            if isinstance(node, ast.ImportFrom):
                assert (node.module or "").split(".")[0] not in heavy
