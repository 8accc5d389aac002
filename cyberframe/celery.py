"""Celery: the row in the database is the truth, a message only wakes a worker."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING, Any

from celery import Celery, Task
from celery.signals import setup_logging
from kombu import Exchange, Queue

from cyberframe.alive import WorkerAlive

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "cyberframe.settings")

if TYPE_CHECKING:
    _Task = Task[..., Any]
else:
    _Task = Task


class WakeTask(_Task):
    """Base of every task: a few quick retries; the sweep picks up what still failed."""

    max_retries = 3
    default_retry_delay = 5


def _queue(name: str) -> Queue:
    return Queue(name, Exchange(name, type="direct"), routing_key=name)


app: Any = Celery("cyberframe", task_cls=WakeTask)
app.conf.update(
    task_acks_late=True,
    task_reject_on_worker_lost=True,
    task_retry_on_worker_lost=True,
    worker_prefetch_multiplier=1,
    task_ignore_result=True,
    task_serializer="json",
    accept_content=["json"],
    task_soft_time_limit=240,
    task_time_limit=300,
    broker_transport_options={
        "visibility_timeout": 600,
        "unacked_restore_interval": 10,
        "unacked_restore_throttle": 1,
    },
    broker_connection_retry_on_startup=True,
    broker_connection_timeout=3,
    task_create_missing_queues=False,
    task_queues=[_queue("fanout"), _queue("push"), _queue("housekeeping")],
    task_default_queue="fanout",
    task_routes={
        "sharing.tasks.fan_out": {"queue": "fanout"},
        "sharing.tasks.settle_member": {"queue": "fanout"},
        "sharing.tasks.sweep": {"queue": "fanout"},
        "audit.tasks.*": {"queue": "housekeeping"},
    },
    beat_schedule={
        "sharing-sweep": {"task": "sharing.tasks.sweep", "schedule": 10.0},
        "audit-seal": {"task": "audit.tasks.seal", "schedule": 10.0},
    },
    timezone="UTC",
    worker_hijack_root_logger=False,
    worker_redirect_stdouts=False,
)
app.config_from_object("cyberframe.celery_config")
app.autodiscover_tasks(["audit", "sharing"])
app.steps["consumer"].add(WorkerAlive)


@setup_logging.connect
def _keep_our_logging(**_options: Any) -> None:
    """Celery leaves logging alone: Django has set it up, the same for every process."""
