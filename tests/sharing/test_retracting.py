"""What retracting leaves with the owner itself."""

from __future__ import annotations

from datetime import timedelta

import pytest

from incidents.marking import from_json
from incidents.services import Filing, amend
from incidents.stix import read
from sharing import feed
from sharing.models import GrantKind
from sharing.services.filing import take_in
from sharing.services.life import retract_incident
from tests.factories import (
    NOW,
    bundle,
    by,
    incident,
    indicator,
    make_member,
    make_person,
    stix_id,
)
from tests.sharing.test_updates import reader, share

pytestmark = pytest.mark.django_db
LATER = NOW + timedelta(hours=1)


def test_the_next_version_goes_with_it() -> None:
    owner = make_member("ua", country="UA")
    make_member("ee")
    author = make_person(owner, "author", "analyst", "reviewer")
    reviewer = make_person(owner, "reviewer", "analyst", "reviewer")
    old, new = indicator("old", owner="ua"), indicator("new", owner="ua", address="192.0.2.9")
    what = share(author, reviewer, {"tlp": "AMBER"}, old)
    what.refresh_from_db()
    amend(by=by(author), incident=what, now=LATER)
    data = bundle(incident("one", owner="ua"), old, new)
    filing = Filing(
        submission=read(data), source=data.decode(), marking=from_json({"tlp": "AMBER"})
    )
    take_in(actor=author.actor, person=author, member=owner, filing=filing, now=LATER)

    def own() -> set[str]:
        page = feed.page(reader=reader(owner), kind=GrantKind.OWN, now=LATER, limit=100)
        return {each.object_id for each in page.entries}

    assert stix_id("indicator", "new") in own()
    retract_incident(by=by(reviewer), incident=what, reason="wrong", now=LATER)
    assert own() == {stix_id("incident", "one"), stix_id("indicator", "old")}
