# mypy: ignore-errors
"""A second `decide`, written from domain §3 alone to be compared with the real one.

Deliberately plain and slow: JSON-like dictionaries, whole numbers for time, strings for levels
and paths, every rule spelled out where it is needed. It imports nothing of the platform, so
that no mistake can be in both by being shared. A case looks as `generator.py` makes it.

Where the text leaves a choice, both take the same: of several reasons to cut one property
the earliest step is told; what falls is decided in rounds over everything that still stands;
of contexts that got equally far the first is told; an incident without TLP is taken as RED.
"""

import copy
import re

TLPS = ["CLEAR", "GREEN", "AMBER", "AMBER+STRICT", "RED"]
PAPS = ["CLEAR", "GREEN", "AMBER", "RED"]
TIERS = ["observer", "associate", "partner", "core"]
REACH = {"observer": "GREEN", "associate": "AMBER", "partner": "AMBER+STRICT", "core": "RED"}
FAR = [
    *("NO_CONTEXT", "NO_TLP", "MEMBER_APPLICANT", "MEMBER_SUSPENDED", "MEMBER_WITHDRAWN"),
    *("NOT_RELEASED", "RETRACTED", "SCHEDULED", "EMBARGOED", "EXPIRED", "NO_AGREEMENT", "EXCLUDED"),
    *("COUNTRY_EXCLUDED", "COUNTRY_NOT_RELEASABLE"),
    *("CIRCLE_NOT_MEMBER", "CIRCLE_CLOSED", "CIRCLE_MIN_TIER", "CIRCLE_MAX_TLP"),
    *("NOT_NAMED", "TIER_BELOW_MINIMUM", "TIER_CEILING"),
    *("CHANNEL_RESTRICTED", "CHANNEL_ORG_ONLY", "CHANNEL_ORCON", "CHANNEL_PAP"),
    *("CHANNEL_UNPUBLISHED", "PRINCIPAL_NOT_NAMED", "PRINCIPAL_CEILING"),
    *("ENDPOINT_HIDDEN", "EMPTY_CONTAINER", "REDACTION_BREAKS_OBJECT", "ANONYMOUS"),
    *("PERMIT_OWN", "PERMIT_REFERENCE", "PERMIT_PUBLIC", "PERMIT_NAMED", "PERMIT_CIRCLE"),
    *("PERMIT_COUNTRY", "PERMIT_TIER", "PERMIT_COMMUNITY", "PERMIT_NOTICE"),
]
EARLIEST = FAR.index


# The stricter of two -------------------------------------------------------------------------


def stricter(a, b):
    out = {}
    for key, order in (("tlp", TLPS), ("pap", PAPS), ("min_tier", TIERS)):
        said = [m[key] for m in (a, b) if m.get(key) is not None]
        if said:
            out[key] = max(said, key=order.index)
    for key in ("rel_to", "circles"):
        both = a.get(key, []) + b.get(key, [])
        out[key] = sorted([list(x) for x in {tuple(sorted(tokens)) for tokens in both}])
    for key in ("not_rel_to", "exclude"):
        out[key] = sorted(set(a.get(key, [])) | set(b.get(key, [])))
    for key in ("named", "persons"):
        said = [set(m[key]) for m in (a, b) if m.get(key) is not None]
        if said:
            out[key] = sorted(set.intersection(*said))
    for key, pick in (("release_at", max), ("embargo_until", max), ("expires_at", min)):
        said = [m[key] for m in (a, b) if m.get(key) is not None]
        if said:
            out[key] = pick(said)
    early = []
    for m in (a, b):
        if m.get("embargo_until") is not None:
            early += m.get("early") or [[]]
    out["early"] = early
    out["orcon"] = bool(a.get("orcon") or b.get("orcon"))
    out["anonymous"] = bool(a.get("anonymous") or b.get("anonymous"))
    out["public"] = bool(a.get("public") and b.get("public"))
    return out


# One marking, one subject --------------------------------------------------------------------


def tier_of(member):
    tier = TIERS.index(member["tier"])
    if member["status"] == "probation" and tier > 1:
        tier = 1
    if member["health"] == "lapsed" and tier > 0:
        tier -= 1
    return TIERS[tier]


def has_tier(member, least):
    return TIERS.index(tier_of(member)) >= TIERS.index(least)


def places_of(member, now):
    found = {member["country"]} if member["country"] else set()
    for name, start, end in member["groups"]:
        if not (start is not None and start > now) and not (end is not None and end <= now):
            found.add(name)
    return found


