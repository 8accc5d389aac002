"""Random cases of the policy, the same for the same seed, as JSON-like dictionaries.

A case is a question: incidents, an object, who asks. QUESTIONS of them are put about the same
incidents, since making these costs most. `typed` gives a case as the policy's own types. Times
are whole hours from the case's `now`, which is 0. Most cases lean towards a permit that one
rule may spoil, else nearly all would end at the first refusals.
"""

from __future__ import annotations

import random
from collections.abc import Iterator, Sequence
from datetime import UTC, datetime, timedelta
from typing import Any

from incidents.marking import Marking
from members.standing import CircleTerms, GroupSpan, Standing
from members.tiers import Health, Status, Tier
from members.tlp import PAP, TLP, Channel
from sharing.policy import Context, Granular, Item, Kind, Principal, Subject

NOW = datetime(2026, 3, 1, 12, tzinfo=UTC)
MEMBERS = ["cert-ua", "cert-ee", "cert-ie", "csirt-pl", "isac"]
COUNTRIES = ["UA", "EE", "IE", "PL"]
PLACES = [*COUNTRIES, "NATO", "EU"]
CIRCLES = ["c-fin", "c-sat", "c-wiper"]
PERSONS = ["ann@x.example", "bob@x.example"]
TLPS = ["CLEAR", "GREEN", "AMBER", "AMBER+STRICT", "RED"]
PAPS = ["CLEAR", "GREEN", "AMBER", "RED"]
TIERS = ["observer", "associate", "partner", "core"]
EXTENSION = "extension-definition--00000000-0000-4000-8000-0000000000ee"
TIME = "2026-01-01T00:00:00.000Z"
USUAL = ["indicator", "malware", "ipv4-addr", "report", "relationship"]
OTHERS = ["sighting", "note", "network-traffic", "language-content", "identity", "report"]
OTHERS += ["marking-definition", "marking-definition", "malware"]
SOURCES = ["cert-ua", "CERT-EE (demo) portal", "cve"]
STATUSES = [*["active"] * 14, "probation", "probation", "suspended", "applicant", "withdrawn"]
STATES = [*["released", "updated", "closed"] * 5, "draft", "review", "retracted"]
OUTSIDE = "malware--00000000-0000-4000-8000-00000000ffff"
QUESTIONS = 4
Case = dict[str, Any]


def stix_id(kind: str, number: int) -> str:
    return f"{kind}--00000000-0000-4000-8000-{number:012x}"


IDENTITIES = {slug: stix_id("identity", 0x100 + i) for i, slug in enumerate(MEMBERS)}


def cases(seed: int, count: int) -> Iterator[tuple[Case, list[Context], Subject]]:
    """Yield `count` cases, each as dictionaries and as the policy's types."""
    rng = random.Random(seed)
    for number in range(count):
        if number % QUESTIONS == 0:
            world = [context(rng, number) for number in range(rng.choice([1, 1, 1, 2]))]
            contexts = [typed_context(each) for each in world]
        asked = question(rng, world)
        yield asked, contexts, typed_subject(asked)


def question(rng: random.Random, contexts: list[Case]) -> Case:
    known = sorted({o["id"] for c in contexts for o in c["objects"]})
    return {
        "contexts": contexts,
        "member": None if rng.random() < 0.06 else member(rng),
        "who": principal(rng),
        "target": OUTSIDE if rng.random() < 0.01 else rng.choice(known),
        "now": 0,
    }


def some(rng: random.Random, pool: Sequence[Any], low: int, high: int) -> list[Any]:
    return rng.sample(pool, rng.randint(low, min(high, len(pool))))


def hours(rng: random.Random) -> int:
    return rng.choice([-48, -3, -1, 0, 1, 2, 24, 48])


def maybe(rng: random.Random, rate: float) -> int | None:
    return hours(rng) if rng.random() < rate else None


# Who -----------------------------------------------------------------------------------------


