"""The sentences for every code: what is wrong, and what to do about it.

`{name}` stands for a parameter of the problem. The edge translates by code: `text` and `fix`
are the message ids.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import Final, Literal


@dataclass(frozen=True, slots=True)
class Message:
    """Two templates in plain English, and whether the object can be filed all the same."""

    text: str
    fix: str
    level: Literal["error", "warning"] = "error"


def _warning(text: str, fix: str) -> Message:
    return Message(text, fix, "warning")


_BYTES: Final = {
    "too_large": Message(
        "The submission has {size} bytes; at most {limit} are taken.",
        "Split it into several incidents, or leave out large payloads and link to them.",
    ),
    "empty": Message(
        "The submission is empty.",
        "Send a STIX 2.1 bundle as JSON.",
    ),
    "not_utf8": Message(
        "The text is not UTF-8 (first wrong byte at position {position}).",
        "Save the file as UTF-8 and send it again.",
    ),
    "not_json": Message(
        "This is not valid JSON: {reason} at line {line}, column {column}.",
        "Correct the JSON at that place; a JSON checker shows it.",
    ),
    "not_readable": Message(
        "This JSON cannot be read.",
        "Export the bundle again with the tool that made it.",
    ),
    "too_deep": Message(
        "Lists and objects are nested more than {limit} deep.",
        "Flatten the deepest part; real STIX needs far fewer levels.",
    ),
    "too_many_objects": Message(
        "The bundle has more than {limit} objects.",
        "Split it into several incidents.",
    ),
    "too_many_properties": Message(
        "The bundle has more than {limit} properties in all.",
        "Split it into several incidents.",
    ),
    "object_too_big": Message(
        "The object has more than {limit} properties.",
        "Split the object, or move its bulk into artifact objects.",
    ),
    "duplicate_key": Message(
        "The key “{value}” stands twice in the same object.",
        "Keep one of the two; readers disagree about which of them counts.",
    ),
    "integer_out_of_range": Message(
        "The whole number {value} is beyond ±9007199254740991.",
        "Use a smaller number, or a string.",
    ),
    "number_overflow": Message(
        "The number {value} is too large for a computer to hold.",
        "Use a smaller number, or a string.",
    ),
    "not_a_number": Message(
        "{value} is not a JSON value.",
        "Leave the property out, or give a real number.",
    ),
    "nul_character": Message(
        "The text “{value}” contains a NUL character (\\u0000).",
        "Remove the character; binary content belongs into an artifact, in base64.",
    ),
    "lone_surrogate": Message(
        "The text “{value}” contains half of a character (a lone surrogate).",
        "Write the whole character, or remove the half.",
    ),
    "not_a_bundle": Message(
        "A STIX 2.1 bundle is expected, but this is {found}.",
        'Send an object with "type": "bundle" and the list "objects".',
    ),
    "single_object": Message(
        "This is a single STIX object of type “{type}”, not a bundle.",
        'Put it into the list "objects" of a bundle.',
    ),
    "stix_2_0": Message(
        "This is a STIX 2.0 bundle with {count} objects; STIX 2.1 is expected.",
        "Convert it with the OASIS stix2-elevator (stix_elevator --version 2.1), "
        "then file the result.",
    ),
    "objects_missing": Message(
        "The list “objects” is expected here, but it is {found}.",
        'Give the objects as a list: "objects": [ … ].',
    ),
    "no_objects": Message(
        "The bundle has no objects.",
        "Add the objects that you want to share.",
    ),
    "byte_order_mark": _warning(
        "The text begins with a byte order mark.",
        "Nothing needs to be done; it was ignored.",
    ),
    "bundle_id": Message(
        "The bundle needs an id such as bundle--44af6c39-c09b-49c5-9de2-394224b04982; "
        "it has “{value}”.",
        "Give the bundle an id: “bundle--” and a UUID in lower case.",
    ),
}

_VALUES: Final = {
    "required": Message(
        "The property {property} is missing.",
        "Add it; STIX 2.1 requires it here.",
    ),
    "not_an_object": Message(
        "An object is expected here, but this is {found}.",
        "Write an object with its properties in braces.",
    ),
    "not_a_string": Message(
        "{property} must be a string, but it is {found}.",
        "Put the value in double quotes.",
    ),
    "not_a_boolean": Message(
        "{property} must be true or false, but it is {found}.",
        "Write true or false, without quotes.",
    ),
    "not_an_integer": Message(
        "{property} must be a whole number, but it is {found}.",
        "Write a whole number, without quotes and without a fraction.",
    ),
    "not_a_number_value": Message(
        "{property} must be a number, but it is {found}.",
        "Write a number, without quotes.",
    ),
    "not_a_list": Message(
        "{property} must be a list, but it is {found}.",
        "Put the value in square brackets, even if there is only one.",
    ),
    "empty_list": Message(
        "The list {property} is empty.",
        "Leave the property out, or add what it lists.",
    ),
    "empty_dictionary": Message(
        "The object {property} is empty.",
        "Leave the property out, or add what it holds.",
    ),
    "dictionary_key": Message(
        "The key “{value}” in {property} is not allowed.",
        "Use 1 to 250 ASCII letters, digits, hyphens and underscores.",
    ),
    "too_small": Message(
        "{property} is {value}, but at least {limit} is allowed.",
        "Correct the number.",
    ),
    "too_large_number": Message(
        "{property} is {value}, but at most {limit} is allowed.",
        "Correct the number.",
    ),
    "not_positive": Message(
        "{property} is {value}, but it must be greater than zero.",
        "Correct the amount, or leave it out.",
    ),
    "bad_timestamp": Message(
        "{property} is “{value}”, which is not a STIX timestamp.",
        "Write an existing moment in UTC with a Z, such as 2026-03-01T14:05:00.000Z.",
    ),
    "imprecise_timestamp": Message(
        "{property} is “{value}”, but STIX wants at least milliseconds here.",
        "Add them, for example 2026-03-01T14:05:00.000Z.",
    ),
    "in_the_future": Message(
        "{property} is “{value}”, more than a day in the future.",
        "Correct the date, or the clock of the system that wrote it.",
    ),
    "time_before": Message(
        "{property} ({value}) lies before {other} ({limit}).",
        "Correct one of the two times.",
    ),
    "time_not_after": Message(
        "{property} ({value}) must be later than {other} ({limit}).",
        "Correct one of the two times.",
    ),
    "not_in_enumeration": Message(
        "{property} is “{value}”, but only these are allowed: {allowed}.",
        "Choose one of them.",
    ),
    "bad_reference": Message(
        "{property} is “{value}”, which is not the id of a STIX object.",
        "Write the id of the object meant: its type, two hyphens and a UUID in lower case.",
    ),
    "reference_type": Message(
        "{property} names an object of type “{value}”, but only {allowed} can stand here.",
        "Refer to an object of the right type.",
    ),
    "reference_not_allowed": Message(
        "{property} names an object of type “{value}”, which cannot stand here.",
        "Refer to a domain object or an observable.",
    ),
    "bad_hash": Message(
        "{property} is no {algorithm} hash: “{value}”.",
        "Write {digits} hexadecimal digits, or name the algorithm that it really is.",
    ),
    "hash_name": Message(
        "The hash algorithm “{value}” is spelled otherwise in STIX.",
        "Write {known}, so that others find the hash.",
        "warning",
    ),
    "bad_hex": Message(
        "{property} is not hexadecimal: “{value}”.",
        "Write an even number of the digits 0 to 9 and a to f.",
    ),
    "bad_base64": Message(
        "{property} is not base64.",
        "Encode the bytes in base64 with padding and without line breaks.",
    ),
    "bad_language": Message(
        "“{value}” in {property} is not a language tag.",
        "Use a tag of RFC 5646 such as en, uk or pt-BR.",
    ),
    "socket_option": Message(
        "“{value}” in {property} is not a socket option.",
        "Use names such as SO_KEEPALIVE.",
    ),
    "one_required": Message(
        "At least one of these is needed here: {names}.",
        "Add one of them.",
    ),
    "exclusive": Message(
        "{second} cannot stand together with {first}.",
        "Keep one of the two.",
    ),
    "dependent": Message(
        "{property} is missing although {other} is there.",
        "Add {property}, or leave {other} out.",
    ),
    "relationship_type": Message(
        "The relationship type “{value}” is not allowed.",
        "Use lower-case ASCII letters, digits and hyphens, such as related-to.",
    ),
    "bad_pattern": Message(
        "The pattern does not follow the STIX grammar: {reason}.",
        "Correct the pattern, or name its language in pattern_type if it is not STIX.",
    ),
    "pattern_not_checked": _warning(
        "The pattern is too long or too deeply nested to be checked.",
        "Nothing needs to be done; receivers may split it if their tools refuse it.",
    ),
    "selector": Message(
        "The selector “{value}” names nothing that this object has.",
        "Correct the path, for example external_references.[0].url, or remove the selector.",
    ),
}

_OBJECTS: Final = {
    "bad_type": Message(
        "“{value}” cannot be the type of an object.",
        "Use 3 to 250 lower-case ASCII letters, digits and single hyphens.",
    ),
    "unknown_type": _warning(
        "STIX 2.1 has no type “{value}”; the object is taken as it is.",
        "Check the spelling; types of your own need an extension or the prefix x-.",
    ),
    "nested_bundle": Message(
        "A bundle cannot stand inside a bundle.",
        "Put its objects into the outer list.",
    ),
    "bad_id": Message(
        "“{value}” is not a STIX identifier.",
        "Write the type of the object, two hyphens and a UUID in lower case.",
    ),
    "id_prefix": Message(
        "The id begins with “{value}”, but the object is of type “{type}”.",
        "Make the two the same.",
    ),
    "process_id": Message(
        "The id of a process must be a random UUID (version 4): {value}.",
        "Give the object a new random UUID.",
    ),
    "reserved_property": Message(
        "STIX keeps the property name “{property}” for itself.",
        "Use another name, or an extension; the level of an incident is criticality_level.",
    ),
    "property_start": Message(
        "The property name “{property}” does not begin with a lower-case letter.",
        "Rename the property, for example with the prefix x_.",
    ),
    "property_name": _warning(
        "The property name “{property}” is outside the rules of STIX.",
        "Use 3 to 250 lower-case letters, digits and underscores; it is kept as it is.",
    ),
    "unknown_property": _warning(
        "STIX 2.1 does not know the property “{property}” here.",
        "Check the spelling; properties of your own belong into an extension.",
    ),
    "marks_itself": Message(
        "A marking definition cannot mark itself.",
        "Remove the reference.",
    ),
    "bad_extension_id": Message(
        "“{value}” is not the id of an extension definition.",
        "Write extension-definition-- and a UUID in lower case.",
    ),
    "extension_needed": Message(
        "An object of type “{type}” needs the extension {value}.",
        'Add it to "extensions" with "extension_type": "new-sdo".',
    ),
    "extension_misplaced": Message(
        "This extension belongs to objects of type “{type}”, not “{value}”.",
        "Remove it, or move it to the right object.",
    ),
    "impact_extension": Message(
        "The impact names the category “{value}” but has no extension of that name.",
        "Add the extension that describes this category.",
    ),
    "step_not_listed": Message(
        "{property} names {value}, which is not an entry of this list.",
        "Add an entry for it, or remove the step.",
    ),
    "different_types": Message(
        "{property} ({value}) is of another type than the state before ({other}).",
        "Refer to two objects of the same type.",
    ),
    "bad_rsit": Message(
        "“{value}” is not an RSIT class and type.",
        "Write both with a colon, such as fraud:phishing.",
    ),
    "bad_sector": Message(
        "“{value}” is not the name of a sector.",
        "Use lower-case words with hyphens, such as public-administration.",
    ),
    "bad_country": Message(
        "“{value}” is not a country code.",
        "Use two capital letters of ISO 3166-1, such as UA.",
    ),
    "unknown_word": _warning(
        "“{value}” is not among the words of {vocabulary} known here.",
        "Check the spelling; it is kept as it is.",
    ),
}

_BUNDLE: Final = {
    "repeated": _warning(
        "The same object stands at number {first} already.",
        "Nothing needs to be done; it is taken once.",
    ),
    "repeated_differently": Message(
        "Number {first} has the same id and the same time of modification, but different content.",
        "Remove one of the two, or give the newer one a later “modified”.",
    ),
    "two_versions": _warning(
        "Number {first} is another version of this object.",
        "Nothing needs to be done; the later version counts.",
    ),
    "marking_redefined": Message(
        "This redefines the well-known marking {value} with other content.",
        "Remove the object; the platform knows the marking by its id.",
    ),
    "tlp1_other_id": Message(
        "A TLP 1.0 marking may only have the id that the standard gives it.",
        "Use the well-known marking; TLP 2.0 is preferred.",
    ),
    "marking_lookalike": _warning(
        "This looks like a TLP or PAP level but is not the well-known object.",
        "Use the well-known id; as it stands, nobody receives what it marks.",
    ),
    "two_tlps": _warning(
        "The object states two TLP levels: {value}.",
        "Keep one of them; until then it cannot be released.",
    ),
    "two_paps": _warning(
        "The object states two PAP levels: {value}.",
        "Keep one of them; the stricter counts.",
    ),
    "unknown_marking": _warning(
        "The marking {value} is neither well known nor in this bundle.",
        "Add its definition to the bundle; until then nobody receives what it marks.",
    ),
    "more_problems": _warning(
        "{count} more problems were found.",
        "Correct those listed, then file again to see the rest.",
    ),
    "several_incidents": Message(
        "The bundle has more than one incident; one is filed at a time.",
        "File them one by one, each with the objects that belong to it.",
    ),
}

_FILING: Final = {
    "no_good_objects": Message(
        "Every object of the bundle has an error.",
        "Correct at least one of them.",
    ),
    "marking_for_unknown_object": Message(
        "object_markings names {id}, which is not in the bundle.",
        "Correct the id, or leave the entry out.",
    ),
    "not_your_object": Message(
        "The object was created by another member; only an unchanged copy that you received "
        "can be filed.",
        "File your own object about it, such as a note or a relationship.",
    ),
    "version_taken": Message(
        "You filed other content under this id and time of modification before ({where}).",
        "Set “modified” to the moment of your change.",
    ),
}

MESSAGES: Final[Mapping[str, Message]] = MappingProxyType(
    {**_BYTES, **_VALUES, **_OBJECTS, **_BUNDLE, **_FILING}
)
