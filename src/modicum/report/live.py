"""Live: what the gateway did in the last day, on one self-contained page."""

from __future__ import annotations

from importlib.resources import files

from modicum.ledger.period import Share, TaskPeriod
from modicum.ledger.used import QUANTITIES, difference, total_of
from modicum.report.live_hours import hours
from modicum.report.live_view import LiveView, StreamShown, WatchShown
from modicum.report.markup import Html, el, join, short
from modicum.report.notes import Notes
from modicum.report.numbers import milliseconds
from modicum.report.page import document
from modicum.report.sections import section

_NAMES = {"energy_j": "Energy", "carbon_g": "Carbon", "cost": "Money"}
_NOTHING = "no task was asked yet"
_STATES = {
    "serving": "small candidate serves",
    "canary": "canary",
    "shadow": "shadow: the reference answers",
    "alarm": "alarm: the reference answers",
    "stale": "stale: check again",
    "unwatched": "not watched",
}


def render_live(view: LiveView) -> str:
    """The page as one HTML document; it loads itself anew every half minute."""
    notes = Notes()
    parts = [_hero(view), _cards(view, notes), _hours(view), _tasks(view, notes), _streams(view)]
    foot = el(
        "section",
        el("h2", "Notes to the figures"),
        notes.listed(),
        el("h2", "Words"),
        notes.words(),
        id="notes",
        class_="part notes",
    )
    style, script = (_asset(name) for name in ("live.css", "live.js"))
    return document("Live", parts, foot, style, script)


def _asset(name: str) -> str:
    return files("modicum.report").joinpath(name).read_text(encoding="utf-8")


def _named(view: LiveView) -> list[TaskPeriod]:
    return [task for task in view.today.tasks if task.task]


def _small(task: TaskPeriod) -> int:
    """Requests that something smaller than the reference answered."""
    return sum(share.requests for share in task.shares if not _big(share))


def _hero(view: LiveView) -> Html:
    today = view.today
    of_tasks = sum(task.requests for task in _named(view))
    small = sum(_small(task) for task in _named(view))
    if not today.requests:
        title, lead = "No requests yet", "Point a client at this address: its base URL ends in /v1."
    else:
        title = f"{today.requests:,} requests in 24 hours"
        lead = "None of them was for a task with a decision."
        if of_tasks:
            lead = (
                f"{of_tasks:,} were for a task with a decision; {small / of_tasks:.0%} of those "
                "were answered by a small candidate."
            )
    facts = [f"drawn {view.at}", f"{today.refused:,} refused", f"{today.failed:,} failed"]
    return el(
        "header",
        el("p", "Modicum · ", el("b", "live"), class_="eyebrow"),
        el("h1", title),
        el("p", lead, class_="lead"),
        el("p", " · ".join(facts), class_="facts"),
        class_="hero live",
    )


def _cards(view: LiveView, notes: Notes) -> Html:
    """Energy, carbon and money of all tasks, beside what the references would have used."""
    cards = [_card(view, quantity, notes) for quantity in QUANTITIES]
    title = el("h2", "Used, and what the reference alone would have used", class_="hidden")
    return el("section", title, *cards, class_="cards")


def _card(view: LiveView, quantity: str, notes: Notes) -> Html:
    tasks = _named(view)
    used = total_of([task.used[quantity] for task in tasks], _NOTHING)
    reference = total_of([task.reference[quantity] for task in tasks], _NOTHING)
    saved = difference(reference, used)
    rows = [
        _line("Saved", notes.figure(saved)),
        _line("Used", notes.figure(used)),
        _line("All on the reference", notes.figure(reference)),
    ]
    return el("article", el("h3", f"{_NAMES[quantity]} of tasks, 24 hours"), *rows, class_="card")


def _line(name: str, value: Html) -> Html:
    return el("p", el("span", name, class_="who"), value, class_="line")


def _hours(view: LiveView) -> Html:
    if not view.today.requests:
        return Html("")
    return section("hours", "Requests by the hour", hours(view.today.hours))


def _tasks(view: LiveView, notes: Notes) -> Html:
    told = {task.task for task in view.today.tasks}
    cards = [_task(view, task, notes) for task in view.today.tasks]
    cards += [_quiet(watch) for watch in view.watches if watch.task not in told]
    if not cards:
        return Html("")
    return section("tasks", "Tasks", el("div", *cards, class_="tasks"))


def _quiet(watch: WatchShown) -> Html:
    return el(
        "article",
        el("h3", short(watch.task)),
        _state(watch),
        el("p", "No requests in 24 hours.", class_="said"),
        class_="card",
    )