def tlp_of(marking, ctx):
    if ctx["marking"].get("tlp") is None:
        return "RED"
    return marking.get("tlp") or "CLEAR"


def above(tlp, limit):
    return TLPS.index(tlp) > TLPS.index(limit)


def time_failures(marking, member, now):
    out = []
    if marking.get("release_at") is not None and marking["release_at"] > now:
        out.append("SCHEDULED")
    if marking.get("embargo_until") is not None and marking["embargo_until"] > now:
        waits = member is None
        for tokens in marking.get("early") or [[]]:
            tiers = [t for t in tokens if t in TIERS]
            names = [t for t in tokens if t not in TIERS]
            if member is None or not (
                member["slug"] in names or any(has_tier(member, t) for t in tiers)
            ):
                waits = True
        if waits:
            out.append("EMBARGOED")
    if marking.get("expires_at") is not None and marking["expires_at"] <= now:
        out.append("EXPIRED")
    return out


def state_failures(ctx):
    if ctx["state"] == "retracted":
        return ["RETRACTED"]
    return ["NOT_RELEASED"] if ctx["state"] in ("draft", "review") else []


def circle_failure(tokens, member, tlp, now):
    worst = "CIRCLE_NOT_MEMBER"
    for circle in member["circles"]:
        if circle["slug"] not in tokens:
            continue
        ended = circle["ends_at"] is not None and circle["ends_at"] <= now
        if circle["closed"] or ended:
            why = "CIRCLE_CLOSED"
        elif not has_tier(member, circle["min_tier"]):
            why = "CIRCLE_MIN_TIER"
        elif above(tlp, circle["max_tlp"]):
            why = "CIRCLE_MAX_TLP"
        else:
            return None
        if EARLIEST(why) > EARLIEST(worst):
            worst = why
    return worst


def channel_failures(marking, tlp, who):
    out = []
    if who["kind"] == "credential":
        channel = who["channel"]
        to_clients = channel == "downstream" and tlp in ("AMBER+STRICT", "RED")
        to_peer = channel == "peer" and not who["own_instance"] and tlp not in ("CLEAR", "GREEN")
        if to_clients or to_peer:
            out.append("CHANNEL_ORG_ONLY")
        if channel in ("downstream", "peer") and marking.get("orcon"):
            out.append("CHANNEL_ORCON")
        if channel == "blocklist" and marking.get("pap") in ("AMBER", "RED"):
            out.append("CHANNEL_PAP")
    if who["kind"] in ("credential", "person"):
        if marking.get("persons") is not None and (
            who["kind"] == "credential" or who["person"] not in marking["persons"]
        ):
            out.append("PRINCIPAL_NOT_NAMED")
        if above(tlp, who["max_tlp"]):
            out.append("PRINCIPAL_CEILING")
    return out


def limited(marking):
    lists = [marking.get(k) for k in ("rel_to", "not_rel_to", "circles", "exclude")]
    least = marking.get("min_tier") or "observer"
    people = marking.get("named") is not None or marking.get("persons") is not None
    return any(lists) or people or least != "observer"


def public_failures(marking, ctx, now):
    tlp = tlp_of(marking, ctx)
    out = ["NO_TLP"] if ctx["marking"].get("tlp") is None else []
    out += state_failures(ctx) + time_failures(marking, None, now)
    if tlp != "CLEAR":
        out.append("TIER_CEILING")
    if marking.get("public") and limited(marking):
        out.append("CHANNEL_RESTRICTED")
    if marking.get("orcon"):
        out.append("CHANNEL_ORCON")
    if not marking.get("public"):
        out.append("CHANNEL_UNPUBLISHED")
    return out


