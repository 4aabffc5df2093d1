"""What MkDocs asks while it builds: the parts of pages that are made from the program itself."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import TYPE_CHECKING

from mkdocs.exceptions import PluginError

if TYPE_CHECKING:
    import click
    from mkdocs.structure.pages import Page

_MARK = re.compile(r"^<!-- (terms|commands)(?: (\w+))? -->$", re.MULTILINE)
_LOADS = re.compile(
    r"<(?:script|img|iframe|link)\b[^>]*\b(?:src|href)=[\"']?((?:https?:)?//[^\"' >]+)"
)


def on_page_markdown(markdown: str, page: Page, **_: object) -> str:
    """Replace the marks `<!-- terms CODE -->` and `<!-- commands -->`."""
    return _MARK.sub(lambda m: terms(m[2]) if m[1] == "terms" else commands(), markdown)


def on_post_page(output: str, page: Page, **_: object) -> str:
    """Refuse a page that would load anything from elsewhere; let everybody use the rest.

    The theme gives its search no name, and code that scrolls is out of a keyboard's reach.
    """
    found = _LOADS.search(output)
    if found:
        raise PluginError(
            f"{page.file.src_uri} loads {found[1]}: keep what it needs in docs/assets"
        )
    named = output.replace('role="dialog">', 'role="dialog" aria-label="Search">')
    return named.replace("<pre><span></span><code>", '<pre tabindex="0"><span></span><code>')


def terms(code: str) -> str:
    """Every term of a language file as a definition list, in the order of the alphabet."""
    from modicum.report.language import language

    found = sorted(language(code).glossary.items(), key=lambda item: item[0].casefold())
    return "\n\n".join(f"{name}\n:   {sentence}" for name, sentence in found)


def commands() -> str:
    """The `--help` of every command, as a terminal of 80 columns shows it."""
    return "\n\n".join(f"### {name}\n\n```text\n{text}\n```" for name, text in helps())


def helps() -> Iterator[tuple[str, str]]:
    """Each command's full name with its help."""
    from typer.main import get_command

    from modicum.cli.main import app

    yield from _of(get_command(app), "modicum")


def _of(command: click.Command, path: str) -> Iterator[tuple[str, str]]:
    context = command.context_class(command, info_name=path, terminal_width=80)
    if path != "modicum":
        yield path, command.get_help(context).strip()
    for name, inner in getattr(command, "commands", {}).items():
        if not inner.hidden:
            yield from _of(inner, f"{path} {name}")
