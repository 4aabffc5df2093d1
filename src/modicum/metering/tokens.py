"""Energy of answers made on somebody else's machine, from the tokens they took.

The model behind a name, its hardware and its batching are not published, so this is a wide model:
2 J per token written and 0.2 J per token read, each within a factor of 8 (one shared error).

Anchors, all at the plug of the serving machines: a median Gemini text prompt 0.24 Wh (Google,
Measuring the environmental impact of delivering AI at Google scale, 2025); about 0.3 Wh for a
GPT-4o answer of 500 tokens, 2.2 J per token (Epoch AI, How much energy does ChatGPT use?, 2025);
0.4 to 4 J per token for open models of 7 to 65 billion parameters (Samsi et al., From words to
watts, IEEE HPEC 2023).  Reading is batched, so a token read is taken as a tenth of one written.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Protocol

from modicum.figures import Figure, total

WRITTEN_J, READ_J, FACTOR = 2.0, 0.2, 8.0
SOURCE = "token model: 2 J written, 0.2 J read, within a factor of 8 (Google 2025, Epoch AI 2025)"
BOUNDARY = "serving machines of the provider, their PUE and network not included"


class TokenCounts(Protocol):
    """What is known of one answer."""

    @property
    def tokens_in(self) -> int | None:
        """Tokens read."""
        ...

    @property
    def tokens_out(self) -> int | None:
        """Tokens written."""
        ...

    @property
    def energy_j(self) -> float | None:
        """Joules, where the provider reported them."""
        ...


def energy_of_tokens(answers: Iterable[TokenCounts]) -> Figure:
    """Joules of at least one answer made elsewhere; unknown where its tokens are.

    >>> from types import SimpleNamespace as Answer
    >>> energy_of_tokens([Answer(tokens_in=100, tokens_out=10, energy_j=None)]).value
    40.0
    """
    return total(_energy(answer) for answer in answers)


def _energy(answer: TokenCounts) -> Figure:
    if answer.energy_j is not None:
        return Figure.within(
            answer.energy_j,
            1.1,
            "J",
            basis="reported",
            source="reported with the answer, taken as within 10%",
            boundary="as the provider draws it",
            error="reported-energy",
        )
    if answer.tokens_in is None or answer.tokens_out is None:
        return Figure.unknown("J", "the provider gave no token counts", boundary=BOUNDARY)
    joules = READ_J * answer.tokens_in + WRITTEN_J * answer.tokens_out
    return Figure.within(
        joules,
        FACTOR,
        "J",
        basis="modelled",
        source=SOURCE,
        boundary=BOUNDARY,
        error="token-model",
    )
