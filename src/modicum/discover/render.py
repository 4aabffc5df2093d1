"""The text of a task file for a discovered job."""

from __future__ import annotations

import json
from dataclasses import dataclass

from modicum.candidates.prices import price_of
from modicum.candidates.registry import default_ladder

_METRICS = {
    "classify": "accuracy",
    "multi-label": "jaccard",
    "extract": "fields",
    "number": "numeric",
    "short": "exact_match",
    "free": "token_f1",
}


@dataclass(frozen=True, slots=True)
class Plan:
    """What a task file says of a job.  `form` is the shape of the answers."""

    name: str
    kind: str
    template: str
    answers: str
    form: str
    fields: tuple[str, ...]
    model: str
    rows: int
    logged: int
    requests_per_month: int
    tokens: bool


def ladder_of(plan: Plan) -> tuple[str, ...]:
    """The recipes that a study tries on such a task by itself."""
    numbers = plan.kind == "generate" and plan.form == "number"
    return default_ladder("numeric" if numbers else plan.kind)


def render_task(plan: Plan) -> str:
    """A commented task file: the logged answers as reference, the small ladder as candidates."""
    quoted = json.dumps
    template = "\n".join(f"#   {line}" for line in plan.template.splitlines())
    fields = f"fields = {quoted(list(plan.fields), ensure_ascii=False)}\n" if plan.fields else ""
    usage = 'tokens_in = "tokens_in"\ntokens_out = "tokens_out"\n' if plan.tokens else ""
    usage += _prices(plan.model) if plan.tokens else ""
    kind, sets = plan.kind, ""
    if kind == "multi-label":
        kind, sets = (
            "classify",
            "multi_label = true                # an answer is a set of labels\n",
        )
    ladder = "\n\n".join(f'[[candidates]]\nrecipe = "{name}"' for name in ladder_of(plan))
    metric = _METRICS.get(plan.kind) or _METRICS[plan.form]
    return f"""# {plan.logged:,} logged requests of this template:
{template}
#
# The right answers are what the model answered, so every candidate is judged by how often it
# agrees with the model.  Put answers of your own into "answer" where you have better ones.
version = 1

[task]
name = {quoted(plan.name)}
kind = "{kind}"              # {plan.answers}; {plan.rows} rows
data = {quoted(plan.name + ".jsonl")}
input = "text"                    # what varies in the template
reference = "answer"
{sets}{fields}metric = "{metric}"

[adequate]
reference = "logged"              # what the log's model answered
margin = 0.05                     # how much may be lost against it: 5 points
confidence = 0.95

[volume]
requests_per_month = {plan.requests_per_month}

[[candidates]]
recipe = "recorded"
name = "logged"                   # {plan.model}
answer = "logged"
{usage}
{ladder}
"""


def _prices(model: str) -> str:
    price = price_of(model)
    if price is None:
        return ""
    told = f"# {price.currency} a million tokens, list price of {price.read}: write what you pay"
    return (
        f"price_in = {price.tokens_in:<16g}{told}\nprice_out = {price.tokens_out:g}\n"
        f'currency = "{price.currency}"\n'
    )