def failures(marking, ctx, member, who, now):
    if member is None or who["kind"] == "public":
        return public_failures(marking, ctx, now)
    tlp = tlp_of(marking, ctx)
    out = ["NO_TLP"] if ctx["marking"].get("tlp") is None else []
    if member["status"] in ("applicant", "suspended", "withdrawn"):
        out.append("MEMBER_" + member["status"].upper())
    out += state_failures(ctx) + time_failures(marking, member, now)
    signed = member["agreement_until"] is not None and member["agreement_until"] > now
    if tlp != "CLEAR" and not signed:
        out.append("NO_AGREEMENT")
    if member["slug"] in marking.get("exclude", []):
        out.append("EXCLUDED")
    places = places_of(member, now)
    if places.intersection(marking.get("not_rel_to", [])):
        out.append("COUNTRY_EXCLUDED")
    if [tokens for tokens in marking.get("rel_to", []) if not places.intersection(tokens)]:
        out.append("COUNTRY_NOT_RELEASABLE")
    for tokens in sorted(sorted(t) for t in marking.get("circles", [])):
        why = circle_failure(tokens, member, tlp, now)
        if why:
            out.append(why)
    named = marking.get("named")
    if (named is None and tlp == "RED") or (named is not None and member["slug"] not in named):
        out.append("NOT_NAMED")
    if marking.get("min_tier") and not has_tier(member, marking["min_tier"]):
        out.append("TIER_BELOW_MINIMUM")
    if above(tlp, REACH[tier_of(member)]):
        out.append("TIER_CEILING")
    return out + channel_failures(marking, tlp, who)


def reason(marking, ctx, now):
    if not public_failures(marking, ctx, now):
        return "PERMIT_PUBLIC"
    if marking.get("named") is not None:
        return "PERMIT_NAMED"
    if marking.get("circles"):
        return "PERMIT_CIRCLE"
    if marking.get("rel_to"):
        return "PERMIT_COUNTRY"
    if tlp_of(marking, ctx) in ("AMBER", "AMBER+STRICT", "RED"):
        return "PERMIT_TIER"
    return "PERMIT_COMMUNITY"


# Inside an object ----------------------------------------------------------------------------

ID = re.compile(r"^[a-z0-9-]+--[0-9a-f-]{36}$")
NEEDS = {
    "incident": ["name"],
    "indicator": ["pattern", "pattern_type", "valid_from"],
    "malware": ["is_family"],
    "identity": ["name"],
    "relationship": ["relationship_type", "source_ref", "target_ref"],
    "sighting": ["sighting_of_ref"],
    "report": ["name", "published", "object_refs"],
    "note": ["content", "object_refs"],
    "language-content": ["object_ref", "contents"],
    "ipv4-addr": ["value"],
    "network-traffic": ["protocols"],
    "marking-definition": [],
}


def refs_in(value, path=""):
    """Every (path, id) in *_ref and *_refs properties."""
    found = []
    if isinstance(value, dict):
        for key, inner in value.items():
            here = f"{path}.{key}" if path else key
            if key.endswith("_ref") and isinstance(inner, str) and ID.match(inner):
                found.append((here, inner))
            elif key.endswith("_refs"):
                found += [(f"{here}.[{i}]", x) for i, x in enumerate(inner) if ID.match(x)]
            else:
                found += refs_in(inner, here)
    elif isinstance(value, list):
        for i, inner in enumerate(value):
            found += refs_in(inner, f"{path}.[{i}]")
    return found


def steps_of(path):
    return [int(s[1:-1]) if s.startswith("[") else s for s in path.split(".")]


def at(body, path):
    here = body
    for step in steps_of(path):
        if isinstance(step, int) != isinstance(here, list):
            return None
        if isinstance(here, list):
            if step >= len(here):
                return None
        elif not isinstance(here, dict) or step not in here:
            return None
        here = here[step]
    return here


def without(body, paths):
    """The body with everything at the paths gone, and what that left empty."""
    body = copy.deepcopy(body)
    gone = object()
    for path in paths:
        *way, last = steps_of(path)
        here = body
        for step in way:
            here = here[step] if here is not gone else gone
        if here is not gone:
            here[last] = gone

    def sweep(value):
        if isinstance(value, dict):
            kept = {k: sweep(v) for k, v in value.items()}
            kept = {k: v for k, v in kept.items() if v is not gone}
            return gone if value and not kept else kept
        if isinstance(value, list):
            kept = [w for v in value if (w := sweep(v)) is not gone]
            return gone if value and not kept else kept
        return value

    return sweep(body)


def lame(body, paths):
    """Whether the object lacks, without the paths, something that it must have."""
    left = without(body, paths)
    if not isinstance(left, dict):
        return True
    kind = body["type"]
    always = [k for k in ("type", "id", "spec_version", "created", "modified") if k in body]
    if any(key not in left for key in always + NEEDS[kind]):
        return True
    if kind == "network-traffic" and not {"src_ref", "dst_ref"} & set(left):
        return True
    if kind == "marking-definition" and not {"definition", "extensions"} & set(left):
        return True
    for entry in left.get("external_references", []):
        if "source_name" not in entry:
            return True
        if not {"description", "url", "external_id"} & set(entry):
            return True
    return any(
        isinstance(e, dict) and key.startswith("extension-def") and "extension_type" not in e
        for key, e in left.get("extensions", {}).items()
    )