def member(rng: random.Random, slug: str | None = None) -> Case:
    circles = [
        {
            "slug": name,
            "min_tier": rng.choice(TIERS[:1] * 3 + TIERS),
            "max_tlp": rng.choice(TLPS[3:] * 3 + TLPS),
            "closed": rng.random() < 0.1,
            "ends_at": hours(rng) if rng.random() < 0.3 else None,
        }
        for name in some(rng, CIRCLES, 1, 3)
    ]
    groups = [
        (
            name,
            hours(rng) if rng.random() < 0.2 else None,
            hours(rng) if rng.random() < 0.2 else None,
        )
        for name in some(rng, ["NATO", "EU"], 0, 2)
    ]
    return {
        "slug": slug or rng.choice(MEMBERS),
        "status": rng.choice(
            ["active"] * 14 + ["probation"] * 2 + ["suspended", "applicant", "withdrawn"]
        ),
        "tier": rng.choice([*TIERS, "partner", "core", "core"]),
        "health": rng.choice(["good"] * 6 + ["at_risk", "lapsed"]),
        "agreement_until": rng.choice([None, -1] + [hours(rng), 9_000, 9_000] * 4),
        "country": rng.choice([*COUNTRIES, None]),
        "groups": groups,
        "circles": circles,
    }


def principal(rng: random.Random) -> Case:
    kind = rng.choice(["member", "person", "credential", "credential", "credential", "public"])
    kind = kind if kind != "public" or rng.random() < 0.5 else "person"
    return {
        "kind": kind,
        # A credential has its accountable person, whom being named does not help.
        "person": rng.choice(PERSONS) if kind in ("person", "credential") else None,
        "max_tlp": rng.choice([*TLPS, "AMBER+STRICT", "AMBER+STRICT", "RED", "RED"]),
        "channel": rng.choice(["internal", "downstream", "blocklist", "peer"]),
        "own_instance": rng.random() < 0.3,
    }


# Markings ------------------------------------------------------------------------------------


def marking(rng: random.Random, *, own: bool) -> Case:
    """An incident's marking, or an object's own, which states less and is public if silent."""
    rate = 0.05 if own else 0.09
    tlps = [*TLPS[:4], "CLEAR", "GREEN", "AMBER"] if rng.random() < 0.9 else ["RED"]
    stated = rng.random() < (0.35 if own else 0.985)
    out: Case = {"tlp": rng.choice(tlps) if stated else None}
    choices: dict[str, Any] = {
        "pap": lambda: rng.choice(PAPS),
        "min_tier": lambda: rng.choice(TIERS),
        "rel_to": lambda: [
            some(rng, [*COUNTRIES, "NATO", "EU"], 0 if rng.random() < 0.1 else 2, 5)
        ],
        "not_rel_to": lambda: some(rng, PLACES, 1, 2),
        "circles": lambda: [some(rng, CIRCLES, 1, 3) for _ in range(rng.randint(1, 2))],
        "named": lambda: some(rng, MEMBERS, 0 if rng.random() < 0.1 else 2, 5),
        "persons": lambda: some(rng, PERSONS, 0, 2),
        "exclude": lambda: some(rng, MEMBERS, 1, 2),
        "release_at": lambda: hours(rng),
        "embargo_until": lambda: hours(rng),
        "expires_at": lambda: rng.choice([hours(rng), 24, 48]),
    }
    for key, make in choices.items():
        if rng.random() < rate:
            out[key] = make()
    if out["tlp"] == "RED" and rng.random() < 0.8:
        out["named"] = some(rng, MEMBERS, 2, 5)
    if out.get("embargo_until") is not None and rng.random() < 0.7:
        out["early"] = [
            some(rng, [*MEMBERS, "core", "partner"], 0, 3) for _ in range(rng.randint(1, 2))
        ]
    out["orcon"] = rng.random() < rate
    out["anonymous"] = rng.random() < (0.03 if own else 0.2)
    out["public"] = rng.random() < (0.97 if own else 0.4)
    return out


# Incidents and their objects -----------------------------------------------------------------


def context(rng: random.Random, number: int) -> Case:
    owners = some(rng, MEMBERS, 1, 2)
    kinds = [*USUAL, *some(rng, OTHERS, 0, 4)]
    # Some ids are the same in both incidents, others are not.
    ids = [stix_id("incident", number)]
    for place, kind in enumerate(kinds):
        if kind == "identity":
            ids.append(IDENTITIES[rng.choice([owners[0], rng.choice(MEMBERS)])])
        else:
            ids.append(stix_id(kind, 0x10 + place + (0x20 * number if rng.random() < 0.3 else 0)))
    ids = list(dict.fromkeys(ids))
    objects = [stix_object(rng, key, ids, owners) for key in ids]
    foreign = [o["id"] for o in objects if o["creator"] not in owners]
    return {
        "incident": ids[0],
        "owners": owners,
        "state": rng.choice(
            ["released", "updated", "closed"] * 5 + ["draft", "review", "retracted"]
        ),
        "marking": marking(rng, own=False),
        "objects": objects,
        "floors": {
            key: [marking(rng, own=True) for _ in range(rng.choice([0, 1, 1, 1, 2, 2]))]
            for key in foreign
            if rng.random() < 0.95
        },
        "reference": [rng.choice(ids)] if rng.random() < 0.05 else [],
        "identities": [IDENTITIES[slug] for slug in owners],
        "names": owners + [slug.upper() + " (demo)" for slug in owners],
    }


