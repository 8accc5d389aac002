"""About the bytes of a submission."""

from __future__ import annotations

from typing import Final

from incidents.stix.messages.message import Message, _, warning

READING: Final = {
    "too_large": Message(
        _("The submission has {size} bytes; at most {limit} are taken."),
        _("Split it into several incidents, or leave out large payloads and link to them."),
    ),
    "empty": Message(
        _("The submission is empty."),
        _("Send a STIX 2.1 bundle as JSON."),
    ),
    "not_utf8": Message(
        _("The text is not UTF-8 (first wrong byte at position {position})."),
        _("Save the file as UTF-8 and send it again."),
    ),
    "not_json": Message(
        _("This is not valid JSON: {reason} at line {line}, column {column}."),
        _("Correct the JSON at that place; a JSON checker shows it."),
    ),
    "not_readable": Message(
        _("This JSON cannot be read."),
        _("Export the bundle again with the tool that made it."),
    ),
    "too_deep": Message(
        _("Lists and objects are nested more than {limit} deep."),
        _("Flatten the deepest part; real STIX needs far fewer levels."),
    ),
    "too_many_objects": Message(
        _("The bundle has more than {limit} objects."),
        _("Split it into several incidents."),
    ),
    "too_many_properties": Message(
        _("The bundle has more than {limit} properties in all."),
        _("Split it into several incidents."),
    ),
    "object_too_big": Message(
        _("The object has more than {limit} properties."),
        _("Split the object, or move its bulk into artifact objects."),
    ),
    "duplicate_key": Message(
        _("The key “{value}” stands twice in the same object."),
        _("Keep one of the two; readers disagree about which of them counts."),
    ),
    "integer_out_of_range": Message(
        _("The whole number {value} is beyond ±9007199254740991."),
        _("Use a smaller number, or a string."),
    ),
    "number_overflow": Message(
        _("The number {value} is too large for a computer to hold."),
        _("Use a smaller number, or a string."),
    ),
    "not_a_number": Message(
        _("{value} is not a JSON value."),
        _("Leave the property out, or give a real number."),
    ),
    "nul_character": Message(
        _("The text “{value}” contains a NUL character (\\u0000)."),
        _("Remove the character; binary content belongs into an artifact, in base64."),
    ),
    "lone_surrogate": Message(
        _("The text “{value}” contains half of a character (a lone surrogate)."),
        _("Write the whole character, or remove the half."),
    ),
    "not_a_bundle": Message(
        _("A STIX 2.1 bundle is expected, but this is {found}."),
        _('Send an object with "type": "bundle" and the list "objects".'),
    ),
    "single_object": Message(
        _("This is a single STIX object of type “{type}”, not a bundle."),
        _('Put it into the list "objects" of a bundle.'),
    ),
    "stix_2_0": Message(
        _("This is a STIX 2.0 bundle with {count} objects; STIX 2.1 is expected."),
        _(
            "Convert it with the OASIS stix2-elevator (stix_elevator --version 2.1), "
            "then file the result."
        ),
    ),
    "objects_missing": Message(
        _("The list “objects” is expected here, but it is {found}."),
        _('Give the objects as a list: "objects": [ … ].'),
    ),
    "no_objects": Message(
        _("The bundle has no objects."),
        _("Add the objects that you want to share."),
    ),
    "byte_order_mark": warning(
        _("The text begins with a byte order mark."),
        _("Nothing needs to be done; it was ignored."),
    ),
    "bundle_id": Message(
        _(
            "The bundle needs an id such as bundle--"
            "44af6c39-c09b-49c5-9de2-394224b04982; it has “{value}”."
        ),
        _("Give the bundle an id: “bundle--” and a UUID in lower case."),
    ),
}
