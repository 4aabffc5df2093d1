from __future__ import annotations

import json
import random
from typing import Any

import pytest

from modicum.discover import Discovery, discover_jobs
from modicum.discover.write import write_job
from modicum.errors import DataError
from modicum.tasks.structured_metrics import subset_loss

pytestmark = pytest.mark.assets


def patterns(found: Discovery) -> dict[str, int]:
    return {job.template.pattern(): job.job.requests for job in found.jobs}


def test_jobs_are_told_from_each_other_and_from_chat(log: Any) -> None:
    tone = "You label the tone of messages as good or bad."

    def mixed(text: str, r: random.Random) -> dict[str, Any]:
        kind = r.randrange(3)
        if kind == 0:
            return log.chat(text, r.choice(["good", "bad"]), tone)
        if kind == 1:
            return log.chat(f"Translate into French: {text}", text)
        return log.chat(f"{log.some(r)}\n\nWrite a title for the text above.", text)

    path = log.write(log.made(1200, mixed) + log.free(300))
    found = discover_jobs([path])
    assert set(patterns(found)) == {
        f"[system] {tone}\n[user] {{1}}",
        "[user] Translate into French: {1}",
        "[user] {1}\n\nWrite a title for the text above.",
    }
    assert sum(patterns(found).values()) == 1200
    assert found.other == 300
    kinds = {job.job.shape.kind: job.fit.grade for job in found.jobs}
    assert kinds == {"labels": "likely", "free": "unlikely"}


def test_a_long_preamble_shared_by_jobs_does_not_make_them_one(log: Any) -> None:
    house = "You work for a bank. " + " ".join(log.texts[:8])

    def mixed(text: str, r: random.Random) -> dict[str, Any]:
        if r.random() < 0.5:
            return log.chat(text, "card", f"{house}\n\nName the intent of the message in a word.")
        return log.chat(text, log.some(r), f"{house}\n\nAnswer the customer in two kind sentences.")

    found = discover_jobs([log.write(log.made(600, mixed))])
    assert len(found.jobs) == 2
    assert all(p.startswith("[system] You work for a bank.") for p in patterns(found))


def test_values_of_a_variable_make_no_jobs_of_their_own(log: Any) -> None:
    long_texts = [" ".join(log.texts[i : i + 3]) for i in range(0, 30, 3)]

    def make(text: str, r: random.Random) -> dict[str, Any]:
        said = f"Passage: {r.choice(long_texts)}\n\nQuestion: {text}\nAnswer yes or no."
        return log.chat(said, r.choice(["yes", "no"]))

    found = discover_jobs([log.write(log.made(800, make))])
    assert list(patterns(found)) == ["[user] Passage: {1}\n\nQuestion: {2}\nAnswer yes or no."]


def test_dates_in_a_prompt_are_variables_even_when_they_change_late(log: Any) -> None:
    def on(day: str) -> Any:
        system = f"Today is {day}. Sort the mail into inbox or bin."
        return lambda text, r: log.chat(text, r.choice(["inbox", "bin"]), system)

    records = log.made(9000, on("Monday, 2 March"), 1) + log.made(900, on("Tuesday, 3 March"), 2)
    found = discover_jobs([log.write(records)])
    assert [job.job.requests for job in found.jobs] == [9900]


def test_a_template_seen_two_hundred_times_is_found_among_many(log: Any) -> None:
    common = log.made(
        12_000, lambda text, r: log.chat(f"Is this a question?\n{text}", r.choice(["yes", "no"]))
    )
    rare = log.made(
        200, lambda text, r: log.chat(f"Ordne die Anfrage zu.\n\nAnfrage: {text}", "Technik")
    )
    records = common + rare + log.free(1500)
    random.Random(0).shuffle(records)
    found = discover_jobs([log.write(records)])
    assert patterns(found)["[user] Ordne die Anfrage zu.\n\nAnfrage: {1}"] == 200
    assert len(found.jobs) == 2


def test_few_shot_examples_drawn_anew_are_one_variable(log: Any) -> None:
    pool = log.texts[:20]

    def make(text: str, r: random.Random) -> dict[str, Any]:
        shots = "\n".join(f"Q: {x}\nA: yes" for x in r.sample(pool, 3))
        return log.chat(f"Is it about a person?\n\n{shots}\nQ: {text}\nA:", r.choice(["yes", "no"]))

    found = discover_jobs([log.write(log.made(900, make) + log.free(200))])
    assert [job.job.requests for job in found.jobs] == [900]


def test_text_without_blanks_is_understood(log: Any) -> None:
    said = "请判断以下评论的情感是正面还是负面，只回答一个词。\n评论："
    records = log.made(300, lambda text, r: log.chat(said + text, r.choice(["正面", "负面"])))
    (job,) = discover_jobs([log.write(records)]).jobs
    assert job.template.pattern() == f"[user] {said}{{1}}"
    assert job.job.shape.told() == "2 labels"


def test_free_talk_under_a_system_prompt_that_names_no_job_is_no_job(log: Any) -> None:
    system = "You are a helpful assistant."
    records = log.made(500, lambda _, r: log.chat(log.some(r), log.some(r), system))
    found = discover_jobs([log.write(records)])
    assert (found.jobs, found.open_chat) == ((), 500)


def test_malformed_lines_are_counted_and_skipped(log: Any) -> None:
    good = log.made(200, lambda t, r: log.chat(f"Label it as a or b.\nText: {t}", r.choice("ab")))
    junk = ["{", "not json", b"\xff\xfe\x00binary\x80", '{"a": 1}', "", "[" * 100_000, "null"]
    found = discover_jobs([log.write([*good, *junk])])
    assert found.counts.requests == 200
    assert (found.counts.malformed, found.counts.foreign) == (5, 1)
    assert [job.job.requests for job in found.jobs] == [200]


