"""Lawful erasure: the owner's administrator asks, a platform administrator agrees, nothing undoes.

Releases are immutable so that what was shared can be proved; the law may still demand that content
goes. Then the rows that hold it get a marker in place of it, whoever had it is asked to delete it,
and what remains are references, times, ids of versions, counts and hashes.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from datetime import datetime

from django.db import connection, models, transaction
from django.db.models import Q
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from audit.actions import Action, Target
from audit.actors import Actor
from audit.models import Entry
from audit.services import record
from incidents.models import Incident, RevisionObject, State, Working
from incidents.services import locked
from incidents.services.erasing import erase_filed, marker_of
from members.authority import Authority, authority_of
from members.behind import people_behind, people_behind_acts
from members.errors import Conflict, Invalid, NotPermitted
from members.models import Person
from members.roles import Right
from sharing import contexts
from sharing.carried import carriers_of
from sharing.locks import standings_change
from sharing.models import (
    Erasure,
    ErasureState,
    Grant,
    Recall,
    RecallAnswer,
    RecallKind,
    RecallNotice,
    Release,
    ReuseRequest,
)
from sharing.noticing import put_in_feeds
from sharing.recalling import lost, recall
from sharing.services.carrying import resettle_carriers
from sharing.withdrawing import withdraw

ASKED = Action("sharing:erasure:ask")
DECLINED = Action("sharing:erasure:decline")
ERASED = Action("sharing:erasure:perform")
_CASE = re.compile(r"[A-Za-z0-9][A-Za-z0-9./-]{0,39}|")


class Ground(models.TextChoices):
    """Why content has to go. With a file number, all that is said of the reason: no content."""

    DATA_SUBJECT = "data-subject", gettext_lazy("A person's right to erasure")
    ORDER = "order", gettext_lazy("An order of a court or authority")
    UNLAWFUL = "unlawful", gettext_lazy("It should never have been filed")
    TERM = "term", gettext_lazy("The time for which it may be kept is over")


def ground_and_case(erasure: Erasure) -> tuple[Ground | None, str]:
    """Return why it has to go, and the file number; nothing that may be more than that."""
    ground, _space, case = erasure.reason.partition(" ")
    if ground not in Ground.values or not _CASE.fullmatch(case):
        return None, ""
    return Ground(ground), case


@transaction.atomic
def ask(*, actor: Actor, incident: Incident, ground: Ground, case: str, now: datetime) -> Erasure:
    """Ask for the erasure of an incident; nothing changes before a second person agrees.

    Raises:
        NotFound: the incident is another member's.
        NotPermitted: no administrator of the owner.
        Invalid: the file number holds more than letters, digits, dots, slashes and hyphens.
        Conflict: it is asked for, or done, already.
    """
    incident = locked(incident)
    authority = authority_of(actor)
    authority.require_own(Right.OWN_PEOPLE, incident.owner, narrowing=True)
    if authority.person is None:
        raise NotPermitted(_("Only a person can ask for this."))
    if not _CASE.fullmatch(case):
        raise Invalid(
            _("Give the file number alone: letters, digits, dots, slashes and hyphens."),
            field="case",
        )
    if incident.erasures.exclude(state=ErasureState.DECLINED).exists():
        raise Conflict(_("The erasure of this incident is asked for already, or done."))
    erasure = Erasure.objects.create(
        incident=incident,
        reason=f"{ground.value} {case}".strip(),
        asked_by=authority.person,
        asked_at=now,
    )
    _record(erasure, authority, ASKED, now, {"ground": ground.value, "case": case})
    return erasure


@transaction.atomic
def decline(*, actor: Actor, erasure: Erasure, now: datetime) -> Erasure:
    """Decline what was asked for; who asked may take it back as well.

    Raises:
        NotPermitted: neither a platform administrator nor who may ask.
        Conflict: it is decided already.
    """
    erasure = _open(erasure)
    authority = authority_of(actor)
    own = authority.has_own(Right.OWN_PEOPLE, erasure.incident.owner)
    if not own:
        authority.require(Right.STAFF)
    erasure.state, erasure.decided_at = ErasureState.DECLINED, now
    if not _may_have_asked(erasure, actor):
        erasure.decided_by = authority.person
    erasure.save(update_fields=["state", "decided_by", "decided_at"])
    _record(erasure, authority, DECLINED, now, {})
    return erasure


@transaction.atomic
def approve(*, actor: Actor, erasure: Erasure, now: datetime) -> Erasure:
    """Erase the incident, as a platform administrator who is not who asked. There is no way back.

    At once: its state is retracted, every grant of it withdrawn, its content gone from every row,
    and whoever had it asked to delete it.

    Raises:
        NotPermitted: no platform administrator, who asked, or who asked may not any more.
        Conflict: it is decided already.
    """
    erasure = _open(erasure)
    authority = authority_of(actor)
    authority.require(Right.STAFF)
    if authority.person is None:
        raise NotPermitted(_("Only a person can decide this."))
    if _may_have_asked(erasure, actor):
        raise NotPermitted(_("You asked for this yourself. Another administrator decides."))
    _require_asker(erasure)
    incident = locked(erasure.incident)
    standings_change()  # nobody decides, or renders, what is being erased
    erasure.state, erasure.decided_at = ErasureState.DONE, now
    erasure.decided_by = authority.person
    erasure.save(update_fields=["state", "decided_by", "decided_at"])
    objects, members = _erase(incident, erasure.reason, authority.person, now)
    details = {"objects": objects, "members": members, "version": incident.version}
    _record(erasure, authority, ERASED, now, details)
    return erasure


def _erase(incident: Incident, reason: str, by: Person, now: datetime) -> tuple[int, int]:
    """Take it out of the feeds, erase it, recall it; return the objects and members concerned."""
    last = (
        Release.objects.filter(incident=incident)
        .select_related("incident__owner", "revision")
        .order_by("-version")
        .first()
    )
    loaded = contexts.of_release(last, now) if last else None
    incident.state, incident.working = State.RETRACTED.value, Working.NONE.value
    incident.changed_at = now
    incident.save(update_fields=["state", "working", "changed_at"])
    Release.objects.filter(incident=incident, ended_at=None).update(ended_at=now)
    standing = Grant.objects.filter(
        rendering__revision__incident=incident, withdrawn_at=None, single_ordinal=None
    ).order_by("-last")
    withdraw(list(standing.values_list("pk", flat=True)), now=now)
    resettle_carriers(carriers_of(incident.pk), now=now)
    places = RevisionObject.objects.filter(revision__incident=incident)
    ids = set(places.values_list("object__stix_id", flat=True))
    found = lost(incident=incident, kind=RecallKind.ERASURE, object_ids=ids, now=now)
    with _erasing():
        _erase_shared(incident, reason, ids)
        objects = erase_filed(incident=incident, reason=reason)
    made = recall(
        incident=incident,
        release=None,
        kind=RecallKind.ERASURE,
        lost=found,
        by=by,
        reason=reason,
        now=now,
    )
    if made is not None and last is not None and loaded is not None:
        put_in_feeds(recall=made, release=last, loaded=loaded, now=now)
    return objects, len({each.member_id for each in found})


@contextmanager
def _erasing() -> Iterator[None]:
    """Let this transaction, and no other, change what is never changed."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT set_config('cyberframe.erasure', 'on', true)")
        yield
        cursor.execute("SELECT set_config('cyberframe.erasure', '', true)")