def _task(view: LiveView, task: TaskPeriod, notes: Notes) -> Html:
    watch = view.watch(task.task)
    parts = [el("h3", short(task.task) if task.task else "Asked of upstream models directly")]
    if task.task:
        parts.append(_state(watch))
    parts += [_stack(task), _shares(task)]
    if watch is not None:
        parts.append(el("p", watch.said, class_="said"))
        if watch.stale:
            parts.append(el("p", f"Stale, check again: {watch.stale}", class_="said"))
    rows = [("Latency, median", _time(task.p50_us)), ("Latency, 95 of 100", _time(task.p95_us))]
    if task.task:
        rows += [(f"{_NAMES[q]} saved", notes.figure(task.saved(q))) for q in QUANTITIES]
    else:
        rows += [(_NAMES[q], notes.figure(task.used[q])) for q in QUANTITIES]
    if task.audited:
        rows.append((f"{task.audited:,} audits used", notes.figure(task.audits["energy_j"])))
    lines = [_line(name, value) for name, value in rows]
    return el("article", *parts, el("div", *lines, class_="figures"), class_="card")


def _time(microseconds: float | None) -> Html:
    if microseconds is None:
        return el("span", "unknown", class_="none")
    return el("span", milliseconds(microseconds / 1000), class_="latency")


def _state(watch: WatchShown | None) -> Html:
    state = watch.state if watch is not None else "unwatched"
    text = _STATES[state]
    if watch is not None and state == "canary":
        text = watch.traffic
    return el("span", text, class_=f"state {state}")


def _big(share: Share) -> bool:
    """Whether the reference answered; upstreams are named NAME/MODEL."""
    return "/" in share.route or share.is_reference


def _colour(at: int, share: Share) -> str:
    return "ref" if _big(share) else f"s{min(at, 2)}"


def _stack(task: TaskPeriod) -> Html:
    """Shares of the requests as one bar; the numbers stand below it."""
    bars, x = [], 0.0
    for at, share in enumerate(task.shares):
        width = 1000 * share.requests / max(task.requests, 1)
        bars.append(el("rect", x=x, y=0.0, width=width, height=14.0, class_=_colour(at, share)))
        x += width
    return el(
        "svg",
        *bars,
        class_="stack",
        viewBox="0 0 1000 14",
        preserveAspectRatio="none",
        aria_hidden="true",
        focusable="false",
    )


def _shares(task: TaskPeriod) -> Html:
    items = [
        el(
            "li",
            el("span", class_=f"key {_colour(at, share)}"),
            short(share.route, 34),
            el("b", f"{share.requests / max(task.requests, 1):.0%}"),
            el("span", f"{share.requests:,}", class_="count"),
        )
        for at, share in enumerate(task.shares)
    ]
    return el("ul", *items, class_="shares")


def _streams(view: LiveView) -> Html:
    rows = [_row(watch, stream) for watch in view.watches for stream in watch.streams]
    if not rows:
        return Html("")
    heads = ("Task", "Stream", "Audits", "Differ", "Allowed", "Evidence towards an alarm")
    head = el("thead", el("tr", *(el("th", name, scope="col") for name in heads)))
    body = el("tbody", join(rows))
    caption = el("caption", "Audits of each task and slice")
    table = el("table", caption, head, body, class_="streams")
    say = el(
        "p",
        "A random share of the small answers is asked of the reference too. An alarm means that "
        "they differ more often than the judge split allows; it is wrong at most 5 times in 100, "
        "over all tasks, slices and restarts, for ever.",
    )
    scroll = el("div", table, class_="scroll", tabindex="0", role="region", aria_label="Audits")
    hint = el("p", "Swipe the table sideways for every column.", class_="hint")
    return section("audits", "Audits", say, hint, scroll)


def _row(watch: WatchShown, stream: StreamShown) -> Html:
    rate = "-" if stream.rate is None else f"{stream.rate:.1%}"
    return el(
        "tr",
        el("th", short(watch.task, 30), scope="row"),
        el("td", "gold labels" if stream.name == "gold" else short(stream.name, 30)),
        el("td", f"{stream.audits:,}"),
        el("td", rate),
        el("td", f"{stream.bound:.1%}"),
        el("td", _meter(stream)),
    )


def _meter(stream: StreamShown) -> Html:
    near = 1.0 if stream.alarmed else stream.nearness
    shade = "near" if near >= 0.8 else "mid" if near >= 0.4 else "far"
    text = "alarm" if stream.alarmed else f"{near:.0%}"
    bar = el(
        "svg",
        el("rect", x=0.0, y=0.0, width=100.0, height=6.0),
        el("rect", x=0.0, y=0.0, width=100 * near, height=6.0, class_=shade),
        class_="meter",
        viewBox="0 0 100 6",
        preserveAspectRatio="none",
        aria_hidden="true",
    )
    return join([el("span", text), bar])