def test_a_prompt_of_ten_megabytes_is_one_request_like_any_other(log: Any) -> None:
    records = log.made(
        150, lambda t, r: log.chat(f"Label it as a or b.\nText: {t}", r.choice("ab"))
    )
    big = log.chat("Label it as a or b.\nText: " + "word " * 2_000_000, "a")
    (job,) = discover_jobs([log.write([*records, big])]).jobs
    assert job.job.requests == 151
    assert max(len(row.inputs[0]) for row in job.job.rows) < 100_000


def test_gzip_is_known_by_content_and_a_broken_one_is_refused(log: Any) -> None:
    records = log.made(60, lambda t, r: log.chat(f"Label it as a or b.\nText: {t}", "a"))
    path = log.write(records, "log.jsonl.gz")
    assert discover_jobs([path]).counts.requests == 60
    path.write_bytes(path.read_bytes()[:20])
    with pytest.raises(DataError, match="breaks off"):
        discover_jobs([path])


@pytest.mark.parametrize(
    ("data", "says"), [(b"", "is empty"), (b"\x00\xff\n" * 9, "none of the 9")]
)
def test_a_file_without_requests_is_refused_in_one_sentence(
    log: Any, data: bytes, says: str
) -> None:
    path = log.folder / "junk.jsonl"
    path.write_bytes(data)
    with pytest.raises(DataError, match=says):
        discover_jobs([path])
    with pytest.raises(DataError, match="cannot be read"):
        discover_jobs([log.folder / "absent.jsonl"])


def test_prompts_and_answers_of_a_batch_find_each_other_in_either_order(log: Any) -> None:
    asked, answered = [], []
    for i, text in enumerate(log.texts[:120]):
        body = {
            "model": "gpt-4o",
            "messages": [{"role": "user", "content": f"Yes or no?\nQ: {text}"}],
        }
        said = {"choices": [{"message": {"role": "assistant", "content": "yes"}}]}
        asked.append({"custom_id": str(i), "body": body})
        answered.append({"custom_id": str(i), "response": {"status_code": 200, "body": said}})
    one, two = log.write(asked, "in.jsonl"), log.write(answered, "out.jsonl")
    for order in ([one, two], [two, one]):
        (job,) = discover_jobs(order).jobs
        assert (job.job.requests, job.job.shape.answers) == (120, 120)
    with pytest.raises(DataError, match="120 answers without"):
        discover_jobs([two])


def test_figures_are_a_months_and_carry_their_interval(log: Any) -> None:
    day = 86_400

    def make(t: str, r: random.Random) -> dict[str, Any]:
        said = f"Label it as a or b.\nText: {t}"
        return log.chat(said, "a", created=1_700_000_000 + r.randrange(10 * day))

    path = log.write(log.made(400, make))
    (job,) = discover_jobs([path], days=10).jobs
    month = 365.2425 / 12 / 10
    assert job.requests == pytest.approx(400 * month)
    # 50 tokens read at 0.2 J and 3 written at 2 J
    assert job.footprint.energy_j.value == pytest.approx(400 * month * (50 * 0.2 + 3 * 2))
    assert job.footprint.energy_j.high == pytest.approx(8 * job.footprint.energy_j.value)
    # gpt-4o: 2.5 and 10 dollars a million tokens
    assert job.footprint.cost.value == pytest.approx(400 * month * (50 * 2.5 + 3 * 10) / 1e6)
    assert discover_jobs([path]).period.days == pytest.approx(10, rel=0.05)


def test_an_unknown_model_leaves_the_money_unknown(log: Any) -> None:
    records = log.made(
        100, lambda t, r: {**log.chat(f"Label a or b.\nText: {t}", "a"), "model": "ours"}
    )
    found = discover_jobs([log.write(records)])
    assert found.jobs[0].footprint.cost.value is None
    assert "ours" in (found.jobs[0].footprint.cost.reason or "")
    assert found.period.days is None
    json.dumps(found.to_dict(), allow_nan=False)


def test_a_sentence_that_many_people_say_in_the_middle_is_no_template(log: Any) -> None:
    phrase = "as my old teacher used to say: better late than never in this world"

    def make(_: str, r: random.Random) -> dict[str, Any]:
        return log.chat(f"{log.some(r)} {phrase} {log.some(r)}", log.some(r))

    found = discover_jobs([log.write(log.made(300, make) + log.free(300))])
    assert found.jobs == ()


def test_two_processes_find_the_same_jobs_as_one(log: Any) -> None:
    def make(text: str, r: random.Random) -> dict[str, Any]:
        if r.random() < 0.4:
            return log.chat(log.some(r), log.some(r))
        return log.chat(f"Is this a question?\n{text}", r.choice(["yes", "no"]))

    path = log.write([*log.made(9000, make), "{", "junk"])
    one, two = (discover_jobs([path], cores=cores) for cores in (1, 2))
    assert patterns(one) == patterns(two)
    assert (one.counts, one.other) == (two.counts, two.other)


def test_sets_of_labels_are_written_as_their_own_reference_reads_them(log: Any) -> None:
    some = (["price"], ["price", "delivery"], ["service", "price"], ["delivery"])

    def make(text: str, r: random.Random) -> dict[str, Any]:
        return log.chat(
            f"Tag the review with its topics.\nReview: {text}", ", ".join(r.choice(some))
        )

    (job,) = discover_jobs([log.write(log.made(200, make))]).jobs
    written = write_job(job)
    assert "multi_label = true" in written.task
    for row in map(json.loads, written.data.splitlines()):
        assert subset_loss(row["logged"], row["answer"]) == 0.0
        assert json.loads(row["answer"]) in some
