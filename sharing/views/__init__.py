"""The pages of release: the queue, and who gets an incident."""

from sharing.views.life import close, reopen, retract
from sharing.views.release import preview_part, release
from sharing.views.review import review
from sharing.views.steps import change, confirm
from sharing.views.versions import versions
from sharing.views.view_as import pick, view_as, view_as_bundle

__all__ = [
    "change",
    "close",
    "confirm",
    "pick",
    "preview_part",
    "release",
    "reopen",
    "retract",
    "review",
    "versions",
    "view_as",
    "view_as_bundle",
]
