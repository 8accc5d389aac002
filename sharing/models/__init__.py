"""Who may see it: releases, renderings, grants; what was fetched, recalled, reused and erased."""

from sharing.models.erasures import Erasure, ErasureState
from sharing.models.grants import FeedClock, Grant, GrantKind, Settlement
from sharing.models.recalls import (
    Recall,
    RecallAnswer,
    RecallItem,
    RecallKind,
    RecallNotice,
    RecallState,
)
from sharing.models.receipts import Acknowledgement, Fetch, Outlet
from sharing.models.reference import ReferenceObject
from sharing.models.releases import Release, Rendering, RenderingObject, ReportKind
from sharing.models.reuse import ReuseRequest, ReuseState

__all__ = [
    "Acknowledgement",
    "Erasure",
    "ErasureState",
    "FeedClock",
    "Fetch",
    "Grant",
    "GrantKind",
    "Outlet",
    "Recall",
    "RecallAnswer",
    "RecallItem",
    "RecallKind",
    "RecallNotice",
    "RecallState",
    "ReferenceObject",
    "Release",
    "Rendering",
    "RenderingObject",
    "ReportKind",
    "ReuseRequest",
    "ReuseState",
    "Settlement",
]
