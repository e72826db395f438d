"""Does what a plan says, each step at its moment; afterwards nothing is broken any more."""

from __future__ import annotations

import contextlib
import threading
import time
import traceback
from dataclasses import dataclass, field
from pathlib import Path

import psutil

from tests.processes.plan import Act, Plan, Step
from tests.processes.product import Product
from tests.processes.proxy import Proxy, Toxic
from tests.processes.services import Broker, Cluster

CALL_SECONDS = 3  # the deadline of one call, in `profiles`
LEASE_SECONDS = CALL_SECONDS + 10  # what a sender makes of it (`outbox.LEASE_MARGIN`, twice)
STILL_SECONDS = LEASE_SECONDS + 2.0


@dataclass(kw_only=True)
class Storm:
    """Everything that can be broken."""

    product: Product
    proxy: Proxy
    broker: Broker
    cluster: Cluster
    home: Path
    failures: list[str] = field(default_factory=list)
    _toxics: int = 0

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
        self.proxy.become(Toxic.NONE)

    def _take(self, step: Step, started: float) -> None:
        time.sleep(max(0.0, started + step.at - time.monotonic()))
        try:
            self._do(step)
        except psutil.NoSuchProcess:
            return  # another step was quicker
        except Exception:  # noqa: BLE001  # told with the schedule, which fails
            self.failures.append(f"{step}: {traceback.format_exc()}")

    def _do(self, step: Step) -> None:
        product, broker = self.product, self.broker
        match step.act:
            case Act.WEB_KILLED:
                product.kill("web")
            case Act.STORING_KILLED:
                product.kill_children("web")
            case Act.WORKER_KILLED:
                product.until_sending(1.0)
                product.kill("worker")
            case Act.WORKER_KILLED_ALONE:
                product.until_sending(1.0)
                product.kill_alone("worker")
            case Act.BEAT_KILLED:
                product.kill_children("worker")
            case Act.WORKER_STANDS_STILL:
                product.stand_still(STILL_SECONDS)
            case Act.DEPLOY:
                product.deploy()
            case Act.BROKER_WIPED:
                with contextlib.suppress(OSError):  # it is down: what it held is gone anyway
                    broker.wipe(self.home)
            case Act.BROKER_KILLED:
                broker.kill()
                time.sleep(step.seconds)
                broker.start()
            case Act.BROKER_STANDS_STILL:
                broker.stand_still()
                time.sleep(step.seconds)
                broker.go_on()
            case Act.DATABASE_RESTARTED:
                self.cluster.restart_at_once()
            case Act.BOOKS:
                self._poison(step)

    def _poison(self, step: Step) -> None:
        self._toxics += 1
        mine = self._toxics
        self.proxy.become(step.toxic, step.amount)
        time.sleep(step.seconds)
        if self._toxics == mine:
            self.proxy.become(Toxic.NONE)
