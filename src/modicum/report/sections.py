"""Sections: the parts of the page below the summary, each a title and what it holds."""

from __future__ import annotations

from collections.abc import Mapping

from modicum.report.markup import Html, el, join, short
from modicum.report.notes import term
from modicum.report.numbers import seconds
from modicum.report.picture import NARROW, WIDE, picture, points
from modicum.report.summary import lines
from modicum.report.table import candidate_table, slice_table
from modicum.report.unknown import unknown_items
from modicum.report.view import View
from modicum.report.words import STATES

_SPLITS = {
    "fit": "to build the candidates",
    "tune": "to order and choose among them",
    "judge": "to compare them once, with nothing chosen on it",
}


def section(key: str, title: str, *content: Html) -> Html:
    """A part of the page with its heading."""
    return el("section", el("h2", title), *content, id=key, class_="part")


def the_picture(view: View) -> Html:
    """Quality against energy."""
    drawn = {p.name for p in points(view)}
    left = [row.name for row in view.rows if row.name not in drawn]
    legend = [
        el("li", _key(word), text)
        for word, text in (
            ("recommended", "recommended"),
            ("reference", "reference"),
            ("yes", STATES["yes"]),
            ("undecided", STATES["undecided"]),
            ("no", STATES["no"]),
        )
    ]
    say = el(
        "p",
        "Higher is better, further left uses less. Lines are ",
        term("interval", "intervals"),
        "; the band lies within the ",
        term("margin"),
        " below the reference. A triangle at the foot is a candidate below the picture; a "
        "number in place of a name is that row of the table. Whether a candidate is adequate is "
        "decided on paired differences (in the table), not here.",
    )
    names = ", ".join(short(name, 40) for name in left)
    absent = el("p", f"Not drawn, for want of a loss or an energy: {names}.") if left else Html("")
    images = picture(view, WIDE) + picture(view, NARROW)
    body = el(
        "figure", Html(images), el("ul", *legend, class_="legend"), el("figcaption", say, absent)
    )
    return section("picture", "Quality against energy", body)


def _key(word: str) -> Html:
    shapes = {
        "recommended": el("circle", cx="8", cy="8", r="7")
        + el("circle", cx="8", cy="8", r="3", class_="heart"),
        "reference": el("path", d="M8 1l7 7l-7 7l-7 -7z"),
        "no": el("path", d="M3.5 3.5l9 9m0 -9l-9 9"),
    }
    shape = Html(shapes.get(word, el("circle", cx="8", cy="8", r="5")))
    return el("svg", el("g", shape, class_=f"mark {word}"), viewBox="0 0 16 16", aria_hidden="true")


def the_table(view: View) -> Html:
    """Every candidate."""
    return section("candidates", "Every candidate", _hint(), candidate_table(view))


def the_slices(view: View, accepted: Mapping[str, str]) -> Html:
    """Slices, if the task names any; and who accepted those that were not proven."""
    if not any(row.slices for row in view.rows):
        return Html("")
    say = el("p", "Each ", term("slice"), " is held to its own margin; an undecided one blocks.")
    lines = [
        el("li", f"Accepted for {short(name)}: {short(who, 80)}.") for name, who in accepted.items()
    ]
    signed = el("ul", *lines) if lines else Html("")
    return section("slices", "Slices", say, _hint(), slice_table(view), signed)


def _hint() -> Html:
    return el("p", "Swipe the table sideways for every column.", class_="hint")


def the_saving(view: View) -> Html:
    """What a month saves."""
    saving = view.decision.saving_per_month
    if saving is None:
        text = "Unknown: the task gives no volume. Add requests_per_month under [volume]."
        if view.kept:
            text = "Nothing: the reference stays."
        return section("saving", "What it saves a month", el("p", text))
    names = (("Energy", saving.energy), ("Carbon", saving.carbon), ("Water", saving.water))
    pairs = [(name, view.notes.figure(f)) for name, f in (*names, ("Money", saving.cost))]
    region = f" in region {short(view.decision.task.region)}" if view.decision.task.region else ""
    say = (
        f"{saving.requests:,.0f} requests with {short(view.decision.recommended, 40)} against the "
        f"same with {short(view.decision.reference, 40)}{region}."
    )
    return section("saving", "What it saves a month", el("p", say), lines(pairs))


