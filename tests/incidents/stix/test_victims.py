"""Who is a victim: what is struck, by whatever way it is said."""

from __future__ import annotations

from typing import Any

import pytest

from incidents.stix import check, read, victims
from incidents.stix.markings import IMPACT_EXT
from tests.factories import NOW, bundle, incident, sdo, stix_id

OWNER = "cert-ua"
WHO = stix_id("identity", "who")


def who(**fields: Any) -> dict[str, Any]:
    return sdo("identity", "who", owner=OWNER, name="Hospital 3", **fields)


def targets(target: str = WHO, kind: str = "targets") -> dict[str, Any]:
    return sdo(
        "relationship",
        "r",
        owner=OWNER,
        relationship_type=kind,
        source_ref=stix_id("incident", "one"),
        target_ref=target,
    )


def impact(*refs: str) -> dict[str, Any]:
    return sdo(
        "impact",
        "i",
        owner=OWNER,
        impact_category="availability",
        impacted_refs=list(refs),
        extensions={
            IMPACT_EXT: {"extension_type": "new-sdo"},
            "availability": {"availability_impact": 50},
        },
    )


def found(*objects: dict[str, Any]) -> frozenset[str]:
    checked = check(read(bundle(incident("one", owner=OWNER), *objects)), NOW)
    assert not checked.errors, checked.problems
    return victims(checked.objects)


@pytest.mark.parametrize(
    "objects",
    [
        (who(), targets()),
        (who(identity_class="individual"), targets()),
        (who(), impact(WHO)),
        (who(roles=["Victim"]),),
    ],
)
def test_what_is_struck_is_a_victim(objects: tuple[dict[str, Any], ...]) -> None:
    assert found(*objects) == {WHO}


@pytest.mark.parametrize(
    "objects",
    [
        (who(),),
        (who(), targets(kind="related-to")),
        (who(identity_class="class"), targets()),
        (who(roles=["reporter"]),),
        (who(), impact(stix_id("incident", "one"))),
        (who(), targets(stix_id("incident", "one"))),
    ],
)
def test_what_is_only_named_is_none(objects: tuple[dict[str, Any], ...]) -> None:
    assert found(*objects) == frozenset()
