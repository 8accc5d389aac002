"""Four eyes: nobody is a second person by a credential that speaks for a colleague."""

from __future__ import annotations

import pytest

from audit.actors import SYSTEM, Actor
from incidents.marking import Marking
from incidents.models import Incident
from incidents.services import By, Filing, submit
from incidents.stix import read
from members import services
from members.errors import NotPermitted
from members.models import Credential, Member, Person
from members.roles import Scope
from members.services import NewCredential
from members.tlp import TLP
from sharing.models import Release, ReportKind
from sharing.preview import preview
from sharing.services.filing import take_in
from sharing.services.release import Approval, release_incident
from tests.factories import NOW, bundle, by, file, incident, make_member, make_person

pytestmark = pytest.mark.django_db
SCOPES = frozenset({Scope.INCIDENTS_WRITE, Scope.INCIDENTS_RELEASE})


@pytest.fixture
def ua() -> Member:
    make_member("ee", country="EE")
    return make_member("ua", country="UA")


@pytest.fixture
def one(ua: Member) -> Person:
    """Return who writes, and issues the team's credentials."""
    return make_person(ua, "one", "analyst", "reviewer", "member_admin")


@pytest.fixture
def two(ua: Member) -> Person:
    return make_person(ua, "two", "analyst", "reviewer")


def machine(of: Person, issued_by: Actor) -> By:
    """Issue a credential that speaks for a person; return it as services take it."""
    new = NewCredential(member=of.member, accountable_person=of, scopes=SCOPES)
    made = services.issue_credential(new=new, actor=issued_by, now=NOW).credential
    return acting(made, of)


def acting(credential: Credential, person: Person) -> By:
    actor = Actor(
        person_id=person.pk, credential_id=credential.pk, member_id=person.member_id, label="cfc"
    )
    return By(actor=actor, person=person, scoped=True)


def severe(who: By) -> Incident:
    """File an incident of level 5, which needs two people, and hand it to the reviewers."""
    assert who.person.member is not None
    data = bundle(incident("five", owner="ua", level=5))
    marking = Marking(tlp=TLP.GREEN)
    filing = Filing(submission=read(data), source=data.decode(), marking=marking)
    made = take_in(
        actor=who.actor, person=who.person, member=who.person.member, filing=filing, now=NOW
    ).incident
    return submit(by=who, incident=made, now=NOW)


def let_out(who: By, made: Incident) -> Release:
    made = Incident.objects.select_related("owner", "head").get(pk=made.pk)
    digest = preview(incident=made, now=NOW).digest
    approval = Approval(digest=digest, report_kind=ReportKind.NOTIFICATION)
    return release_incident(by=who, incident=made, approval=approval, now=NOW)


def test_who_issued_a_credential_does_not_release_by_it_what_it_wrote(
    one: Person, two: Person
) -> None:
    made = severe(by(one))
    with pytest.raises(NotPermitted):
        let_out(machine(two, one.actor), made)
    assert let_out(machine(two, SYSTEM), made).by == two


def test_who_rotated_a_credential_knows_its_secret(one: Person, two: Person) -> None:
    made, others = severe(by(one)), machine(two, SYSTEM)
    credential = Credential.objects.get()
    services.rotate_credential(credential=credential, actor=one.actor, now=NOW)
    with pytest.raises(NotPermitted):
        let_out(others, made)


def test_a_reassigned_credential_is_still_its_former_person_s(one: Person, two: Person) -> None:
    made = severe(machine(two, SYSTEM))
    credential = Credential.objects.get()
    services.reassign_credential(credential=credential, person=one, actor=SYSTEM, now=NOW)
    with pytest.raises(NotPermitted):
        let_out(acting(credential, one), made)


def test_what_it_may_have_written_by_a_credential_it_does_not_release_itself(
    one: Person, two: Person
) -> None:
    made = severe(machine(two, one.actor))
    with pytest.raises(NotPermitted):
        let_out(by(one), made)


def test_credentials_of_two_people_are_two(one: Person, two: Person, ua: Member) -> None:
    three = make_person(ua, "three", "analyst")
    made = severe(machine(three, one.actor))
    assert let_out(machine(two, one.actor), made).by == two


def test_signed_in_people_are_who_they_are(one: Person, two: Person) -> None:
    made = file(one, bundle(incident("four", owner="ua", level=4)), marking={"tlp": "GREEN"})
    submit(by=by(one), incident=made.incident, now=NOW)
    with pytest.raises(NotPermitted):
        let_out(by(one), made.incident)
    assert let_out(by(two), made.incident).by == two
