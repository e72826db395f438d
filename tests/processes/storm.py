"""Does what a plan says, each step at its moment; afterwards nothing is broken any more."""

from __future__ import annotations

import contextlib
import threading
import time
import traceback
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path

import amqp
import psutil
import redis

from tests.processes.plan import Act, Plan, Step
from tests.processes.product import Product
from tests.processes.proxy import Moment, Proxy, Toxic
from tests.processes.services import Broker, Cluster

# What a sender's lease has beyond a call (`outbox.LEASE_MARGIN`, twice), and a little more.
STILL_SECONDS = 12.0
GONE = (OSError, redis.RedisError, amqp.exceptions.AMQPError)


@dataclass(kw_only=True)
class Storm:
    """Everything that can be broken."""

    product: Product
    books: Proxy
    shopify: Proxy
    broker: Broker
    cluster: Cluster
    home: Path
    call_seconds: int  # the deadline of a call to the books
    failures: list[str] = field(default_factory=list)
    _toxics: Counter[Act] = field(default_factory=Counter)

    def rage(self, plan: Plan) -> None:
        """Returns when the last step is over and everything runs again."""
        started = time.monotonic()
        steps = [
            threading.Thread(target=self._take, args=[step, started], name=str(step))
            for step in plan.steps
        ]
        for step in steps:
            step.start()
        for step in steps:
            step.join()
        self.books.become(Toxic.NONE)
        self.shopify.become(Toxic.NONE)

    def _take(self, step: Step, started: float) -> None:
        time.sleep(max(0.0, started + step.at - time.monotonic()))
        try:
            self._do(step)
        except psutil.NoSuchProcess:
            return  # another step was quicker
        except Exception:  # noqa: BLE001  # told with the schedule, which fails
            self.failures.append(f"{step}: {traceback.format_exc()}")

    def _do(self, step: Step) -> None:
        product, moment = self.product, step.moment or Moment.LATE
        acts: dict[Act, Callable[[], object]] = {
            Act.WEB_KILLED: lambda: product.kill("web"),
            Act.STORING_KILLED: lambda: product.kill_children("web"),
            Act.WORKER_KILLED: lambda: product.kill_in_a_call(moment),
            Act.WORKER_KILLED_ALONE: lambda: product.kill_in_a_call(moment, alone=True),
            Act.BEAT_KILLED: lambda: product.kill_children("worker"),
            Act.WORKER_STANDS_STILL: lambda: product.stand_still(
                moment, self.call_seconds + STILL_SECONDS
            ),
            Act.DEPLOY: product.deploy,
            Act.BROKER_WIPED: self._wipe,
            Act.BROKER_KILLED: lambda: self._kill_broker(step.seconds),
            Act.BROKER_STANDS_STILL: lambda: self._stop_broker(step.seconds),
            Act.DATABASE_RESTARTED: self.cluster.restart_at_once,
            Act.BOOKS: lambda: self._poison(self.books, step),
            Act.SHOPIFY: lambda: self._poison(self.shopify, step),
        }
        acts[step.act]()

    def _wipe(self) -> None:
        with contextlib.suppress(*GONE):  # it is down: what it held is gone anyway
            self.broker.wipe(self.home)

    def _kill_broker(self, seconds: float) -> None:
        self.broker.kill()
        time.sleep(seconds)
        self.broker.start()

    def _stop_broker(self, seconds: float) -> None:
        self.broker.stand_still()
        time.sleep(seconds)
        self.broker.go_on()

    def _poison(self, proxy: Proxy, step: Step) -> None:
        self._toxics[step.act] += 1
        mine = self._toxics[step.act]
        proxy.become(step.toxic, step.amount)
        time.sleep(step.seconds)
        if self._toxics[step.act] == mine:
            proxy.become(Toxic.NONE)
