"""About whole objects."""

from __future__ import annotations

from typing import Final

from incidents.stix.messages.message import Message, _, warning

OBJECTS: Final = {
    "bad_type": Message(
        _("“{value}” cannot be the type of an object."),
        _("Use 3 to 250 lower-case ASCII letters, digits and single hyphens."),
    ),
    "unknown_type": warning(
        _("STIX 2.1 has no type “{value}”; the object is taken as it is."),
        _("Check the spelling; types of your own need an extension or the prefix x-."),
    ),
    "nested_bundle": Message(
        _("A bundle cannot stand inside a bundle."),
        _("Put its objects into the outer list."),
    ),
    "bad_id": Message(
        _("“{value}” is not a STIX identifier."),
        _("Write the type of the object, two hyphens and a UUID in lower case."),
    ),
    "id_prefix": Message(
        _("The id begins with “{value}”, but the object is of type “{type}”."),
        _("Make the two the same."),
    ),
    "process_id": Message(
        _("The id of a process must be a random UUID (version 4): {value}."),
        _("Give the object a new random UUID."),
    ),
    "reserved_property": Message(
        _("STIX keeps the property name “{property}” for itself."),
        _("Use another name, or an extension; the level of an incident is criticality_level."),
    ),
    "property_start": Message(
        _("The property name “{property}” does not begin with a lower-case letter."),
        _("Rename the property, for example with the prefix x_."),
    ),
    "property_name": warning(
        _("The property name “{property}” is outside the rules of STIX."),
        _("Use 3 to 250 lower-case letters, digits and underscores; it is kept as it is."),
    ),
    "unknown_property": warning(
        _("STIX 2.1 does not know the property “{property}” here."),
        _("Check the spelling; properties of your own belong into an extension."),
    ),
    "marks_itself": Message(
        _("A marking definition cannot mark itself."),
        _("Remove the reference."),
    ),
    "bad_extension_id": Message(
        _("“{value}” is not the id of an extension definition."),
        _("Write extension-definition-- and a UUID in lower case, or a name of STIX itself."),
    ),
    "extension_needed": Message(
        _("An object of type “{type}” needs the extension {value}."),
        _('Add it to "extensions" with "extension_type": "new-sdo".'),
    ),
    "extension_misplaced": Message(
        _("This extension belongs to objects of type “{type}”, not “{value}”."),
        _("Remove it, or move it to the right object."),
    ),
    "impact_extension": Message(
        _("The impact names the category “{value}” but has no extension of that name."),
        _("Add the extension that describes this category."),
    ),
    "step_not_listed": Message(
        _("{property} names {value}, which is not an entry of this list."),
        _("Add an entry for it, or remove the step."),
    ),
    "different_types": Message(
        _("{property} ({value}) is of another type than the state before ({other})."),
        _("Refer to two objects of the same type."),
    ),
    "bad_rsit": Message(
        _("“{value}” is not an RSIT class and type."),
        _("Write both with a colon, such as fraud:phishing."),
    ),
    "bad_sector": Message(
        _("“{value}” is not the name of a sector."),
        _("Use lower-case words with hyphens, such as public-administration."),
    ),
    "bad_country": Message(
        _("“{value}” is not a country code."),
        _("Use two capital letters of ISO 3166-1, such as UA."),
    ),
    "victim_strict": warning(
        _("This is a victim and states no TLP, so AMBER+STRICT holds for it."),
        _("State a TLP of its own for it if more members are to know who it is."),
    ),
    "unknown_word": warning(
        _("“{value}” is not among the words of {vocabulary} known here."),
        _("Check the spelling; it is kept as it is."),
    ),
}