def highest(paths):
    """The paths that lie in none of the others."""
    return [p for p in paths if not any(p.startswith(q + ".") for q in paths)]


def inside(path, paths):
    return any(path == q or path.startswith(q + ".") for q in paths)


# One incident, one subject -------------------------------------------------------------------


def definition(obj):
    return obj["type"] in ("marking-definition", "extension-definition")


def own(obj, ctx, member, who):
    if member is None or who["kind"] == "public":
        return False
    if member["status"] not in ("probation", "active", "suspended"):
        return False
    beside = member["slug"] in ctx["owners"]
    if obj["sco"]:
        return beside
    return obj["creator"] == member["slug"] or (beside and obj["creator"] in ctx["owners"])


def markings_of(obj, ctx):
    base = stricter(ctx["marking"], obj["own"])
    owned = obj["creator"] in ctx["owners"]
    if obj["sco"] or owned or definition(obj) or obj["reference"]:
        return [base]
    return [stricter(base, floor) for floor in ctx["floors"].get(obj["id"], [])]


def mentions(value, words):
    if isinstance(value, dict):
        return any(mentions(v, words) for v in value.values())
    if isinstance(value, list):
        return any(mentions(v, words) for v in value)
    return isinstance(value, str) and any(w.lower() in value.lower() for w in words)


def look(ctx, member, who, now):  # noqa: PLR0912, PLR0915
    """What the incident shows: {id: {code, cuts {path: code}, markings}}, {id: codes}."""
    objects = ctx["objects"]
    telling = ctx["identities"] + ctx["names"]
    unknown = member is None or who["kind"] == "public"
    outsider = unknown or member["slug"] not in ctx["owners"]
    inner = who["kind"] != "credential" or who["channel"] == "internal"
    seen, unseen, fixed = {}, {}, set()
    for obj in objects:
        key, mine = obj["id"], own(obj, ctx, member, who)
        markings = markings_of(obj, ctx)
        if mine and inner:
            seen[key] = {"code": "PERMIT_OWN", "cuts": {}, "markings": markings, "anonymous": False}
            if not markings:  # the carrier has no access left: its own word binds it
                seen[key]["own_tlp"] = obj["own"].get("tlp") or "CLEAR"
            fixed.add(key)
            continue
        hush = any(m["anonymous"] for m in markings) and outsider and not mine
        if obj["type"] == "marking-definition":
            tells = mentions(
                {k: v for k, v in obj["body"].items() if k != "created_by_ref"}, telling
            )
        else:
            tells = key in ctx["identities"]
        if hush and tells:
            unseen[key] = ["ANONYMOUS"]
            continue
        if obj["reference"]:
            seen[key] = {
                "code": "PERMIT_REFERENCE",
                "cuts": {},
                "markings": [],
                "anonymous": False,
            }
            fixed.add(key)
            continue
        good, bad = [], []
        for marking in markings:
            check = own_failures if mine else failures
            why, cuts = check(marking, ctx, member, who, now), {}
            for g in obj["granular"] if not why else []:
                refused = check(stricter(marking, g["marking"]), ctx, member, who, now)
                for selector in g["selectors"] if refused else []:
                    if at(obj["body"], selector) is None:
                        why = ["REDACTION_BREAKS_OBJECT"]
                    elif selector not in cuts or EARLIEST(refused[0]) < EARLIEST(cuts[selector]):
                        cuts[selector] = refused[0]
            if not why and cuts and lame(obj["body"], highest(cuts)):
                why = ["REDACTION_BREAKS_OBJECT"]
            (bad if why else good).append((marking, why, cuts))
        if good:
            shared = set.intersection(*[set(cuts) for _, _, cuts in good])
            codes = ["PERMIT_OWN"] if mine else [reason(m, ctx, now) for m, _, _ in good]
            seen[key] = {
                "code": min(codes, key=EARLIEST),
                "cuts": {p: min((c[p] for _, _, c in good), key=EARLIEST) for p in shared},
                "markings": [m for m, _, _ in good],
                "anonymous": outsider and not mine and any(m["anonymous"] for m, _, _ in good),
            }
        else:
            unseen[key] = furthest([why for _, why, _ in bad])

    def why_hidden(target, key):
        if seen[key]["anonymous"] and target in ctx["identities"]:
            return "ANONYMOUS"
        if target in seen or target in ctx["reference"] or target not in unseen:
            return None
        return unseen[target][0]

    def all_cuts(obj):
        cuts = dict(seen[obj["id"]]["cuts"])

        def cut(path, code):
            if path not in cuts or EARLIEST(code) < EARLIEST(cuts[path]):
                cuts[path] = code

        for path, target in refs_in(obj["body"]):
            why = why_hidden(target, obj["id"])
            if why:
                entry = re.match(r"^(.*\])\.[^\[\]]+$", path)
                cut(entry.group(1) if entry else path, why)
        if seen[obj["id"]]["anonymous"]:
            if "created_by_ref" in obj["body"]:
                cut("created_by_ref", "ANONYMOUS")
            for i, source in enumerate(obj["body"].get("external_references", [])):
                if mentions(source.get("source_name"), telling):
                    cut(f"external_references.[{i}]", "ANONYMOUS")
        return cuts

    def names(obj):
        body = obj["body"]
        return (
            body.get("object_marking_refs", [])
            + [g.get("marking_ref") for g in body.get("granular_markings", [])]
            + list(body.get("extensions", {}))
        )

    def fall(obj):
        key, body = obj["id"], obj["body"]
        if definition(obj):
            namers = sorted(o["id"] for o in objects if o["id"] != key and key in names(o))
            if namers and not [n for n in namers if n in seen]:
                return furthest([unseen[n] for n in namers])
        if obj["type"] in ("relationship", "sighting"):
            for end in ("source_ref", "target_ref", "sighting_of_ref"):
                if end in body and why_hidden(body[end], key):
                    return ["ENDPOINT_HIDDEN"]
        cuts = all_cuts(obj)
        if obj["type"] in ("report", "note"):
            listed = [f"object_refs.[{i}]" for i in range(len(body["object_refs"]))]
            by_granular = [p for p in listed if inside(p, seen[key]["cuts"])]
            if all(inside(p, cuts) for p in listed) and len(by_granular) < len(listed):
                return ["EMPTY_CONTAINER"]
        return ["REDACTION_BREAKS_OBJECT"] if cuts and lame(body, highest(cuts)) else None

    while True:
        standing = [o for o in objects if o["id"] in seen and o["id"] not in fixed]
        fallen = {o["id"]: why for o in standing if (why := fall(o))}
        if not fallen:
            break
        for key, why in fallen.items():
            unseen[key] = why
            del seen[key]
    for obj in objects:
        if obj["id"] in seen and obj["id"] not in fixed:
            cuts = all_cuts(obj)
            seen[obj["id"]]["cuts"] = {p: cuts[p] for p in highest(cuts)}
    return seen, unseen


