from __future__ import annotations

import base64
import hashlib
import re
from collections.abc import Callable
from html.parser import HTMLParser

from modicum.decision.document import DecisionDocument
from modicum.report.readers import render_html
from modicum.report.unknown import every_figure

Make = Callable[[str], DecisionDocument]
VOID = {"meta", "link", "br", "input"}


class Reader(HTMLParser):
    """Checks nesting, and collects elements, ids, targets and visible text."""

    def __init__(self, page: str) -> None:
        super().__init__()
        self.open: list[str] = []
        self.tags: list[tuple[str, dict[str, str | None]]] = []
        self.words: list[str] = []
        self.inline = False  # a term within a sentence parts no words
        self.feed(page)
        self.close()

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append((tag, dict(attrs)))
        self.inline = dict(attrs).get("class") == "term"
        if tag not in VOID:
            self.open.append(tag)

    def handle_endtag(self, tag: str) -> None:
        assert self.open.pop() == tag
        self.inline = self.inline or tag == "button"

    def handle_data(self, data: str) -> None:
        if self.open and self.open[-1] not in ("style", "script", "sup"):
            if self.inline and self.words:
                self.words[-1] += data
            else:
                self.words.append(data)

    @property
    def text(self) -> str:
        return " ".join(" ".join(self.words).split())


def test_every_element_is_closed_and_every_id_is_used_once(any_decision: DecisionDocument) -> None:
    found = Reader(render_html(any_decision))
    ids = [a["id"] for _, a in found.tags if "id" in a]
    assert found.open == []
    assert len(ids) == len(set(ids))


def test_every_figure_leads_to_its_note(any_decision: DecisionDocument) -> None:
    found = Reader(render_html(any_decision))
    ids = {a["id"] for _, a in found.tags if "id" in a}
    targets = [a["popovertarget"] for _, a in found.tags if "popovertarget" in a]
    assert len(targets) > 10
    assert set(targets) <= ids


def test_nothing_is_loaded_from_anywhere(any_decision: DecisionDocument) -> None:
    found = Reader(render_html(any_decision))
    links = [a[k] for _, a in found.tags for k in ("src", "href", "action", "style") if k in a]
    assert links == ["data:,"]
    assert not re.search(r"@import|url\(", render_html(any_decision))


def test_a_page_stays_under_300_kilobytes(any_decision: DecisionDocument) -> None:
    assert len(render_html(any_decision).encode()) < 300_000


def test_the_policy_allows_exactly_the_style_and_the_script_of_the_page(make: Make) -> None:
    page = render_html(make("win"))
    policy = next(a["content"] for _, a in Reader(page).tags if a.get("http-equiv") is not None)
    assert policy is not None
    assert policy.startswith("default-src 'none';")
    assert "unsafe" not in policy
    for part in ("style", "script"):
        inside = re.search(f"<{part}>(.*?)</{part}>", page, re.DOTALL)
        assert inside is not None
        digest = base64.b64encode(hashlib.sha256(inside[1].encode()).digest()).decode()
        assert f"{part}-src 'sha256-{digest}'" in policy


def test_hostile_names_stay_text(make: Make) -> None:
    found = Reader(render_html(make("hostile")))
    tags = [tag for tag, _ in found.tags]
    assert tags.count("script") == 1
    assert tags.count("h1") == 1
    assert "iframe" not in tags
    assert "img" not in tags
    assert not [a for _, a in found.tags if any(key.startswith("on") for key in a)]
    assert "<script>alert(1)</script>" in found.text


def test_control_characters_and_direction_marks_are_taken_out(make: Make) -> None:
    page = render_html(make("hostile"))
    assert not re.search("[\x00-\x08\x0b-\x1f\x7f\u202a-\u202e\ud800-\udfff]", page)


def test_the_verdict_and_the_three_numbers_are_there(make: Make) -> None:
    text = Reader(render_html(make("win"))).text
    assert "Use tfidf-char-svm instead of minilm-logistic" in text
    assert "uses 41 times less energy per request." in text
    assert "41 times less 34 to 49" in text
    assert "0.8 points worse 0.0 to +1.6 points" in text
    assert "energy 46 Wh 27 to 89" in text


def test_states_are_told_in_words(make: Make) -> None:
    text = Reader(render_html(make("failed"))).text
    for word in ("adequate", "not adequate", "failed", "not judged"):
        assert word in text
    assert "? undecided" not in text
    assert "undecided: p = 0.11" in Reader(render_html(make("undecided"))).text


def test_every_unknown_figure_is_named_with_its_reason(make: Make) -> None:
    decision = make("unknown-money")
    text = Reader(render_html(decision)).text
    assert "Cost per request of gpt-hosted: the provider's charge is not known" in text
    reasons = {f.reason for _, _, f in every_figure(decision) if f.value is None}
    assert all(reason is None or reason in text for reason in reasons)


def test_a_kept_reference_says_that_nothing_is_saved(make: Make) -> None:
    text = Reader(render_html(make("kept"))).text
    assert "Keep minilm-logistic" in text
    assert "Nothing is saved: the reference stays." in text


def test_slices_that_are_not_proven_come_first(make: Make) -> None:
    text = Reader(render_html(make("slices"))).text
    table = text[text.index("Slices, those that") :]
    assert table.index("日本語") < table.index("Türkçe") < table.index("Deutsch")


def test_evidence_beside_the_page_is_listed(make: Make) -> None:
    page = render_html(make("win"), {"judge.csv": "losses of every candidate"})
    assert "judge.csv : losses of every candidate" in Reader(page).text


def test_the_same_decision_gives_the_same_page(make: Make) -> None:
    decision = make("win")
    assert render_html(decision) == render_html(decision)


def test_a_margin_of_nothing_and_an_energy_of_nothing_still_make_a_page(make: Make) -> None:
    decision = make("win")
    best = decision.candidate("tfidf-char-svm")
    assert best.footprint is not None
    nothing = best.footprint.energy_j.model_copy(update={"value": 0.0, "low": 0.0, "high": 0.0})
    still = best.footprint.model_copy(
        update={"energy_j": nothing.model_copy(update={"errors": {}})}
    )
    rows = [
        row.model_copy(update={"footprint": still}) if row.name == best.name else row
        for row in decision.candidates
    ]
    text = Reader(render_html(decision.model_copy(update={"candidates": rows, "margin": 0.0}))).text
    assert "The factor between them is unknown" in text
    assert "Not drawn, for want of a loss or an energy: tfidf-char-svm." in text


def test_a_recommended_candidate_that_uses_more_says_so(make: Make) -> None:
    decision = make("win").model_copy(update={"recommended": "smollm2"})
    assert "130 times as much 100 to 150" in Reader(render_html(decision)).text
