"""The pages that teach: their commands run, and print what the pages show."""

from __future__ import annotations

import sys
from importlib.util import module_from_spec, spec_from_file_location
from pathlib import Path
from types import ModuleType

import pytest

DOCS = Path(__file__).parents[1] / "docs"
PAGES = ["start.md", *sorted(f"tutorials/{p.name}" for p in (DOCS / "tutorials").glob("*.md"))]


def load_console() -> ModuleType:
    spec = spec_from_file_location("modicum_docs_console", DOCS / "site" / "console.py")
    assert spec is not None
    assert spec.loader is not None
    module = module_from_spec(spec)
    sys.modules[spec.name] = module  # its dataclasses look themselves up
    spec.loader.exec_module(module)
    return module


console = load_console()


@pytest.mark.assets
@pytest.mark.parametrize("page", [p for p in PAGES if p != "tutorials/index.md"])
def test_the_commands_of_a_page_print_what_it_shows(page: str, tmp_path: Path) -> None:
    steps = console.steps_of((DOCS / page).read_text(encoding="utf-8"))
    done = console.run(steps, tmp_path)
    commands = [step for step in steps if isinstance(step, console.Step)]
    for one in done:
        assert one.as_shown, f"$ {one.step.command}\nshown:\n{one.step.output}\n{one.printed}"
    assert len(done) == len(commands) > 0


def test_every_page_stands_in_the_navigation_of_the_site() -> None:
    nav = (DOCS.parent / "mkdocs.yml").read_text(encoding="utf-8").partition("\nnav:\n")[2]
    pages = {path.relative_to(DOCS).as_posix() for path in DOCS.rglob("*.md")}
    assert {page for page in pages if page not in nav} == set()


def test_a_page_is_read_as_files_commands_and_their_output() -> None:
    text = (
        'a\n\n```python title="x.py"\nprint(1)\n```\n\n```console\n$ cat x.py\n> wc\n2\n$ ls\n```\n'
    )
    assert console.steps_of(text) == [
        console.File("x.py", "print(1)\n"),
        console.Step("cat x.py\nwc", "2\n"),
        console.Step("ls", ""),
    ]


@pytest.mark.parametrize(
    ("shown", "printed", "same"),
    [
        ("used 3.1 J (2 to 4)", "used 12 mJ\n  (8.1 to 20)", True),
        ("│ holds │", "holds", True),
        ("first\n...\nlast", "first\n1\n2\nlast", True),
        ("Run svm", "Run logistic", False),
        ("holds", "does not hold", False),
        ("", "something", False),
    ],
)
def test_output_is_compared_by_its_words(shown: str, printed: str, same: bool) -> None:
    assert console.matches(shown, printed) is same


def test_a_command_that_fails_ends_the_page_and_is_not_as_shown(tmp_path: Path) -> None:
    done = console.run([console.Step("echo a; exit 3", "a"), console.Step("echo b", "b")], tmp_path)
    assert [(one.printed, one.as_shown) for one in done] == [("a\n\n[exit code 3]", False)]


def test_output_is_filled_in_only_where_none_is_shown() -> None:
    page = "```console\n$ a\n$ b\nkept\n```\n"
    steps = console.steps_of(page)
    done = [console.Done(steps[0], "new\n"), console.Done(steps[1], "other\n")]
    assert console.filled(page, done) == "```console\n$ a\nnew\n$ b\nkept\n```\n"