def stix_object(rng: random.Random, key: str, ids: list[str], owners: list[str]) -> Case:
    kind = key.split("--", maxsplit=1)[0]
    sco = kind in ("ipv4-addr", "network-traffic")
    creator = rng.choice(owners if rng.random() < 0.8 else MEMBERS)
    body = body_of(rng, key, kind, ids)
    if not sco:
        body |= {"spec_version": "2.1", "created": TIME}
        if kind != "marking-definition":
            body |= {"modified": TIME}
        if rng.random() < 0.6:
            body["created_by_ref"] = IDENTITIES[creator]
    decorate(rng, body, ids)
    granular = granulars(rng, body, ids)
    return {
        "id": key,
        "type": kind,
        "creator": None if sco else creator,
        "sco": sco,
        "own": marking(rng, own=True) if rng.random() < 0.5 else {"public": True},
        "body": body,
        "granular": granular,
        "reference": rng.random() < 0.02,
    }


def body_of(rng: random.Random, key: str, kind: str, ids: list[str]) -> Case:
    def target() -> str:
        return rng.choice(ids) if rng.random() < 0.9 else OUTSIDE

    def targets() -> list[str]:
        return list(dict.fromkeys(target() for _ in range(rng.randint(1, 4))))

    match kind:
        case "incident":
            own: Case = {"name": "Wiper", "description": "What happened"}
        case "indicator":
            own = {"pattern": "[a:b = 1]", "pattern_type": "stix", "valid_from": TIME}
        case "malware":
            own = {"is_family": False, "name": "GhostBoot", "sample_refs": targets()}
        case "identity":
            own = {"name": "An identity"}
        case "ipv4-addr":
            own = {"value": "192.0.2.1", "resolves_to_refs": targets()}
        case "network-traffic":
            own = {"protocols": ["tcp"], "src_ref": target()}
            own |= {"dst_ref": target()} if rng.random() < 0.5 else {}
        case "relationship":
            own = {
                "relationship_type": "related-to",
                "source_ref": target(),
                "target_ref": target(),
            }
        case "sighting":
            seen = [rng.choice(list(IDENTITIES.values())) for _ in range(2)]
            own = {"sighting_of_ref": target(), "where_sighted_refs": seen}
        case "report":
            own = {"name": "Report", "published": TIME, "object_refs": targets()}
        case "note":
            own = {"content": "Seen", "object_refs": targets()}
        case "language-content":
            own = {"object_ref": target(), "contents": {"uk": {"name": "Вайпер"}}}
        case _:
            said = rng.choice(["Copyright", "By cert-ua", "Of CERT-EE (demo)"])
            own = {"definition_type": "statement", "definition": {"statement": said}}
    return {"type": kind, "id": key} | own


def decorate(rng: random.Random, body: Case, ids: list[str]) -> None:
    """Add what any object may have: labels, sources, an extension with references, markings."""
    if rng.random() < 0.4:
        body["labels"] = ["one", "two", "three"][: rng.randint(1, 3)]
    if rng.random() < 0.4:
        body["external_references"] = [
            {
                "source_name": rng.choice(["cert-ua", "CERT-EE (demo) portal", "cve"]),
                "external_id": "7",
            }
            | ({"url": "https://x.example"} if rng.random() < 0.5 else {})
            for _ in range(rng.randint(1, 2))
        ]
    if rng.random() < 0.3:
        body["extensions"] = {
            EXTENSION: {
                "extension_type": "property-extension",
                "events": [
                    {"event_ref": rng.choice(ids), "next": i} for i in range(rng.randint(1, 2))
                ],
                "seen_refs": some(rng, ids, 1, 2),
            }
        }
    definitions = [key for key in ids if key.startswith("marking-definition") and key != body["id"]]
    if definitions and rng.random() < 0.5:
        body["object_marking_refs"] = some(rng, definitions, 1, 2)