def _erase_shared(incident: Incident, reason: str, object_ids: set[str]) -> None:
    """Erase what was rendered, and the words that people wrote about it."""
    with connection.cursor() as cursor:
        for sql in (_BODIES, _SUMMARIES):
            cursor.execute(sql, {"incident": incident.pk, "reason": reason})
    marker = marker_of(reason)
    Release.objects.filter(incident=incident).exclude(reason="").update(reason=marker)
    Recall.objects.filter(incident=incident).exclude(reason="").update(reason=marker)
    for notes in (
        RecallNotice.objects.filter(recall__incident=incident),
        RecallAnswer.objects.filter(notice__recall__incident=incident),
    ):
        notes.exclude(note="").update(note=marker)
    about = Q(incident=incident) | Q(originator=incident.owner_id, object_id__in=object_ids)
    for words in ("purpose", "note"):
        asked = ReuseRequest.objects.filter(about).exclude(**{words: ""})
        asked.update(**{words: marker})


_BODIES = """
UPDATE sharing_renderingobject o SET body = json_build_object('type', o.type,
  'spec_version', '2.1', 'id', o.object_id, 'erased', %(reason)s::text)::text
FROM sharing_rendering r JOIN incidents_revision v ON v.id = r.revision_id
WHERE r.id = o.rendering_id AND v.incident_id = %(incident)s"""

# What recipients have to go by stays: how it was marked, and how much it was.
_SUMMARIES = """
UPDATE sharing_rendering r SET
  key = encode(sha256(convert_to(r.key || gen_random_uuid(), 'UTF8')), 'hex'),
  summary = jsonb_build_object('title', '', 'level', NULL, 'sectors', '[]'::jsonb,
    'erased', %(reason)s::text, 'incident', false, 'anonymous', true,
    'tlp', r.summary->'tlp', 'pap', r.summary->'pap', 'orcon', r.summary->'orcon',
    'indicators', r.summary->'indicators', 'objects', r.summary->'objects')
FROM incidents_revision v WHERE v.id = r.revision_id AND v.incident_id = %(incident)s"""


def _open(erasure: Erasure) -> Erasure:
    found = (
        Erasure.objects.select_for_update(of=("self",))
        .select_related("incident__owner", "asked_by__member")
        .get(pk=erasure.pk)
    )
    if found.state != ErasureState.ASKED:
        raise Conflict(_("This is decided already."))
    return found


def _may_have_asked(erasure: Erasure, actor: Actor) -> bool:
    """Say whether the actor and who asked may be one person, by whatever credentials."""
    acts = Entry.objects.filter(
        action=ASKED.name, target_kind="incident", target_key=erasure.incident.ref
    )
    done = acts.filter(details__erasure=erasure.pk)
    return not (people_behind_acts(done) | {erasure.asked_by_id}).isdisjoint(people_behind(actor))


def _require_asker(erasure: Erasure) -> None:
    """Refuse what was asked for by an account that has lost the right since, or was closed."""
    asker, owner = erasure.asked_by, erasure.incident.owner
    own = asker.may_enter and Right.OWN_PEOPLE in asker.rights and asker.member_id == owner.pk
    if not (own or (asker.may_enter and asker.is_superuser)):
        raise NotPermitted(_("Who asked for this no longer may. Decline it, and ask anew."))


def _record(
    erasure: Erasure,
    authority: Authority,
    action: Action,
    now: datetime,
    details: Mapping[str, str | int],
) -> None:
    record(
        actor=authority.actor,
        action=action,
        target=Target("incident", erasure.incident.ref),
        at=now,
        member_id=erasure.incident.owner_id,
        details={"erasure": erasure.pk, **details},
    )
