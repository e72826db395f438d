"""One life after another: built, judged, and delivered in another order.

A seed is one life and stays it: `try_seed(seed)` tells what is wrong with its documents.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import fields
from datetime import datetime
from random import Random
from typing import Any

from accounting.documents.build import build
from accounting.documents.document import Document, Entry, Plan
from accounting.documents.rules import Rules
from accounting.facts import UNDECIDED, Fact, merge
from accounting.soak.arrivals import Delivery, arrivals, told_at
from accounting.soak.generator import THEMES, life
from accounting.soak.judge import faults
from accounting.soak.judge_account import allocation_faults
from accounting.soak.lives import Life
from accounting.soak.story import story

PLANNED_AT_MOST = 12  # times an order is planned while its facts arrive


def live(seed: int, themes: frozenset[str] = THEMES) -> Life:
    return life(Random(seed), themes)  # noqa: S311  # a life is drawn, nothing is kept secret


def try_seed(
    seed: int, *, themes: frozenset[str] = THEMES, with_arrivals: bool = True
) -> list[str]:
    """What is wrong with the documents of this life; nothing when they are right."""
    lived = live(seed, themes)
    plan = plan_of(lived)
    found = faults(lived, plan)
    if with_arrivals and not (found or plan.problems or _may_differ(lived)):
        found += arrival_faults(lived, plan, Random(seed))  # noqa: S311  # as above
    return found


def _may_differ(lived: Life) -> bool:
    """R1: what settled in another currency and failed later has left its exchange difference where
    it was posted in between: an exception that the treatment allows."""
    failed = any(event.role == "V" for event in lived.events)
    return failed and lived.exchange.is_foreign


def told(seed: int, themes: frozenset[str] = THEMES) -> str:
    """The whole story of a seed: facts, documents, and what is wrong with them."""
    lived = live(seed, themes)
    found = try_seed(seed, themes=themes)
    return "\n".join([f"== seed {seed}", story(lived, plan_of(lived)), "--", *found])


def plan_of(lived: Life) -> Plan:
    """The whole life planned at once, when it is quiet."""
    return build(merge(lived.facts), lived.rules, (), stem="", settled=True)


def arrival_faults(lived: Life, at_once: Plan, rng: Random) -> list[str]:
    """I10: whatever arrives when, and whatever is posted in between, ends in the same books."""
    arrived = arrivals(lived, rng)
    sealed, found = _as_they_arrive(arrived, lived.rules, _moments(len(arrived), rng))
    wanted = {d.number: d for d in at_once.entries if isinstance(d, Document)}
    got = {d.number: d for d in sealed if isinstance(d, Document)}
    for number in sorted({*wanted, *got}):
        if difference := _difference(got.get(number), wanted.get(number)):
            found.append(f"I10: {number}: {difference}")
    if len({entry.key for entry in sealed}) != len(sealed):
        found.append("I10: something is posted twice")
    return found + list(allocation_faults(sealed))


TOLD = ("lines", "description", "why")  # free text may be that of another version of the order


def _difference(got: Document | None, wanted: Document | None) -> str:
    """The fields in which two documents of one number differ."""
    if got is None or wanted is None:
        return "not posted as it arrives" if got is None else "posted only as it arrives"
    if len(got.lines) != len(wanted.lines):
        return f"{len(got.lines)} lines and {len(wanted.lines)}"
    pairs: list[tuple[Any, Any]] = [(got, wanted), *zip(got.lines, wanted.lines, strict=False)]
    return "; ".join(
        f"{field.name} {getattr(one, field.name)} and {getattr(other, field.name)}"
        for one, other in pairs
        for field in fields(one)
        if field.name not in TOLD and getattr(one, field.name) != getattr(other, field.name)
    )


def _moments(count: int, rng: Random) -> list[int]:
    """After how many facts the order is planned; always after the first and the last."""
    every = range(1, count + 1)
    if count <= PLANNED_AT_MOST:
        return list(every)
    return sorted({1, count, *rng.sample(every, PLANNED_AT_MOST)})


def _as_they_arrive(
    arrived: Sequence[Delivery], rules: Rules, moments: Sequence[int]
) -> tuple[list[Entry], list[str]]:
    """What is posted when the order is planned in between, and once when it is quiet."""
    sealed: list[Entry] = []
    found: list[str] = []
    for count in moments:
        plan = build(merge(_facts(arrived[:count])), rules, sealed, stem="", settled=False)
        found += [f"I10: {p.code} too early: {p}" for p in plan.problems if not p.may_pass]
        if plan.not_before is None or plan.not_before <= _newest(arrived[:count]):
            sealed += plan.entries
    everything = merge(_facts(arrived))
    plan = build(everything, rules, sealed, stem="", settled=True)
    found += [f"I10: {p.code} at the end: {p}" for p in plan.problems]
    sealed += plan.entries
    again = build(everything, rules, sealed, stem="", settled=True)
    if again.entries or again.problems:
        found.append(f"I10: planned again, there is more: {again}")
    return sealed, found


def _facts(arrived: Sequence[Delivery]) -> Iterator[Fact]:
    return (fact for delivery in arrived for fact in delivery)


def _newest(arrived: Sequence[Delivery]) -> datetime:
    """The clock has passed the newest thing that was told, but for money still on its way."""
    facts = _facts(arrived)
    done = [fact for fact in facts if getattr(fact, "status", "") not in UNDECIDED]
    return max(told_at(fact) for fact in done or facts)
