"""About what stands between objects, and about filing them."""

from __future__ import annotations

from typing import Final

from incidents.stix.messages.message import Message, _, warning

BUNDLES: Final = {
    "repeated": warning(
        _("The same object stands at number {first} already."),
        _("Nothing needs to be done; it is taken once."),
    ),
    "repeated_differently": Message(
        _(
            "Number {first} has the same id and the same time of modification, but "
            "different content."
        ),
        _("Remove one of the two, or give the newer one a later “modified”."),
    ),
    "two_versions": warning(
        _("Number {first} is another version of this object."),
        _("Nothing needs to be done; the later version counts."),
    ),
    "marking_redefined": Message(
        _("This redefines the well-known marking {value} with other content."),
        _("Remove the object; the platform knows the marking by its id."),
    ),
    "tlp1_other_id": Message(
        _("A TLP 1.0 marking may only have the id that the standard gives it."),
        _("Use the well-known marking; TLP 2.0 is preferred."),
    ),
    "marking_lookalike": warning(
        _("This looks like a TLP or PAP level but is not the well-known object."),
        _("Use the well-known id; as it stands, nobody receives what it marks."),
    ),
    "two_tlps": warning(
        _("The object states two TLP levels: {value}."),
        _("Keep one of them; until then it cannot be released."),
    ),
    "two_paps": warning(
        _("The object states two PAP levels: {value}."),
        _("Keep one of them; the stricter counts."),
    ),
    "unknown_marking": warning(
        _("The marking {value} is neither well known nor in this bundle."),
        _("Add its definition to the bundle; until then nobody receives what it marks."),
    ),
    "more_problems": warning(
        _("At least {count} more problems were found."),
        _("Correct those listed, then file again to see the rest."),
    ),
    "several_incidents": Message(
        _("The bundle has more than one incident; one is filed at a time."),
        _("File them one by one, each with the objects that belong to it."),
    ),
    "no_good_objects": Message(
        _("Every object of the bundle has an error."),
        _("Correct at least one of them."),
    ),
    "marking_for_unknown_object": Message(
        _("object_markings names {id}, which is not in the bundle."),
        _("Correct the id, or leave the entry out."),
    ),
    "not_your_object": Message(
        _(
            "The object was created by another member; only an unchanged copy that "
            "you received can be filed."
        ),
        _("File your own object about it, such as a note or a relationship."),
    ),
    "version_taken": Message(
        _("You filed other content under this id and time of modification before ({where})."),
        _("Set “modified” to the moment of your change."),
    ),
}