def granulars(rng: random.Random, body: Case, ids: list[str]) -> list[Case]:
    if rng.random() > 0.3:
        return []
    places = [k for k in body if k not in ("id", "type", "spec_version", "created", "modified")]
    places += [f"{k}.[{i}]" for k in body if isinstance(body[k], list) for i in range(len(body[k]))]
    places += [f"{p}.url" for p in places if p.startswith("external_references.[")]
    places += [f"extensions.{EXTENSION}.events.[0]"] if "extensions" in body else []
    places = [p for p in places if p.split(".")[0] != "object_marking_refs"]
    definitions = [key for key in ids if key.startswith("marking-definition")]
    out = []
    for index in range(rng.randint(1, 2)):
        found = some(rng, places, 1, 2) if rng.random() < 0.97 else ["absent.[3]"]
        # A selector that names nothing makes a case for refusing the whole object.
        found = [p for p in found if not p.endswith(".url") or _has(body, p)] or places[:1]
        ref = (
            rng.choice(definitions)
            if definitions and rng.random() < 0.3
            else stix_id("marking-definition", 0xAAA)
        )
        body.setdefault("granular_markings", []).append({"marking_ref": ref, "selectors": found})
        out.append({"index": index, "selectors": found, "marking": marking(rng, own=True)})
    return out


def _has(body: Case, path: str) -> bool:
    number = int(path.split("[")[1].split("]", maxsplit=1)[0])
    return "url" in body["external_references"][number]


# As the policy's types -----------------------------------------------------------------------


def time(value: int | None) -> datetime | None:
    return None if value is None else NOW + timedelta(hours=value)


def typed_marking(given: Case) -> Marking:
    def sets(key: str) -> tuple[frozenset[str], ...]:
        return tuple(frozenset(tokens) for tokens in given.get(key, []))

    def limit(key: str) -> frozenset[str] | None:
        return None if given.get(key) is None else frozenset(given[key])

    return Marking(
        tlp=None if given.get("tlp") is None else TLP.parse(given["tlp"]),
        pap=PAP.parse(given.get("pap") or "CLEAR"),
        min_tier=Tier.parse(given.get("min_tier") or "observer"),
        rel_to=sets("rel_to"),
        not_rel_to=frozenset(given.get("not_rel_to", [])),
        circles=sets("circles"),
        named=limit("named"),
        persons=limit("persons"),
        exclude=frozenset(given.get("exclude", [])),
        release_at=time(given.get("release_at")),
        embargo_until=time(given.get("embargo_until")),
        early=sets("early"),
        expires_at=time(given.get("expires_at")),
        orcon=given.get("orcon", False),
        anonymous=given.get("anonymous", False),
        public=given.get("public", False),
    )


def typed_member(given: Case) -> Standing:
    return Standing(
        member=given["slug"],
        status=Status(given["status"]),
        tier=Tier.parse(given["tier"]),
        health=Health(given["health"]),
        agreement_until=time(given["agreement_until"]),
        country=given["country"],
        groups=tuple(GroupSpan(n, time(start), time(end)) for n, start, end in given["groups"]),
        circles=tuple(
            CircleTerms(
                slug=c["slug"],
                min_tier=Tier.parse(c["min_tier"]),
                max_tlp=TLP.parse(c["max_tlp"]),
                open=not c["closed"],
                ends_at=time(c["ends_at"]),
            )
            for c in given["circles"]
        ),
    )


def typed_principal(given: Case) -> Principal:
    return Principal(
        kind=Kind(given["kind"]),
        person=given["person"],
        max_tlp=TLP.parse(given["max_tlp"]),
        channel=Channel(given["channel"]),
        own_instance=given["own_instance"],
    )


def typed_object(given: Case) -> Item:
    return Item(
        id=given["id"],
        type=given["type"],
        creator=given["creator"],
        sco=given["sco"],
        own=typed_marking(given["own"]),
        body=given["body"],
        granular=tuple(
            Granular(g["index"], tuple(g["selectors"]), typed_marking(g["marking"]))
            for g in given["granular"]
        ),
        reference=given["reference"],
    )


def typed_context(given: Case) -> Context:
    return Context(
        incident=given["incident"],
        owners=frozenset(given["owners"]),
        state=given["state"],
        marking=typed_marking(given["marking"]),
        items={o["id"]: typed_object(o) for o in given["objects"]},
        floors={k: tuple(typed_marking(m) for m in ms) for k, ms in given["floors"].items()},
        reference=frozenset(given["reference"]),
        owner_identities=frozenset(given["identities"]),
        owner_names=frozenset(given["names"]),
    )


def typed_subject(given: Case) -> Subject:
    who = given["member"]
    return Subject(None if who is None else typed_member(who), typed_principal(given["who"]))
