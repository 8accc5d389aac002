"""The thirteen incidents of the demo, each a builder of its own."""

from __future__ import annotations

from datetime import datetime

from cyberframe.demo.incidents.destruction import boot_wiper, group_policy_wiper, operator_core
from cyberframe.demo.incidents.industry import district_heating, substation
from cyberframe.demo.incidents.intrusion import logistics_mail, messenger_accounts
from cyberframe.demo.incidents.outages import false_address, modem_wiper, portal_floods
from cyberframe.demo.incidents.phishing import bank_invoices, removable_media
from cyberframe.demo.incidents.story import Story
from cyberframe.demo.incidents.supply import accounting_update

BUILDERS = (
    boot_wiper,
    group_policy_wiper,
    modem_wiper,
    substation,
    removable_media,
    logistics_mail,
    operator_core,
    accounting_update,
    district_heating,
    bank_invoices,
    messenger_accounts,
    portal_floods,
    false_address,
)


def stories(seeded_at: datetime) -> tuple[Story, ...]:
    """Return the demo's incidents in the order of their keys; times are relative to seeding."""
    return tuple(build(seeded_at) for build in BUILDERS)
