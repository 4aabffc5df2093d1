"""Builder of decision documents as a run would write them, for tests and for looking at."""

from __future__ import annotations

from typing import Any

from modicum.decision.document import (
    CandidateDocument,
    DecisionDocument,
    FigureDocument,
    FingerprintDocument,
    FittingDocument,
    FootprintDocument,
    IntervalDocument,
    LatencyDocument,
    SavingDocument,
    SearchDocument,
    SliceDocument,
    TaskDocument,
    TestDocument,
)
from modicum.figures import Figure

MODEL = "power model of AMD EPYC 9V74 (SPECpower_ssj2008, 2023)"
BOUNDARY = "CPU and memory of the process tree; PUE left out"
GRID = Figure.of(
    344.1,
    310.0,
    380.0,
    "gCO2e/kWh",
    basis="reported",
    source="Ember Yearly Electricity Data 2025, Germany 2024, CC BY 4.0",
    boundary="Germany: generation, life cycle, location-based",
    error="grid:DEU",
)
PRICE = Figure.of(
    0.1677,
    0.15,
    0.19,
    "EUR/kWh",
    basis="reported",
    source="Eurostat nrg_pc_205, Germany, first half of 2025",
    boundary="Germany: non-household, taxes excluded",
    error="price:DEU",
)
WATER = Figure.of(
    1.8,
    0.7,
    4.5,
    "L/kWh",
    basis="assumed",
    source="Macknick et al., 2012",
    boundary="consumed by generation",
    error="water:world",
)


def joules(value: float, low: float | None = None, high: float | None = None) -> Figure:
    """A modelled energy: the power model's error is shared, the sampling error is its own."""
    whole = Figure.of(
        value,
        low or value / 1.7,
        high or value * 1.9,
        "J",
        basis="modelled",
        source=MODEL,
        boundary=BOUNDARY,
        error="cpu-power:model",
    )
    return whole.widen(1.12)


def footprint(energy: Figure, cost: Figure | None = None) -> FootprintDocument:
    """Everything that follows from an energy."""
    return FootprintDocument(
        energy_j=FigureDocument.of(energy),
        carbon_g=FigureDocument.of((energy * GRID).to("gCO2e")),
        water_l=FigureDocument.of((energy * WATER).to("L")),
        cost=FigureDocument.of(cost or energy * PRICE),
    )


def interval(value: float, half: float, method: str = "Tango score") -> IntervalDocument:
    """An interval of a loss."""
    low = max(value - half, -1.0)
    return IntervalDocument(
        value=value, low=low, high=value + half * 1.05, confidence=0.95, method=method
    )


def candidate(
    name: str,
    loss: float,
    energy: float,
    *,
    reference_loss: float,
    adequate: bool | None,
    half: float = 0.008,
    **changes: Any,
) -> CandidateDocument:
    """A judged candidate."""
    reasons = {
        True: "shown to be less than 0.02 worse than the reference",
        False: "shown to be more than the margin worse than the reference",
        None: "undecided: p = 0.11 is above the level 0.05",
    }
    plain: dict[str, Any] = {
        "name": name,
        "recipe": changes.pop("recipe", name),
        "status": "judged",
        "judged_examples": 3080,
        "loss": IntervalDocument(
            value=loss,
            low=max(loss - 1.3 * half, 0.0),
            high=min(loss + 1.4 * half, 1.0),
            confidence=0.95,
            method="Wilson score",
        ),
        "difference": interval(loss - reference_loss, half),
        "tune_loss": loss,
        "adequate": adequate,
        "superior": False,
        "test": TestDocument(
            name="Tango score", level=0.05, p_value=0.003, reason=reasons[adequate]
        ),
        "latency_ms": LatencyDocument(p50=energy * 120, p95=energy * 190, requests=200),
        "footprint": footprint(joules(energy)),
        "fitting": FittingDocument(
            energy_j=FigureDocument.of(joules(energy * 9000)), cpu_seconds=12.0, wall_seconds=7.5
        ),
    }
    return CandidateDocument(**(plain | changes))


def ladder() -> list[CandidateDocument]:
    """A ladder as a run on 77 intents gives it."""
    ref = 0.070
    return [
        candidate(
            "majority", 0.982, 0.0000004, reference_loss=ref, adequate=False, recipe="majority"
        ),
        candidate("tfidf-logistic", 0.107, 0.0011, reference_loss=ref, adequate=False),
        candidate("tfidf-char-svm", 0.078, 0.0042, reference_loss=ref, adequate=True),
        candidate("glove-logistic", 0.181, 0.0009, reference_loss=ref, adequate=False),
        candidate(
            "minilm-logistic", 0.070, 0.171, reference_loss=ref, adequate=True, difference=None
        ),
        candidate(
            "smollm2",
            0.262,
            21.4,
            reference_loss=ref,
            adequate=False,
            half=0.02,
            recipe="llm",
            judged_examples=200,
            unanswered=7,
        ),
    ]


