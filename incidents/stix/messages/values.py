"""About single values."""

from __future__ import annotations

from typing import Final

from incidents.stix.messages.message import Message, _, warning

VALUES: Final = {
    "required": Message(
        _("The property {property} is missing."),
        _("Add it; STIX 2.1 requires it here."),
    ),
    "not_an_object": Message(
        _("An object is expected here, but this is {found}."),
        _("Write an object with its properties in braces."),
    ),
    "not_a_string": Message(
        _("{property} must be a string, but it is {found}."),
        _("Put the value in double quotes."),
    ),
    "not_a_boolean": Message(
        _("{property} must be true or false, but it is {found}."),
        _("Write true or false, without quotes."),
    ),
    "not_an_integer": Message(
        _("{property} must be a whole number, but it is {found}."),
        _("Write a whole number, without quotes and without a fraction."),
    ),
    "not_a_number_value": Message(
        _("{property} must be a number, but it is {found}."),
        _("Write a number, without quotes."),
    ),
    "not_a_list": Message(
        _("{property} must be a list, but it is {found}."),
        _("Put the value in square brackets, even if there is only one."),
    ),
    "empty_list": Message(
        _("The list {property} is empty."),
        _("Leave the property out, or add what it lists."),
    ),
    "empty_dictionary": Message(
        _("The object {property} is empty."),
        _("Leave the property out, or add what it holds."),
    ),
    "dictionary_key": Message(
        _("The key “{value}” in {property} is not allowed."),
        _("Use 1 to 250 ASCII letters, digits, hyphens and underscores."),
    ),
    "too_small": Message(
        _("{property} is {value}, but at least {limit} is allowed."),
        _("Correct the number."),
    ),
    "too_large_number": Message(
        _("{property} is {value}, but at most {limit} is allowed."),
        _("Correct the number."),
    ),
    "not_positive": Message(
        _("{property} is {value}, but it must be greater than zero."),
        _("Correct the amount, or leave it out."),
    ),
    "bad_timestamp": Message(
        _("{property} is “{value}”, which is not a STIX timestamp."),
        _("Write an existing moment in UTC with a Z, such as 2026-03-01T14:05:00.000Z."),
    ),
    "imprecise_timestamp": Message(
        _("{property} is “{value}”, but STIX wants at least milliseconds here."),
        _("Add them, for example 2026-03-01T14:05:00.000Z."),
    ),
    "in_the_future": Message(
        _("{property} is “{value}”, more than a day in the future."),
        _("Correct the date, or the clock of the system that wrote it."),
    ),
    "time_before": Message(
        _("{property} ({value}) lies before {other} ({limit})."),
        _("Correct one of the two times."),
    ),
    "time_not_after": Message(
        _("{property} ({value}) must be later than {other} ({limit})."),
        _("Correct one of the two times."),
    ),
    "not_in_enumeration": Message(
        _("{property} is “{value}”, but only these are allowed: {allowed}."),
        _("Choose one of them."),
    ),
    "bad_reference": Message(
        _("{property} is “{value}”, which is not the id of a STIX object."),
        _("Write the id of the object meant: its type, two hyphens and a UUID in lower case."),
    ),
    "reference_type": Message(
        _("{property} names an object of type “{value}”, but only {allowed} can stand here."),
        _("Refer to an object of the right type."),
    ),
    "reference_not_allowed": Message(
        _("{property} names an object of type “{value}”, which cannot stand here."),
        _("Refer to a domain object or an observable."),
    ),
    "bad_hash": Message(
        _("{property} is no {algorithm} hash: “{value}”."),
        _("Write {digits} hexadecimal digits, or name the algorithm that it really is."),
    ),
    "hash_name": warning(
        _("The hash algorithm “{value}” is spelled otherwise in STIX."),
        _("Write {known}, so that others find the hash."),
    ),
    "bad_hex": Message(
        _("{property} is not hexadecimal: “{value}”."),
        _("Write an even number of the digits 0 to 9 and a to f."),
    ),
    "bad_base64": Message(
        _("{property} is not base64."),
        _("Encode the bytes in base64 with padding and without line breaks."),
    ),
    "bad_address": Message(
        _("{property} is “{value}”, which is no IPv{version} address or network."),
        _("Write one address, or a network in CIDR notation, without spaces."),
    ),
    "bad_mac": Message(
        _("{property} is “{value}”, which is no MAC address."),
        _("Write six pairs of lower-case hexadecimal digits with colons between them."),
    ),
    "bad_domain_name": Message(
        _("{property} is “{value}”, which is no domain name."),
        _("Write the name alone, without scheme, port, path or spaces."),
    ),
    "bad_email_address": Message(
        _("{property} is “{value}”, which is no e-mail address."),
        _("Write name@domain alone; the name of the person belongs into display_name."),
    ),
    "bad_url_value": Message(
        _("{property} is “{value}”, which is no URL."),
        _("Write the whole URL with its scheme and without spaces; encode others as %20."),
    ),
    "bad_external_id": Message(
        _("{property} is “{value}”, which is no number of this catalogue."),
        _("Write it in full, such as CVE-2023-23397 or CAPEC-66."),
    ),
    "bad_mime_type": Message(
        _("{property} is “{value}”, which is no media type."),
        _("Write type and subtype, such as application/zip."),
    ),
    "extension_property_name": Message(
        _("“{value}” cannot be the name of a property."),
        _("Use 3 to 250 lower-case letters, digits and underscores."),
    ),
    "bad_language": Message(
        _("“{value}” in {property} is not a language tag."),
        _("Use a tag of RFC 5646 such as en, uk or pt-BR."),
    ),
    "socket_option": Message(
        _("“{value}” in {property} is not a socket option."),
        _("Use names such as SO_KEEPALIVE."),
    ),
    "one_required": Message(
        _("At least one of these is needed here: {names}."),
        _("Add one of them."),
    ),
    "exclusive": Message(
        _("{second} cannot stand together with {first}."),
        _("Keep one of the two."),
    ),
    "dependent": Message(
        _("{property} is missing although {other} is there."),
        _("Add {property}, or leave {other} out."),
    ),
    "relationship_type": Message(
        _("The relationship type “{value}” is not allowed."),
        _("Use lower-case ASCII letters, digits and hyphens, such as related-to."),
    ),
    "bad_pattern": Message(
        _("The pattern does not follow the STIX grammar: {reason}."),
        _("Correct the pattern, or name its language in pattern_type if it is not STIX."),
    ),
    "pattern_not_checked": warning(
        _("The pattern is too long or too deeply nested to be checked."),
        _("Nothing needs to be done; receivers may split it if their tools refuse it."),
    ),
    "selector": Message(
        _("The selector “{value}” names nothing that this object has."),
        _("Correct the path, for example external_references.[0].url, or remove the selector."),
    ),
}
