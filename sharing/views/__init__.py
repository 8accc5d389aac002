"""The pages of release: the queue, and who gets an incident."""

from sharing.views.release import preview_part, release
from sharing.views.review import review
from sharing.views.steps import confirm
from sharing.views.view_as import pick, view_as, view_as_bundle

__all__ = [
    "confirm",
    "pick",
    "preview_part",
    "release",
    "review",
    "view_as",
    "view_as_bundle",
]
