from __future__ import annotations

from modicum.candidates.llm_form import Form, FreePrompt
from modicum.candidates.llm_trim import trimmed
from modicum.candidates.terms import every_term, terms_of
from modicum.tasks.answers import write_parts

FIELDS = Form("extract", ("text",), ("city", "zip"))
SETS = Form("multi-label", ("text",), labels=("red", "blue"))
GROUNDED = Form("generate", ("question", "passage"))


def test_an_object_is_read_out_of_what_a_model_writes_around_it() -> None:
    said = 'Sure! ```json\n{"zip": 89501, "city": "Reno", "more": 1}\n```'
    assert FIELDS.read(said) == '{"city": "Reno", "zip": "89501"}'
    assert FIELDS.read('{"city": "null", "zip": null}') == '{"city": null, "zip": null}'
    assert FIELDS.read("I do not know") is None
    assert FIELDS.read("{" * 10_000) is None


def test_labels_are_read_from_lists_and_from_plain_words() -> None:
    assert SETS.read('["Blue", "green"]') == '["blue"]'
    assert SETS.read("red, blue") == '["blue", "red"]'
    assert SETS.read("[]") == "[]"
    assert SETS.read("nothing fits") is None


def test_a_written_answer_loses_its_prefix_and_its_thoughts() -> None:
    assert GROUNDED.read("<think>hm</think>The answer is: Paris") == "Paris"
    assert GROUNDED.read("  ") is None


def test_context_is_told_before_the_question_and_placeholders_inside_are_text() -> None:
    text = write_parts(["question", "passage"], ["Who? {passage}", "Ada wrote it."])
    (system, user) = FreePrompt(GROUNDED).messages(text)
    assert "given context" in system["content"]
    assert user["content"] == "passage: Ada wrote it.\n\nQuestion: Who? {passage}"
    own = FreePrompt(GROUNDED, template="{passage}|{input}").messages(text)
    assert own == [{"role": "user", "content": "Ada wrote it.|Who? {passage}"}]


def test_a_context_is_cut_to_the_sentences_that_bear_on_the_question() -> None:
    passage = "Cats sleep. " * 20 + "The bridge opened in 1932. " + "Dogs bark. " * 20
    text = write_parts(["question", "passage"], ["When did the bridge open?", passage])
    short = trimmed(text, ("question", "passage"), 60)
    assert "1932" in short
    assert len(short) < 160


def test_answers_are_held_to_the_fields_of_the_task() -> None:
    schema = FIELDS.schema()
    assert schema is not None
    assert schema["required"] == ["city", "zip"]
    assert GROUNDED.schema() is None


def test_terms_are_dated_and_sourced() -> None:
    assert all(row.source.startswith("https://") for row in every_term())
    assert all(row.says and row.basis and row.read for row in every_term())
    found = terms_of("api.openai.com:443")
    assert found is not None
    assert found.training == "restricted"
    assert terms_of("notopenai.com") is None
