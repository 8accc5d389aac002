"""What the team is asked to delete, and who still holds what the team took back."""

from __future__ import annotations

import re
import uuid
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final
from urllib.parse import urlencode

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from incidents.pages import by_of, page, person_of, refused
from incidents.references import Reference
from members.errors import Conflict, Invalid, NotFound, NotPermitted
from members.models import Person
from members.roles import Role
from sharing import recall_board, recalls
from sharing.door import Reader, reader_of_person
from sharing.models import RecallKind, RecallState
from sharing.recall_board import Block, Show
from sharing.services.recalls import LONGEST_NOTE, answer, note_seen

ROWS: Final = 20
ITEMS: Final = 200  # of one recall; machines get them all
MOST_PAGES: Final = 1_000
WHAT: Final = {
    RecallKind.TIGHTENED: gettext_lazy("Its owner no longer shares it with you."),
    RecallKind.RETRACTED: gettext_lazy("Its owner takes it back: do not act on it any more."),
    RecallKind.DROPPED: gettext_lazy("An update of the incident no longer carries it."),
    RecallKind.ERASURE: gettext_lazy("The law wants it erased, backups included."),
    RecallKind.ORIGIN: gettext_lazy("Its originator withdrew it from whoever passed it on."),
    RecallKind.MEMBERSHIP: gettext_lazy("Your membership ended, and with it your right to it."),
}


@dataclass(frozen=True, slots=True)
class Wrong:
    """An answer that could not be taken: which recall, why, and what was written."""

    key: uuid.UUID
    sentence: str
    note: str


@page("GET", "HEAD")
def to_us(request: HttpRequest) -> HttpResponse:
    """Show what the team is asked to delete, what is due first first."""
    return _to_us(request) or _not_yours(request)


@page("POST")
def reply(request: HttpRequest, key: uuid.UUID) -> HttpResponse:
    """Confirm that what was recalled is deleted, or refuse with a note."""
    reader = _reader(person_of(request))
    states = {"confirm": RecallState.CONFIRMED, "refuse": RecallState.REFUSED}
    state, note = states.get(request.POST.get("answer", "")), request.POST.get("note", "")
    if reader is None or state is None:
        raise Http404
    try:
        answer(
            by=by_of(request), reader=reader, key=key, state=state, note=note, now=timezone.now()
        )
    except NotFound:
        raise Http404 from None
    except NotPermitted as refusal:
        return refused(request, refusal.sentence)
    except Conflict as conflict:
        messages.warning(request, conflict.sentence)
    except Invalid as invalid:
        wrong = Wrong(key, invalid.sentence, note[:LONGEST_NOTE])
        return _to_us(request, wrong) or _not_yours(request)
    else:
        messages.success(request, _("Your answer is with the owner."))
    return HttpResponseRedirect(reverse("sharing:recalls"))


@page("GET", "HEAD")
def ours(request: HttpRequest) -> HttpResponse:
    """Show who still holds what the team took back."""
    person, now = person_of(request), timezone.now()
    reader = _reader(person)
    if reader is None:
        return _not_yours(request)
    given = request.GET.get("incident", "")
    ref = given if re.fullmatch(Reference.regex, given) else ""
    given = request.GET.get("show", "")
    show = Show(given) if given in set(Show) else Show.ALL if ref else Show.OPEN
    number = _number(request)
    offset = number * recall_board.BLOCKS
    found = recall_board.board(person=person, now=now, show=show, ref=ref, offset=offset)
    counts = recall_board.totals(person=person, now=now, ref=ref)
    context = {
        "blocks": [_block(each, now) for each in found.blocks],
        "incident": ref,
        "choices": _choices("recalls-ours", _SHOWN, show, counts, incident=ref),
        "show": show.value,
        **_pages("recalls-ours", number, found.more, show=show.value, incident=ref),
        "tabs": _tabs(reader, person, now, ours=True),
    }
    return render(request, "sharing/recalls_ours.html", context)


def _to_us(request: HttpRequest, wrong: Wrong | None = None) -> HttpResponse | None:
    person, now = person_of(request), timezone.now()
    reader = _reader(person)
    if reader is None:
        return None
    everything = Show.ALL in (request.GET.get("show"), request.POST.get("show"))
    number = _number(request)
    found = recalls.by_deadline(
        reader=reader,
        now=now,
        state=None if everything else RecallState.OPEN,
        offset=number * ROWS,
        limit=ROWS,
        items=ITEMS,
    )
    note_seen([each.pk for each in found.rows if each.seen_at is None], now=now)
    show = Show.ALL if everything else Show.OPEN
    context = {
        "rows": [_row(each, now, wrong) for each in found.rows],
        "wrong": wrong,
        "choices": _choices("recalls", _ASKED, show, {}),
        "show": show.value,
        "may_answer": person.has_role(Role.REVIEWER),
        "longest_note": LONGEST_NOTE,
        **_pages("recalls", number, found.more, show=show.value),
        "tabs": _tabs(reader, person, now, ours=False),
    }
    return render(request, "sharing/recalls.html", context, status=422 if wrong else 200)