def decision(candidates: list[CandidateDocument] | None = None, **changes: Any) -> DecisionDocument:
    """A decision over candidates; by default a clear win of the second-smallest."""
    rows = ladder() if candidates is None else candidates
    by_name = {row.name: row for row in rows}
    reference = changes.get("reference", "minilm-logistic")
    recommended = changes.get("recommended", "tfidf-char-svm")
    search = joules(41_300.0)
    plain: dict[str, Any] = {
        "created_at": "2026-11-23T07:44:12+00:00",
        "task": TaskDocument(
            name="banking-intent",
            kind="classify",
            metric="accuracy",
            classes=77,
            rows=13083,
            objective="energy",
            requests_per_month=1e6,
            region="DEU",
        ),
        "reference": reference,
        "recommended": recommended,
        "verdict": f"{recommended} does the task as well as {reference}, within a margin of 2.0 "
        "points of accuracy, and uses 41 times less energy per request.",
        "margin": 0.02,
        "slice_margin": 0.02,
        "confidence": 0.95,
        "multiplicity": "fixed sequence: candidates are tested from the most promising on, each at "
        "5%, and testing stops at the first that is not proven",
        "splits": {"fit": 7000, "tune": 3003, "judge": 3080},
        "candidates": rows,
        "missing": [],
        "search": SearchDocument(
            **footprint(search).model_dump(), cpu_seconds=812.0, wall_seconds=455.0
        ),
        "saving_per_month": saving(by_name.get(reference), by_name.get(recommended)),
        "break_even_requests": break_even(search, by_name.get(reference), by_name.get(recommended)),
        "fingerprints": FingerprintDocument(
            data="9f2c" * 16, split="11ab" * 16, judge="77d0" * 16, code="c0de" * 16
        ),
        "versions": {
            "modicum": "0.1.0",
            "python": "3.11.2",
            "numpy": "2.3.1",
            "scikit-learn": "1.7.0",
        },
        "notes": ["the tune split was looked at once before this run"],
    }
    return DecisionDocument(**(plain | changes))


def saving(
    reference: CandidateDocument | None, best: CandidateDocument | None, requests: float = 1e6
) -> SavingDocument | None:
    """A month of one taken from a month of the other."""
    if not (reference and best and reference.footprint and best.footprint) or reference is best:
        return None

    def saved(key: str) -> Figure:
        big = getattr(reference.footprint, key).figure()
        return (big - getattr(best.footprint, key).figure()) * requests

    return SavingDocument(
        requests=requests,
        energy=FigureDocument.of(saved("energy_j").to("kWh")),
        carbon=FigureDocument.of(saved("carbon_g").to("kgCO2e")),
        water=FigureDocument.of(saved("water_l")),
        cost=FigureDocument.of(saved("cost")),
    )


def break_even(
    search: Figure, reference: CandidateDocument | None, best: CandidateDocument | None
) -> FigureDocument:
    """Requests after which the search is paid for."""
    if not (reference and best and reference.footprint and best.footprint) or reference is best:
        why = "the recommended candidate is not shown to use less per request"
        return FigureDocument.of(Figure.unknown("request", why))
    saved = reference.footprint.energy_j.figure() - best.footprint.energy_j.figure()
    return FigureDocument.of(search / saved.per("request"))


def kept() -> DecisionDocument:
    """Nothing smaller was adequate."""
    rows = [row.model_copy(update={"adequate": row.name == "minilm-logistic"}) for row in ladder()]
    return decision(
        rows,
        recommended="minilm-logistic",
        verdict="Keep minilm-logistic: every smaller candidate was shown to be more than the "
        "margin of 2.0 points worse.",
    )


def undecided() -> DecisionDocument:
    """The evidence does not suffice."""
    ref = 0.070
    rows = [row for row in ladder() if row.name != "tfidf-char-svm"]
    rows.insert(
        2, candidate("tfidf-char-svm", 0.083, 0.0042, reference_loss=ref, adequate=None, half=0.016)
    )
    return decision(
        rows,
        recommended="minilm-logistic",
        verdict="Keep minilm-logistic for now: tfidf-char-svm may be adequate, but 3,080 examples "
        "do not decide it.",
        missing=["tfidf-char-svm: about 4,100 more judge examples would decide it with 80% chance"],
    )


