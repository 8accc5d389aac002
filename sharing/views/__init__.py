"""The pages of release: the queue, and who gets an incident."""

from sharing.views.release import preview_part, release
from sharing.views.review import review
from sharing.views.steps import confirm

__all__ = ["confirm", "preview_part", "release", "review"]
