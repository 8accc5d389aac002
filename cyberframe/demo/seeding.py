"""Building the demo world, all of it or nothing, through the services that people use."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from django.db import transaction

from cyberframe.demo.founding import found_coalition
from cyberframe.demo.incidents import stories
from cyberframe.demo.organisations import APPLICANT, MEMBERS
from cyberframe.demo.telling import tell
from incidents.models import Incident
from members.identity import identity_id
from members.models import Member


class NotTheDemo(Exception):
    """The database holds something else under the demo's names; the message is one line."""


@dataclass(frozen=True, slots=True)
class Built:
    """Whether anything was built, and the incidents by their keys in the demo's table."""

    fresh: bool
    incidents: dict[str, Incident]


@transaction.atomic
def seed(now: datetime) -> Built:
    """Build the demo world as of `now`, unless it is there already.

    Raises:
        NotTheDemo: members of the demo's names are there, but not the demo's incidents.
    """
    told = stories(now)
    found = {
        story.key: Incident.objects.filter(
            owner__slug=story.owner, stix_id=story.incident["id"]
        ).first()
        for story in told
    }
    present = {key: incident for key, incident in found.items() if incident is not None}
    if len(present) == len(found):
        return Built(False, present)
    slugs = [member.slug for member in (*MEMBERS, APPLICANT)]
    taken = Member.objects.filter(slug__in=slugs) | Member.objects.filter(
        stix_identity_id__in=[identity_id(slug) for slug in slugs]
    )
    if taken.exists():
        names = ", ".join(taken.order_by("slug").values_list("slug", flat=True)[:3])
        raise NotTheDemo(
            f"This database holds members of the demo's names ({names}) that the demo did not "
            "make whole. Use an empty database."
        )
    found_coalition(now)
    return Built(True, tell(told, now))
