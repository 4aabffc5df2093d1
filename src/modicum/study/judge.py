"""A language model that scores written answers: right, or wrong.

It is an `llm` candidate over two classes that reads question, reference and answer.  Its own errors
are the user's risk: without people's scores of some answers the promise is about its verdicts only.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from modicum.candidates.protocol import Candidate, Examples, Usage
from modicum.candidates.registry import find_recipe
from modicum.tasks import TaskSpec
from modicum.tasks.answers import read_parts

RIGHT, WRONG = "right", "wrong"
_PROMPT = (
    "You check answers. {rubric}\n\n{{input}}\n\n"
    "Is the answer right? Reply with one word: {{classes}}."
)


class Judge:
    """Scores answers; one that cannot be read counts as wrong.

    spent: what each verdict used that was asked anew.
    """

    def __init__(self, candidate: Candidate, columns: Sequence[str]) -> None:
        self.candidate, self.columns = candidate, tuple(columns)
        self.unread = 0
        self.spent: list[Usage] = list(getattr(candidate, "spent", ()))

    @classmethod
    def of(cls, spec: TaskSpec, options: Mapping[str, object]) -> Judge | None:
        """The judge a task names, reached by `options`; None where it has none.

        Raises CandidateError.
        """
        section = spec.task.judge
        if section is None:
            return None
        rubric = section.rubric.replace("{", "(").replace("}", ")")
        own = {"prompt": _PROMPT.format(rubric=rubric), "examples": 0, "calibrate": 0}
        told = ("Reference: 4\nAnswer: four", "Reference: 4\nAnswer: 5")
        shown = Examples(told, (RIGHT, WRONG), (RIGHT, WRONG))
        made = find_recipe("llm").fit(
            shown, shown, name="judge", seed=0, options={**options, **own}
        )
        return cls(made, spec.task.parts)

    @property
    def process_ids(self) -> tuple[int, ...]:
        """Processes on this machine that run it."""
        return self.candidate.process_ids

    def losses(
        self, inputs: Sequence[str], references: Sequence[str], values: Sequence[str | None]
    ) -> list[float]:
        """0 for an answer it calls right, 1 for the others; no answer is never asked about."""
        rows = [i for i, value in enumerate(values) if value is not None]
        told = [self._told(inputs[i], references[i], values[i] or "") for i in rows]
        answers = self.candidate.answer(told)
        self.spent += [usage for usage in answers.usage or () if not usage.cached]
        losses = [1.0] * len(values)
        for i, verdict in zip(rows, answers.values, strict=True):
            self.unread += verdict is None
            losses[i] = float(verdict != RIGHT)
        return losses

    def _told(self, text: str, reference: str, answer: str) -> str:
        question = read_parts(text, self.columns)[0]
        return f"Question: {question}\nReference: {reference}\nAnswer: {answer}"

    def close(self) -> None:
        """End what it started."""
        self.candidate.close()
