"""What happens to the processes of one seed: drawn from the seed alone, before anything starts."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from random import Random

from tests.processes.proxy import Moment, Toxic

BROKERS = ("redis", "rabbitmq", "files")
FIRST_AT, LAST_AT = 0.5, 7.0  # seconds after the first webhook
MOST, FEWEST = 7, 4  # faults of one schedule
SHOPIFYS_SHARE = 0.25  # of the network's faults


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
    SHOPIFY = "Shopify"


OF_A_BROKER = (Act.BROKER_KILLED, Act.BROKER_STANDS_STILL)  # files have no process
OF_A_NETWORK = (Act.BOOKS, Act.SHOPIFY)
IN_A_CALL = (Act.WORKER_KILLED, Act.WORKER_KILLED_ALONE, Act.WORKER_STANDS_STILL)
TOXICS = tuple(toxic for toxic in Toxic if toxic is not Toxic.NONE)
# Those after which Shopify is asked again in seconds; its answers are waited for longer.
SHOPIFYS = tuple(toxic for toxic in TOXICS if toxic not in (Toxic.BLACK_HOLE, Toxic.DRIP))
PROCESSES = tuple(act for act in Act if act not in OF_A_NETWORK)


@dataclass(frozen=True, slots=True, kw_only=True)
class Step:
    """One fault, `at` seconds after the first webhook. `moment` is of the call in which it happens
    to whoever makes it."""

    at: float
    act: Act
    moment: Moment | None = None
    toxic: Toxic = Toxic.NONE
    amount: float = 0.0
    seconds: float = 0.0

    def __str__(self) -> str:
        what = f"{self.act} {self.toxic}" if self.toxic is not Toxic.NONE else str(self.act)
        what += f", in a call {self.moment}" * bool(self.moment)
        what += f" {self.amount:g}" * bool(self.amount)
        return f"{self.at:.1f} s {what}" + f" for {self.seconds:g} s" * bool(self.seconds)


@dataclass(frozen=True, slots=True, kw_only=True)
class Plan:
    """All that a seed decides, the orders' lives apart (`story`)."""

    seed: int
    broker: str
    steps: tuple[Step, ...]

    def __str__(self) -> str:
        return "; ".join(map(str, self.steps)) or "no faults"


def draw(seed: int, broker: str) -> Plan:
    """Faults of processes, no two the same, and toxics of the network between them."""
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
    moment = random.choice(list(Moment)) if act in IN_A_CALL else None
    return Step(at=_at(random), act=act, moment=moment, seconds=seconds)


def _toxic(random: Random) -> Step:
    act = Act.SHOPIFY if random.random() < SHOPIFYS_SHARE else Act.BOOKS
    toxic = random.choice(SHOPIFYS if act is Act.SHOPIFY else TOXICS)
    amount = {
        Toxic.LATENCY: round(random.uniform(0.1, 1.0), 1),
        Toxic.CUT: float(random.randint(1, 400)),
    }.get(toxic, 0.0)
    seconds = round(random.uniform(0.5, 4.0), 1)
    return Step(at=_at(random), act=act, toxic=toxic, amount=amount, seconds=seconds)


def _at(random: Random) -> float:
    return round(random.uniform(FIRST_AT, LAST_AT), 1)