def own_failures(marking, ctx, member, who, now):
    """What keeps own objects from other channels: not in force, steps 4, 11 and 12."""
    return (
        state_failures(ctx)
        + time_failures(marking, member, now)
        + channel_failures(marking, tlp_of(marking, ctx), who)
    )


def furthest(found):
    best = ["NO_CONTEXT"]
    for codes in found:
        if EARLIEST(codes[0]) > EARLIEST(best[0]):
            best = codes
    return best


def decide(object_id, contexts, member, who, now):
    """(permit, codes, redactions {(path, code)}, strictest TLP or None)."""
    good, bad = [], []
    for ctx in contexts:
        if object_id not in [o["id"] for o in ctx["objects"]]:
            continue
        seen, unseen = look(ctx, member, who, now)
        if object_id in seen:
            good.append((ctx, seen[object_id]))
        else:
            bad.append(unseen[object_id])
    if not good:
        return False, furthest(bad), set(), None
    code = min((s["code"] for _, s in good), key=EARLIEST)
    paths = set.intersection(*[set(s["cuts"]) for _, s in good])
    cuts = {(p, min((s["cuts"][p] for _, s in good), key=EARLIEST)) for p in paths}
    levels = [tlp_of(m, ctx) for ctx, s in good for m in s["markings"]]
    levels += [s["own_tlp"] for _, s in good if "own_tlp" in s]
    return True, [code], cuts, max(levels, key=TLPS.index) if levels else None


def notice(object_id, contexts, member, who, now):
    contexts = [{**c, "state": "released"} for c in contexts if c["state"] == "retracted"]
    permit, codes, cuts, tlp = decide(object_id, contexts, member, who, now)
    return permit, ["PERMIT_NOTICE"] if permit else codes, cuts, tlp
