"""Filing at the edges of time and ownership."""

from __future__ import annotations

import threading
from collections import Counter
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor

import pytest
from django.db import connection

from incidents.models import Incident, Revision, StixObject
from incidents.services import Filed, FilingRefused
from members.identity import identity_id
from members.models import Person
from tests.factories import bundle, file, incident, indicator, make_member, make_person, sdo


@pytest.fixture
def author(db: None) -> Person:
    return make_person(make_member("ua", country="UA"), "author", "analyst")


def together(*calls: Callable[[], Filed]) -> list[bool | Exception]:
    """Run the calls in threads that start at once; return whether each created, or its error."""
    barrier = threading.Barrier(len(calls))

    def run(call: Callable[[], Filed]) -> bool | Exception:
        barrier.wait()
        try:
            return call().created
        except Exception as error:
            return error
        finally:
            connection.close()

    with ThreadPoolExecutor(len(calls)) as pool:
        return list(pool.map(run, calls))


@pytest.mark.django_db(transaction=True)
def test_the_same_bundle_twice_at_once_is_one_incident() -> None:
    author = make_person(make_member("ua", country="UA"), "author", "analyst")
    data = bundle(incident("one", owner="ua"), indicator("i", owner="ua"))

    results = together(*[lambda: file(author, data, marking={"tlp": "AMBER"})] * 4)

    assert Counter(results) == {True: 1, False: 3}
    assert (Incident.objects.count(), Revision.objects.count()) == (1, 1)


@pytest.mark.django_db(transaction=True)
def test_two_incidents_that_share_an_object_may_be_filed_at_once() -> None:
    author = make_person(make_member("ua", country="UA"), "author", "analyst")
    shared = indicator("shared", owner="ua")
    calls = [
        lambda key=key: file(author, bundle(incident(key, owner="ua"), shared)) for key in "abcd"
    ]
    results = together(*calls)
    assert results == [True] * 4
    assert StixObject.objects.filter(stix_id=shared["id"]).count() == 1


def test_exact_repeat_changes_nothing(author: Person) -> None:
    data = bundle(incident("one", owner="ua"))
    first, again = file(author, data), file(author, data)
    assert (first.changed, again.changed, again.incident) == (True, False, first.incident)


def test_same_version_with_other_content_names_both_places(author: Person) -> None:
    first = file(author, bundle(incident("one", owner="ua"), indicator("i", owner="ua")))
    other = indicator("i", owner="ua", address="192.0.2.99")
    with pytest.raises(FilingRefused) as refused:
        file(author, bundle(incident("two", owner="ua"), other))
    (problem,) = [p for p in refused.value.problems if p.level == "error"]
    assert (problem.code, problem.number, problem.property) == ("version_taken", 2, "modified")
    assert first.incident.ref in problem.message
    assert Incident.objects.count() == 1


def test_other_members_objects_are_refused_alike_whether_they_exist_or_not(
    author: Person,
) -> None:
    stranger = make_person(make_member("de", country="DE"), "author", "analyst")
    hidden = indicator("hidden", owner="de")
    file(stranger, bundle(incident("theirs", owner="de"), hidden))
    unknown = indicator("unknown", owner="de")

    def refusal(obj: dict[str, object]) -> list[tuple[str, str, str]]:
        with pytest.raises(FilingRefused) as refused:
            file(author, bundle(incident("mine", owner="ua"), obj))
        return [(p.code, p.message, p.fix) for p in refused.value.problems if p.level == "error"]

    assert refusal(hidden) == refusal(unknown)
    assert [code for code, _, _ in refusal(unknown)] == ["not_your_object"]


def test_claiming_to_be_another_member_is_refused_for_the_incident_itself(
    author: Person,
) -> None:
    make_member("de", country="DE")
    with pytest.raises(FilingRefused):
        file(author, bundle(incident("theirs", owner="de")))
    outsider = sdo("incident", "outside", owner="ua", name="outside")
    outsider["created_by_ref"] = identity_id("nobody-here")
    assert file(author, bundle(outsider)).created


def test_an_observable_may_change_under_its_id(author: Person) -> None:
    one = {"type": "file", "spec_version": "2.1", "name": "a.exe"}
    one["id"] = "file--6ad0f6d2-7b5a-5d6e-9c8e-0a4f5a3b2c1d"
    first = file(author, bundle(incident("one", owner="ua"), one))
    second = file(author, bundle(incident("two", owner="ua"), one | {"size": 7}))
    versions = StixObject.objects.filter(stix_id=one["id"]).order_by("version")
    assert first.created
    assert second.created
    assert [row.version.year for row in versions] == [1970, 2026]


def test_an_applicant_s_objects_are_an_outsider_s(author: Person) -> None:
    """A refusal would tell that it applied, which only the secretariat may know."""
    make_member("applicant", country="CZ", status="applicant")
    for maker in ("applicant", "nobody"):
        made = bundle(incident(maker, owner="ua"), indicator(maker, owner=maker))
        assert file(author, made).created