def the_search(view: View) -> Html:
    """What the search used, and when it has paid for itself."""
    search = view.decision.search
    names = (
        ("Energy", search.energy_j),
        ("Carbon", search.carbon_g),
        ("Water", search.water_l),
        ("Money", search.cost),
    )
    pairs = [(name, view.notes.figure(figure)) for name, figure in names]
    cpu = "not known" if search.cpu_seconds is None else seconds(search.cpu_seconds)
    pairs.append(("Time", el("span", f"{seconds(search.wall_seconds)} ({cpu} of CPU time)")))
    after = view.notes.figure(view.decision.break_even_requests)
    pairs.append(("Paid back after", after))
    say = el(
        "p",
        "Building, measuring and judging every candidate counts. The ",
        term("break-even"),
        " compares its energy with what each request saves.",
    )
    return section("search", "What the search itself used", say, lines(pairs))


def the_method(view: View) -> Html:
    """How it was decided, in plain words."""
    decision, measure = view.decision, view.measure
    splits = [
        el("li", el("b", f"{count:,} {name}"), f" examples {_SPLITS.get(name, '')}".rstrip())
        for name, count in decision.splits.items()
    ]
    tests = sorted({r.test.name for r in view.rows if r.test and r.test.name})
    level = f"{(1 - decision.confidence) * 100:.3g}%"
    margin = f"{measure.gap(decision.margin, sign=False)} {measure.unit}"
    apart = measure.gap(decision.slice_margin, sign=False)
    parts = [
        ("Data", el("ul", *splits)),
        (
            "Question",
            el(
                "p",
                "Is a candidate's mean loss less than ",
                el("b", margin),
                " above that "
                f"of the reference, on the same examples? Slices: {apart} {measure.unit}.",
            ),
        ),
        ("Test", el("p", "; ".join(short(t, 200) for t in tests) or "none was run")),
        (
            "Promise",
            el(
                "p",
                f"The chance that the recommended candidate is not adequate is at most "
                f"{level}, whatever the number of candidates.",
            ),
        ),
        ("Many candidates", el("p", short(decision.multiplicity, 600))),
        (
            "Smallest",
            el(
                "p",
                f"The least {short(decision.task.objective)} per request, as measured; "
                "size is never assumed.",
            ),
        ),
        (
            "Intervals",
            el(
                "p",
                "Energy, carbon, water and money: 90%. Losses and differences: the "
                "level and method that their notes name.",
            ),
        ),
    ]
    if decision.task.max_latency_ms is not None:
        limit = f"p95 of at most {decision.task.max_latency_ms:g} ms, one request at a time."
        parts.append(("Latency", el("p", limit)))
    return section("method", "How it was decided", lines(parts, "method"))


def the_unknown(view: View) -> Html:
    """Everything that is not known, and what is modelled or assumed."""
    items = unknown_items(view)
    body = [el("h3", title) + el("ul", *[el("li", i) for i in found]) for title, found in items]
    empty = el("p", "Every figure of this decision is known, and nobody is undecided.")
    return section("unknown", "What is not known", join(body) if body else empty)


def the_record(view: View, evidence: Mapping[str, str]) -> Html:
    """Fingerprints, versions, and how to do it again."""
    decision = view.decision
    prints = [
        (short(name), el("code", value)) for name, value in decision.fingerprints.named().items()
    ]
    versions = [(short(n), el("code", short(v))) for n, v in sorted(decision.versions.items())]
    steps = [
        el(
            "li",
            "With the files of the run alone: ",
            el("code", "modicum verify DIR"),
            " makes every number again from evidence.json and names what does not hold.",
        ),
        el(
            "li",
            "From the start: take the data whose fingerprint is above, and the same task file.",
        ),
        el("li", "Install the versions above."),
        el(
            "li",
            "Run ",
            el("code", "modicum size TASK.toml --out DIR"),
            ": the splits come from a hash of the inputs, so they are the same again.",
        ),
        el("li", "Compare the fingerprints in ", el("code", "DIR/decision.json"), "."),
    ]
    files = [
        el("li", el("code", short(name)), f": {short(what, 300)}")
        for name, what in evidence.items()
    ]
    kept = el("h3", "Evidence kept beside this page") + el("ul", *files) if files else Html("")
    return join(
        [
            section(
                "record",
                "Fingerprints and versions",
                el("div", el("h3", "SHA-256"), lines(prints, "prints"), class_="half"),
                el("div", el("h3", "Versions"), lines(versions, "prints"), class_="half"),
            ),
            section("again", "How to reproduce it", el("ol", *steps), Html(kept)),
        ]
    )
