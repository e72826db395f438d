"""Celery carries wake-ups and keeps nothing: losing every message costs the wait for the next.

Without CELERY_BROKER_URL the messages are files under `.lejar/broker`, which is safe for one
machine because the work itself waits in PostgreSQL (docs/adr/0003).
"""

from __future__ import annotations

import os
from pathlib import Path
from typing import Any

from celery import Celery
from celery.schedules import crontab
from celery.signals import worker_init
from django.conf import settings

from shopify_app.broker import SCHEME

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "shopify_app.settings")

ANSWER_SECONDS = 5  # that a broker may take; ending a worker asks it ten times


def broker(url: str, home: Path) -> dict[str, Any]:
    """Celery settings for the broker at `url`, or for the local one under `home`."""
    if url:
        limits = (
            ("read_timeout", "write_timeout") if url.startswith("amqp") else ("socket_timeout",)
        )
        options = dict.fromkeys(limits, ANSWER_SECONDS)
        return {"broker_url": url, "broker_transport_options": options}
    folders = {name: home / "broker" / name for name in ("queue", "processed", "control")}
    for folder in folders.values():
        folder.mkdir(parents=True, exist_ok=True)
    return {
        "broker_url": f"{SCHEME}://local",
        "beat_schedule_filename": str(home / "broker" / "beat"),
        "broker_transport_options": {
            "data_folder_in": str(folders["queue"]),
            "data_folder_out": str(folders["queue"]),
            "control_folder": str(folders["control"]),
            "store_processed": False,
        },
    }


app = Celery("lejar")
app.conf.update(
    broker(settings.CELERY_BROKER_URL, settings.LEJAR_HOME),
    task_ignore_result=True,
    task_acks_late=True,
    task_reject_on_worker_lost=False,
    worker_prefetch_multiplier=1,
    worker_hijack_root_logger=False,
    # Its queue bears the host's name and is locked: with RabbitMQ no second worker of one machine
    # could start, nor one whose predecessor was cut off. Nobody asks workers anything.
    worker_enable_remote_control=False,
    # After a lost connection it would be raised again step by step, by whichever thread has just
    # finished a task: that thread and the worker's own then read from one connection to RabbitMQ,
    # each a part of what comes, and the worker waits for the rest for ever, deaf to SIGTERM.
    worker_enable_prefetch_count_reduction=False,
    worker_soft_shutdown_timeout=120,
    broker_connection_retry_on_startup=True,
    accept_content=["json"],
    task_serializer="json",
    timezone="UTC",
    beat_schedule={
        "plan": {
            "task": "shopify_app.tasks.plan",
            "schedule": 1.0,
            "options": {"expires": 10.0},
        },
        "read": {
            "task": "shopify_app.tasks.read",
            "schedule": 1.0,
            "options": {"expires": 10.0},
        },
        "enrol": {
            "task": "shopify_app.tasks.enrol",
            "schedule": 60.0,
            "options": {"expires": 60.0},
        },
        "send": {
            "task": "accounting.tasks.send",
            "schedule": 1.0,
            "options": {"expires": 10.0},
        },
        "tie": {
            "task": "accounting.tasks.tie",
            "schedule": 1.0,
            "options": {"expires": 10.0},
        },
        "check": {
            "task": "accounting.tasks.check",
            "schedule": 1.0,
            "options": {"expires": 10.0},
        },
        "mappings": {
            "task": "accounting.tasks.look_at_mappings",
            "schedule": 1.0,
            "options": {"expires": 10.0},
        },
        "suggest": {
            "task": "accounting.tasks.suggest",
            "schedule": 1.0,
            "options": {"expires": 10.0},
        },
        "shops": {
            "task": "shopify_app.tasks.shops",
            "schedule": 5.0,
            "options": {"expires": 10.0},
        },
        "backfill": {
            "task": "shopify_app.tasks.go_on_backfilling",
            "schedule": 1.0,
            "options": {"expires": 10.0},
        },
        "keep_private": {
            "task": "shopify_app.tasks.keep_private",
            "schedule": 60.0,
            "options": {"expires": 60.0},
        },
        "tell": {
            "task": "shopify_app.tasks.tell",
            "schedule": 10.0,
            "options": {"expires": 10.0},
        },
        "wake_forgotten": {
            "task": "accounting.tasks.wake_forgotten",
            "schedule": 5.0,
            "options": {"expires": 10.0},
        },
        "check_activity": {
            "task": "accounting.tasks.check_activity",
            "schedule": crontab(hour="19", minute="23"),  # night where the shops are
            "options": {"expires": 3600.0},
        },
        "keep_tokens": {
            "task": "shopify_app.tasks.keep_tokens",
            "schedule": crontab(minute="17"),  # every shop has its own hour of the day
            "options": {"expires": 1800.0},
        },
    },
)
app.autodiscover_tasks(["accounting", "shopify_app"])


@worker_init.connect
def look_after_the_beat(sender: Any, **_: object) -> None:
    """The module needs the tasks, which can be read only once Django is set up."""
    from shopify_app.beat import Watch

    app.steps["worker"].add(Watch)
