"""What happens to the processes of one seed: drawn from the seed alone, before anything starts."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from random import Random

from tests.processes.proxy import Toxic

BROKERS = ("redis", "rabbitmq", "files")
FIRST_AT, LAST_AT = 1.0, 12.0  # seconds after the first webhook
MOST, FEWEST = 7, 4  # faults of one schedule


class Act(StrEnum):
    """`seconds` of a step say how long it lasts."""

    WEB_KILLED = "web server killed"
    STORING_KILLED = "web server's worker killed while it stores"
    WORKER_KILLED = "worker killed"
    WORKER_KILLED_ALONE = "worker killed, its beat left"
    BEAT_KILLED = "beat killed"
    WORKER_STANDS_STILL = "worker stands still past its lease beside a second one"
    DEPLOY = "deploy: new generation started, old one asked to end"
    BROKER_WIPED = "broker wiped"
    BROKER_KILLED = "broker killed"
    BROKER_STANDS_STILL = "broker stands still"
    DATABASE_RESTARTED = "database restarted at once"
    BOOKS = "books"


OF_A_BROKER = (Act.BROKER_KILLED, Act.BROKER_STANDS_STILL)  # files have no process
TOXICS = tuple(toxic for toxic in Toxic if toxic is not Toxic.NONE)
PROCESSES = tuple(act for act in Act if act is not Act.BOOKS)


@dataclass(frozen=True, slots=True, kw_only=True)
class Step:
    """One fault, `at` seconds after the first webhook."""

    at: float
    act: Act
    toxic: Toxic = Toxic.NONE
    amount: float = 0.0
    seconds: float = 0.0

    def __str__(self) -> str:
        what = f"{self.act} {self.toxic}" if self.toxic is not Toxic.NONE else str(self.act)
        amount = f" {self.amount:g}" if self.amount else ""
        return f"{self.at:.1f} s {what}{amount}" + (f" for {self.seconds:g} s" * bool(self.seconds))


@dataclass(frozen=True, slots=True, kw_only=True)
class Plan:
    """All that a seed decides, the orders' lives apart (`story`)."""

    seed: int
    broker: str
    steps: tuple[Step, ...]

    def __str__(self) -> str:
        return "; ".join(map(str, self.steps)) or "no faults"


def draw(seed: int, broker: str) -> Plan:
    """Faults of processes, no two the same, and toxics of the books between them."""
    random = Random(f"{seed} {broker}")
    possible = [a for a in PROCESSES if broker != "files" or a not in OF_A_BROKER]
    count = random.randint(FEWEST, MOST)
    acts = random.sample(possible, (count + 1) // 2)
    steps = [_step(act, random) for act in acts]
    steps += [_toxic(random) for _ in range(count // 2)]
    return Plan(seed=seed, broker=broker, steps=tuple(sorted(steps, key=lambda step: step.at)))


def _step(act: Act, random: Random) -> Step:
    seconds = {
        Act.BROKER_KILLED: round(random.uniform(0.5, 4.0), 1),
        Act.BROKER_STANDS_STILL: round(random.uniform(2.0, 8.0), 1),
    }.get(act, 0.0)
    return Step(at=_moment(random), act=act, seconds=seconds)


def _toxic(random: Random) -> Step:
    toxic = random.choice(TOXICS)
    amount = {
        Toxic.LATENCY: round(random.uniform(0.1, 1.0), 1),
        Toxic.CUT: float(random.randint(1, 400)),
    }.get(toxic, 0.0)
    seconds = round(random.uniform(0.5, 4.0), 1)
    return Step(at=_moment(random), act=Act.BOOKS, toxic=toxic, amount=amount, seconds=seconds)


def _moment(random: Random) -> float:
    return round(random.uniform(FIRST_AT, LAST_AT), 1)