def _reader(person: Person) -> Reader | None:
    """Return the person as the door takes it, None for those whom recalls are no business of."""
    return reader_of_person(person) if person.has_role(Role.ANALYST, Role.REVIEWER) else None


def _not_yours(request: HttpRequest) -> HttpResponse:
    return refused(request, _("Recalls are for analysts and reviewers. Ask one of your team."))


def _row(notice: recalls.Notice, now: datetime, wrong: Wrong | None) -> dict[str, Any]:
    here = wrong if wrong and wrong.key == notice.key else None
    return {
        "key": notice.key,
        "kind": notice.kind.label,
        "what": WHAT[notice.kind],
        "ref": notice.ref,
        "tlp": notice.tlp,
        "at": notice.at,
        "due_at": notice.due_at,
        "overdue": _overdue(notice.state, notice.due_at, now),
        "state": notice.state.value,
        "state_label": notice.state.label,
        "note": notice.note,
        "items": notice.items,
        "total": notice.total,
        "more": notice.total - len(notice.items),
        "error": here.sentence if here else "",
        "written": here.note if here else "",
    }


def _block(block: Block, now: datetime) -> dict[str, Any]:
    recall = block.recall
    head = recall.incident.head
    return {
        "ref": recall.incident.ref,
        "title": (head.title if head else "") or _("Untitled"),
        "url": reverse("incidents:detail", args=[recall.incident.ref]),
        "kind": block.kind.label,
        "reason": recall.reason,
        "at": recall.at,
        "by": str(recall.by) if recall.by else "",
        "tally": block.tally,
        "objects": block.objects,
        "rows": [
            {
                "member": each.member,
                "state": each.state,
                "state_label": RecallState(each.state).label,
                "overdue": _overdue(RecallState(each.state), each.due_at, now),
                "partly": each.state == RecallState.OPEN and getattr(each, "partly", False),
                "due_at": each.due_at,
                "seen_at": each.seen_at,
                "answered_at": each.answered_at,
                "note": each.note,
                "reminders": each.reminders,
            }
            for each in block.notices
        ],
        "more": block.more,
        "all_url": _address("recalls-ours", incident=recall.incident.ref),
    }


def _overdue(state: RecallState, due_at: datetime | None, now: datetime) -> bool:
    return state is RecallState.OPEN and due_at is not None and due_at <= now


def _tabs(reader: Reader, person: Person, now: datetime, *, ours: bool) -> list[dict[str, Any]]:
    return [
        {
            "label": _("To us"),
            "url": reverse("sharing:recalls"),
            "active": not ours,
            "count": recalls.open_count(reader=reader, now=now),
        },
        {
            "label": _("Ours"),
            "url": reverse("sharing:recalls-ours"),
            "active": ours,
            "count": recall_board.totals(person=person, now=now)[Show.OPEN],
        },
    ]


_ASKED: Final = {Show.OPEN: gettext_lazy("Not answered"), Show.ALL: gettext_lazy("All")}
_SHOWN: Final = {
    Show.OPEN: gettext_lazy("Not answered"),
    Show.OVERDUE: gettext_lazy("Overdue"),
    Show.ALL: gettext_lazy("All"),
}


def _choices(
    name: str, labels: dict[Show, Any], chosen: Show, counts: dict[Show, int], **kept: str
) -> list[dict[str, Any]]:
    return [
        {
            "label": label,
            "url": _address(name, show=show.value, **kept),
            "active": show is chosen,
            "count": counts.get(show),
        }
        for show, label in labels.items()
    ]


def _number(request: HttpRequest) -> int:
    """Return which page is asked for, from 0; what is no number is the first."""
    given = request.GET.get("page", "")
    number = int(given) if given.isascii() and given.isdecimal() and len(given) < 6 else 1
    return min(max(number, 1), MOST_PAGES) - 1


def _pages(name: str, number: int, more: bool, **kept: str) -> dict[str, str]:
    return {
        "prev_url": _address(name, **kept, page=str(number)) if number else "",
        "next_url": _address(name, **kept, page=str(number + 2)) if more else "",
    }


def _address(name: str, **values: str) -> str:
    """Return the address of a page with what is not empty; whole, for a refused answer is one."""
    return f"{reverse(f'sharing:{name}')}?{urlencode({k: v for k, v in values.items() if v})}"
