"""The keeper plugs the watch into the gateway: it chooses routes, samples answers, audits them.

Nothing of it runs between a request and its answer but one draw of a random number; audits, the
ledger and all decisions about traffic are in the background.
"""

from __future__ import annotations

import asyncio
import logging
import random
from dataclasses import replace
from typing import TYPE_CHECKING

from modicum.errors import DecisionError, LedgerError, ServeError
from modicum.ledger.watch_store import WatchStore
from modicum.serve import judge
from modicum.serve.feedback import PATH as FEEDBACK
from modicum.serve.feedback import FeedbackEndpoint
from modicum.serve.kept import Job, KeptTask
from modicum.serve.others import compare_others
from modicum.serve.problem import Problem
from modicum.serve.reference import ENDPOINT, ask_reference
from modicum.watch.audit import Choice as Chosen
from modicum.watch.audit import Kind
from modicum.watch.promotion import goes_small

if TYPE_CHECKING:
    from modicum.serve.gateway import Gateway
    from modicum.serve.hooks import Answered, Asked, Choice
    from modicum.serve.served import ServedTask

log = logging.getLogger("modicum.serve")
AT_ONCE = 4
_DAY_MS = 86_400_000


class Keeper:
    """Watches every task of one gateway whose small candidate has a reference to be compared with.

    >>> Keeper(gateway, random.Random()).plug()  # doctest: +SKIP
    """

    def __init__(self, gateway: Gateway, rng: random.Random) -> None:
        self.gateway, self.rng = gateway, rng
        self.settings = gateway.settings.watch
        self.store = WatchStore(gateway.ledger.engine)
        self.kept: dict[str, KeptTask] = {}
        for task in gateway.tasks.values():
            self._keep(task)

    def plug(self) -> None:
        """Hang itself into the gateway's hooks."""
        self.gateway.choosers.append(self.choose)
        self.gateway.observers.append(self.observe)
        self.gateway.background.append(self.run)
        self.gateway.routes[FEEDBACK] = FeedbackEndpoint(self)

    def _keep(self, task: ServedTask) -> None:
        if task.reference is None:
            if self.settings.shadow:
                raise ServeError(
                    f"--shadow needs somebody to answer {task.name!r}: name its reference, as "
                    'reference = "NAME/MODEL" under [tasks] or with --reference'
                )
            return
        try:
            kept = KeptTask(task, self.store, self.settings, self.rng, self._now)
        except DecisionError as error:
            log.info("%s is not watched: %s", task.name, error)
            return
        old = self.kept.get(task.name)
        if old is not None and old.watch == kept.watch:
            kept.waiting, kept.drift, kept.prompt = old.waiting, old.drift, old.prompt
        self.kept[task.name] = kept
        self._see_conditions(kept)
        kept.begin(self._now)

    @property
    def _now(self) -> int:
        return self.gateway.clock_ms()

    def _see_conditions(self, kept: KeptTask) -> None:
        """What the settings say of the reference: its price and its prompt; inputs as first met."""
        task = kept.task
        kept.state.refresh()
        target = self.gateway.models.ask(task.reference or "")
        prices = self.gateway.upstream_constants(target, None).rates.get("cost", {})
        told = [f"{f.value:.4g} {f.unit}/{per}" for per, f in prices.items() if f.value is not None]
        kept.see("price", ", ".join(told) or "unknown", self._now)
        template = f"{task.settings.system or ''}\0{task.settings.user or ''}"
        kept.see("template", template, self._now)
        if "inputs" not in dict(self.store.conditions(kept.watch)):
            kept.see("inputs", "as first seen", self._now)

    def share(self, task: str) -> float:
        """The share of a task's traffic that its small candidate answers now."""
        kept = self.kept.get(task)
        return 1.0 if kept is None else kept.share

    def choose(self, asked: Asked) -> Choice | None:
        """Small for the share of traffic that the promotion has reached; a user stays on a side."""
        kept = self.kept.get(asked.task.name) if asked.task is not None else None
        if kept is None or kept.share >= 1 or asked.forced is not None:
            return None
        if asked.user:
            return "small" if goes_small(asked.user, kept.share) else "reference"
        return "small" if self.rng.random() < kept.share else "reference"

    def observe(self, answered: Answered) -> None:
        """Draw whether this answer is audited; returns at once."""
        asked, record = answered.asked, answered.record
        kept = self.kept.get(asked.task.name) if asked.task is not None else None
        if kept is None or record.status >= 400:
            return
        if kept.task.template is not None and record.endpoint != ENDPOINT:
            kept.saw_prompt(asked)
        if record.endpoint == ENDPOINT:
            self._saw(kept, answered.reply)
        elif asked.text is None:
            return
        elif answered.value is not None or record.tried:
            self._audit(kept, answered)
        elif answered.reply is not None:
            self._shadow(kept, answered)

    def _audit(self, kept: KeptTask, answered: Answered) -> None:
        """A small answer; one that was handed on to the reference agrees with it already."""
        choice = kept.audits.choose(self._now / 1000, answered.confidence)
        if choice is not None:
            self._wait(kept, self._job(answered, choice, "audit"))

    def _shadow(self, kept: KeptTask, answered: Answered) -> None:
        """The reference's answer, served: the small one's is judged against it."""
        choice = kept.shadows.choose(self._now / 1000)
        if choice is not None and kept.is_news(answered.asked.text or ""):
            self._saw(kept, answered.reply)
            self._wait(kept, self._job(answered, choice, "shadow"))

    def _wait(self, kept: KeptTask, job: Job) -> None:
        kept.saw_system(job.asked)
        if not kept.wait(job):
            self._count(kept, "dropped")
            log.warning("an audit of %s was dropped: too many are waiting", kept.task.name)

    def _job(self, answered: Answered, choice: Chosen, kind: Kind) -> Job:
        reply = answered.reply
        return Job(
            kind,
            replace(answered.asked),  # a batch tells the next input in the same object
            choice,
            f"{self.gateway.journal.worker}:{answered.record.sequence}",
            answered.value,
            None if reply is None else judge.reply_text(reply),
            kind == "audit" and answered.value is None,
        )

    def _saw(self, kept: KeptTask, reply: bytes | None) -> None:
        kept.saw("model", judge.reply_model(reply or b""))

    async def run(self, gateway: Gateway) -> None:
        """Audit what waits, fold the ledger, move traffic: until cancelled."""
        while True:
            await asyncio.sleep(self.settings.refresh_s)
            for name, task in list(gateway.tasks.items()):
                kept = self.kept.get(name)
                if kept is not None and kept.task is not task:
                    await asyncio.to_thread(self._keep, task)  # reloaded: perhaps a new decision
            for kept in list(self.kept.values()):
                try:
                    await self._work(kept)
                except LedgerError as error:
                    # The database may be away; the audits wait for it in the queue.
                    log.warning("the watch of %s waits: %s", kept.task.name, error)

    async def _work(self, kept: KeptTask) -> None:
        limit = asyncio.Semaphore(AT_ONCE)

        async def one(job: Job) -> None:
            async with limit:
                await self._judge(kept, job)

        jobs = [kept.waiting.popleft() for _ in range(len(kept.waiting))]
        made = await asyncio.gather(*map(one, jobs), return_exceptions=True)
        for job, error in zip(jobs, made, strict=True):
            if isinstance(error, LedgerError):
                self._wait(kept, job)  # compared already: only to be written
            elif isinstance(error, Problem):
                self._count(kept, "unanswered")
            elif isinstance(error, BaseException):
                log.warning("an audit of %s failed: %s", kept.task.name, error)
        for line in await asyncio.to_thread(self._refresh, kept):
            log.warning("%s", line)
        self.gateway.metrics.small_share[kept.task.name] = kept.share
        self.gateway.metrics.alarms[kept.task.name] = len(kept.state.alarms)
        self.gateway.metrics.stale[kept.task.name] = len(kept.state.changes)

    def _refresh(self, kept: KeptTask) -> list[str]:
        while kept.unwritten:
            self.store.add_condition(kept.watch, self._now, *kept.unwritten[0])
            kept.unwritten.pop(0)
        before = self._now - int(self.settings.keep_days * _DAY_MS)
        if self.settings.keep_texts:
            self.store.erase_texts(before=before)
        return kept.refresh(self._now)

    async def _judge(self, kept: KeptTask, job: Job) -> None:
        """Make one audit: get the missing answer, compare, record."""
        if job.loss is None and not await self._compare(kept, job):
            self._count(kept, "unanswered")
            return
        # Others first: each is taken off the job once written, so a retry writes nothing twice.
        await asyncio.to_thread(kept.record_others, job, self._now)
        slices = judge.slices_of(job.asked.body, kept.columns)
        await asyncio.to_thread(kept.record, job, slices, self._now)
        self._count(kept, "differ" if job.loss else "agree")
        await asyncio.to_thread(kept.take_input, job.asked.text or "", self._now)

    def _count(self, kept: KeptTask, outcome: str) -> None:
        self.gateway.metrics.audited(kept.task.name, outcome)

    async def _compare(self, kept: KeptTask, job: Job) -> bool:
        """Get both answers and their loss; False where the reference gave none."""
        text = job.asked.text or ""
        right = judge.named(job.reference, kept.classes)
        if job.handed_on:
            right = job.small = right or ""
        elif job.kind == "audit":
            right = judge.named(await self._by_reference(kept, job), kept.classes)
        elif right is not None:
            outcome = await kept.task.answer(text)
            job.small = right if outcome.value is None else outcome.value
            used = outcome.constants.amount("energy_j").value
            kept.shadows.budget.spend(self._now / 1000, used, None)
        if right is None:
            return False
        job.reference, job.loss = right, kept.score(job.small, right)
        if job.kind == "shadow":
            await compare_others(kept, job, right, self._now / 1000)
        return True

    async def _by_reference(self, kept: KeptTask, job: Job) -> str | None:
        told = await ask_reference(self.gateway, job.asked)
        target = self.gateway.models.ask(kept.task.reference or "")
        constants = self.gateway.upstream_constants(target, None)
        energy, money = (
            constants.amount(q, told.tokens.read, told.tokens.written).value
            for q in ("energy_j", "cost")
        )
        kept.audits.budget.spend(self._now / 1000, energy, money)
        return told.value