def failed() -> DecisionDocument:
    """One candidate failed and one was left out by its latency."""
    rows = [row for row in ladder() if row.name not in ("smollm2", "glove-logistic")]
    rows.append(
        CandidateDocument(
            name="smollm2",
            recipe="llm",
            status="failed",
            error="the endpoint http://127.0.0.1:8080/v1 does not answer (refused): start it",
        )
    )
    rows.append(
        candidate(
            "mpnet-logistic",
            0.061,
            1.9,
            reference_loss=0.07,
            adequate=None,
            status="excluded",
            difference=None,
            error="p95 of 361 ms is above max_latency_ms of 50",
        )
    )
    return decision(rows)


def unknown_money() -> DecisionDocument:
    """A hosted reference without a price."""
    why = "the provider's charge is not known: give price_in and price_out, or a cost column"
    rows = [row for row in ladder() if row.name != "smollm2"]
    hosted = candidate(
        "gpt-hosted",
        0.066,
        850.0,
        reference_loss=0.066,
        adequate=True,
        recipe="llm",
        difference=None,
        footprint=footprint(
            Figure.within(
                850.0,
                6.0,
                "J",
                basis="assumed",
                source="token model fitted to published measurements of open models",
                boundary="accelerators of a remote data centre, PUE included",
                error="token-model",
            ),
            cost=Figure.unknown("EUR", why),
        ),
        latency_ms=LatencyDocument(
            p50=None, p95=None, requests=0, reason="recorded answers have no latency"
        ),
        fitting=None,
    )
    return decision([*rows, hosted], reference="gpt-hosted")


def sliced() -> DecisionDocument:
    """Named slices, one of them undecided."""

    def part(name: str, value: float, half: float, adequate: bool | None, n: int) -> SliceDocument:
        return SliceDocument(
            column="language",
            slice=name,
            examples=n,
            difference=interval(value, half),
            margin=0.05,
            adequate=adequate,
        )

    rows = [
        row.model_copy(
            update={
                "slices": [
                    part("English", 0.004, 0.007, True, 2210),
                    part("Deutsch", 0.012, 0.03, True, 620),
                    part("Türkçe", 0.031, 0.06, None, 190),
                    part("日本語", 0.09, 0.03, False, 60),
                ]
            }
        )
        if row.name in ("tfidf-char-svm", "tfidf-logistic")
        else row
        for row in ladder()
    ]
    task = decision().task.model_copy(update={"slices": ["language"]})
    return decision(rows, task=task, slice_margin=0.05)


def crowded(count: int = 20) -> DecisionDocument:
    """Many candidates, several in one place of the picture."""
    rows = []
    for k in range(count - 1):
        loss = 0.06 + 0.004 * (k % 7) + (0.12 if k % 5 == 0 else 0.0)
        gap = loss - 0.07
        adequate = True if gap + 0.0084 < 0.02 else (False if gap - 0.008 > 0.02 else None)
        name = f"student-{k:02d}-{'wide' if k % 3 else 'deep'}-embedding-head"
        rows.append(candidate(name, loss, 0.002 * 1.45**k, reference_loss=0.07, adequate=adequate))
    reference = candidate(
        "minilm-logistic", 0.07, 1.9, reference_loss=0.07, adequate=True, difference=None
    )
    return decision([*rows, reference], recommended=rows[1].name)


HOSTILE = "<script>alert(1)</script>\"'&\x1b[31m\u202eevil|`*_[x](javascript:alert(1))"


def hostile() -> DecisionDocument:
    """Names and errors that try to break out."""
    long = "a-very-long-name-" * 60
    rows = [
        candidate(HOSTILE, 0.075, 0.004, reference_loss=0.07, adequate=True, recipe="</td><h1>"),
        candidate(long, 0.07, 0.4, reference_loss=0.07, adequate=True, difference=None),
        CandidateDocument(
            name="broken\ud800\n\n# heading",
            recipe="llm",
            status="failed",
            error="<img src=x onerror=alert(1)>" * 50,
        ),
    ]
    task = decision().task.model_copy(update={"name": "</title><script>alert(2)</script>"})
    return decision(
        rows,
        task=task,
        reference=long,
        recommended=HOSTILE,
        verdict=HOSTILE * 20,
        notes=["<iframe src='https://example.org'></iframe>"],
    )


EVERY = {
    "win": decision,
    "kept": kept,
    "undecided": undecided,
    "failed": failed,
    "unknown-money": unknown_money,
    "slices": sliced,
    "crowded": crowded,
    "hostile": hostile,
}
