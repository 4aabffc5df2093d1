"""Fields that are more than texts: numbers, dates, lists, true or false, one of few, nested."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from modicum.candidates.llm_form import Form
from modicum.candidates.protocol import Examples
from modicum.candidates.registry import find_recipe
from modicum.tasks.answers import read_fields, write_fields
from modicum.tasks.dataset import load_dataset
from modicum.tasks.field_values import FieldType, date_of, number_of, same_form, schema_types
from modicum.tasks.guess import guess_task
from modicum.tasks.load import load_task
from modicum.tasks.render import render_task
from modicum.tasks.spec import TaskSection
from modicum.tasks.structured_metrics import field_losses

TYPES: dict[str, FieldType | list[str]] = {
    "who.name": "text",
    "items": "list",
    "count": "number",
    "price": "number",
    "urgent": "boolean",
    "how": ["courier", "post"],
    "due": "date",
}
FIELDS = list(TYPES)
SECTION = TaskSection(name="o", kind="extract", data="d", input="t", fields=FIELDS, types=TYPES)
NAMES = ("Ann Lee", "Bo Stone", "Eva Diaz", "Jo Novak", "Kim Okafor")
ITEMS = ("lamp", "chair", "cable", "stapler")
MONTHS = ("January", "March", "June", "October")
WRITTEN = {1: "one", 2: "two", 3: "three"}


def orders(first: int, count: int) -> Examples:
    """Orders in two layouts; numbers in figures and words, dates in two ways."""
    texts, answers = [], []
    for n in range(first, first + count):
        name, items, number = NAMES[n % 5], ITEMS[n % 3 : n % 3 + 1 + n % 2], 1 + n % 7
        day, month, price = 1 + n % 28, n % 4, (9.5, 1250.0, 34.25)[n % 3]
        at = ("01", "03", "06", "10")[month]
        said = f"{name} wants {WRITTEN.get(number, number)} of {' and '.join(items)}"
        when = (f"2026-{at}-{day:02d}", f"{MONTHS[month]} {day}, 2026")[n % 2]
        rest = f" by {when}, at ${price:,.2f}." + (" This is urgent!" if n % 3 else "")
        texts.append(said + rest + (" Send a rider." if n % 4 == 0 else ""))
        found = {
            "who.name": name,
            "items": list(items),
            "count": number,
            "price": price,
            "urgent": bool(n % 3),
            "how": "courier" if n % 4 == 0 else "post",
            "due": f"2026-{at}-{day:02d}",
        }
        answers.append(write_fields(FIELDS, found, TYPES))
    return Examples(tuple(texts), tuple(answers), (), section=SECTION)


def test_a_tagger_reads_every_type_and_answers_the_same_once_loaded(tmp_path: Path) -> None:
    fit, tune, judge = orders(0, 140), orders(140, 40), orders(300, 40)
    recipe = find_recipe("tagger")
    tagger = recipe.fit(fit, tune, name="t", seed=0, options={})
    answered = tagger.answer(judge.inputs)
    by_field = zip(
        *(
            field_losses(value, right, FIELDS, TYPES)
            for value, right in zip(answered.values, judge.references, strict=True)
        ),
        strict=True,
    )
    wrong = {f: sum(losses) for f, losses in zip(FIELDS, by_field, strict=True)}
    assert all(count <= 4 for count in wrong.values()), wrong
    told = json.loads(answered.values[0] or "")
    assert isinstance(told["who"]["name"], str)
    assert isinstance(told["count"], int)
    assert isinstance(told["urgent"], bool)
    assert isinstance(told["items"], list)
    tagger.save(tmp_path)
    again = recipe.load(tmp_path, name="t").answer(judge.inputs)
    assert again.values == answered.values
    assert again.confidence == pytest.approx(answered.confidence)


@pytest.mark.parametrize(
    ("said", "right", "kind", "same"),
    [
        ("$1,250.00", "1250", "number", True),
        ("-3", "3", "number", False),
        ("12 or 13", "12", "number", False),
        ("Yes", "true", "boolean", True),
        ("maybe", "true", "boolean", False),
        ("3 April 2026", "2026-04-03", "date", True),
        ("30/4/2026", "2026-04-30", "date", True),
        ("2026-13-45", "2026-04-03", "date", False),
        ('["b", "A."]', '["a", "b"]', "list", True),
        ('["a", "a"]', '["a"]', "list", False),
    ],
)
def test_values_are_the_same_by_their_type(
    said: str, right: str, kind: FieldType, same: bool
) -> None:
    assert (same_form(said, kind) == same_form(right, kind)) is same


@pytest.mark.parametrize("junk", ["", " ", "[", "9" * 400, "\ud800", "99/99/9999", '{"a": [1]}'])
def test_no_value_breaks_a_type(junk: str) -> None:
    for kind in ("text", "number", "boolean", "date", "list"):
        written = write_fields(["x"], {"x": junk}, {"x": kind})
        assert read_fields(written, ["x"]) is not None
    assert number_of("9" * 400) is None
    assert date_of("99/99/9999") is None


def test_a_json_schema_gives_fields_and_types(tmp_path: Path) -> None:
    schema = {
        "type": "object",
        "properties": {
            "who": {"type": "object", "properties": {"name": {"type": "string"}}},
            "count": {"anyOf": [{"type": "integer"}, {"type": "null"}]},
            "due": {"type": ["string", "null"], "format": "date"},
            "how": {"enum": ["courier", "post", None]},
            "note": {"type": "string"},
        },
    }
    assert schema_types(schema)["how"] == ["courier", "post"]
    (tmp_path / "schema.json").write_text(json.dumps(schema))
    path = tmp_path / "task.toml"
    path.write_text(
        '[task]\nname = "o"\nkind = "extract"\ndata = "o.csv"\ninput = "t"\nreference = "r"\n'
        'json_schema = "schema.json"\n'
    )
    section = load_task(path).spec.task
    assert section.fields == ["who.name", "count", "due", "how", "note"]
    assert section.types == {
        "who.name": "text",
        "count": "number",
        "due": "date",
        "how": ["courier", "post"],
    }


def test_a_language_model_is_held_to_the_types_and_read_by_them() -> None:
    form = Form.of(orders(0, 3))
    assert form is not None
    schema = form.schema()
    assert schema is not None
    assert schema["properties"]["who"]["properties"]["name"]["anyOf"][0]["type"] == "string"
    assert schema["properties"]["count"]["anyOf"][0] == {"type": "number"}
    assert "how (courier or post)" in form.instruction()
    said = 'Here: {"who": {"name": "Ann"}, "count": "3", "urgent": "no", "items": ["lamp"]} done'
    assert json.loads(form.read(said) or "") == {
        "who": {"name": "Ann"},
        "items": ["lamp"],
        "count": 3,
        "price": None,
        "urgent": False,
        "how": None,
        "due": None,
    }


def test_a_guessed_task_names_the_types_of_objects(tmp_path: Path) -> None:
    made = orders(0, 60)
    rows = (
        {"text": text, "order": json.loads(answer)}
        for text, answer in zip(made.inputs, made.references, strict=True)
    )
    (tmp_path / "orders.jsonl").write_text("".join(json.dumps(row) + "\n" for row in rows))
    path = tmp_path / "task.toml"
    path.write_text(render_task(guess_task(tmp_path / "orders.jsonl")))
    section = load_task(path).spec.task
    assert section.fields == FIELDS
    listed = {name: kind for name, kind in TYPES.items() if name != "how"}
    assert section.types == listed  # what the values are chosen from is not guessed
    assert load_dataset(load_task(path)).references == made.references
