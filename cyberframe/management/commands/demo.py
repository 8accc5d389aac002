"""`manage.py demo`: the demo world and its `demo.json`."""

from __future__ import annotations

from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError
from django.utils import timezone

from cyberframe.demo.handout import handout, write
from cyberframe.demo.incidents import stories
from cyberframe.demo.seeding import Built, NotTheDemo, seed

NOT_BUILT = (
    "vouches and objections, commitments, requests, offers and the ledger, co-originators, "
    "receipts and feedback: not in this version"
)


class Command(BaseCommand):
    help = "Build the demo world (once) and write demo.json; refused in production."

    def handle(self, *args: Any, **options: Any) -> None:
        """Build what is missing; a second run changes nothing but demo.json."""
        if settings.PRODUCTION:
            raise CommandError("The demo world is refused where CYBERFRAME_ENV=production.")
        now = timezone.now().replace(microsecond=0)
        try:
            built = seed(now)
        except NotTheDemo as error:
            raise CommandError(str(error)) from None
        path = settings.VAR_DIR / "demo.json"
        write(path, handout(base_url=settings.BASE_URL, incidents=built.incidents))
        self.stdout.write(
            "The demo world is built." if built.fresh else "The demo world is there already."
        )
        for line in states(built):
            self.stdout.write(f"  {line}")
        self.stdout.write(f"  {NOT_BUILT}")
        self.stdout.write(f"Sign-ins and credentials: {path}")


def states(built: Built) -> list[str]:
    """Return a line for each incident: where it stands, and where the demo means it to stand."""
    goals = {story.key: story.goal for story in stories(timezone.now())}
    return [
        f"{key} {incident.ref} {incident.state}"
        + ("" if incident.state == goals[key] else f" (meant to be {goals[key]})")
        for key, incident in built.incidents.items()
    ]
