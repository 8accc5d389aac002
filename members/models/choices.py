"""The fixed choices of columns, with the words people see."""

from __future__ import annotations

from django.db import models
from django.utils.translation import gettext_lazy as _

from members.roles import Role, Scope
from members.tiers import Health, Status, Tier
from members.tlp import TLP, Channel

SLUG = r"^[a-z0-9]+(-[a-z0-9]+)*$"


class Kind(models.TextChoices):
    NATIONAL_CERT = "national-cert", _("National CERT")
    GOV_CSIRT = "gov-csirt", _("Government CSIRT")
    SECTOR_CSIRT = "sector-csirt", _("Sector CSIRT")
    MILITARY_CSIRT = "military-csirt", _("Military CSIRT")
    ISAC = "isac", _("ISAC")
    VENDOR_CSIRT = "vendor-csirt", _("Vendor CSIRT")
    INTERNATIONAL_BODY = "international-body", _("International body")


class Accreditation(models.TextChoices):
    NONE = "none", _("None")
    LISTED = "ti-listed", _("TI listed")
    ACCREDITED = "ti-accredited", _("TI accredited")
    CERTIFIED = "ti-certified", _("TI certified")


class ClockRegime(models.TextChoices):
    NONE = "", _("None")
    NIS2 = "NIS2", "NIS2"
    UA_1533 = "UA-1533", "UA-1533"
    COALITION = "COALITION", _("Coalition")


class SuspensionCause(models.TextChoices):
    STANDING = "standing", _("Standing")
    COMPROMISE = "compromise", _("Compromise")


class CircleKind(models.TextChoices):
    MULTILATERAL = "multilateral", _("Multilateral")
    BILATERAL = "bilateral", _("Bilateral")
    TASK_FORCE = "task-force", _("Task force")


class CircleState(models.TextChoices):
    ACTIVE = "active", _("Active")
    ARCHIVED = "archived", _("Archived")
    CLOSED = "closed", _("Closed")


class Theme(models.TextChoices):
    AUTO = "auto", _("As the system")
    LIGHT = "light", _("Light")
    DARK = "dark", _("Dark")


class ProposalKind(models.TextChoices):
    ADMIT = "admit", _("Admit to probation")
    CONFIRM = "confirm", _("End probation")
    TIER = "tier", _("Raise tier")
    STANDING = "standing", _("Restore standing")
    REINSTATE = "reinstate", _("Reinstate")
    RED_GRANT = "red_grant", _("Grant TLP:RED")
    STAFF_ROLES = "staff_roles", _("Grant staff roles")


class ProposalState(models.TextChoices):
    OPEN = "open", _("Waiting for a second person")
    APPROVED = "approved", _("Approved")
    DECLINED = "declined", _("Declined")


STATUS_WORDS = {
    Status.APPLICANT: _("Applicant"),
    Status.PROBATION: _("On probation"),
    Status.ACTIVE: _("Active"),
    Status.SUSPENDED: _("Suspended"),
    Status.WITHDRAWN: _("Withdrawn"),
}
HEALTH_WORDS = {
    Health.GOOD: _("Good"),
    Health.AT_RISK: _("At risk"),
    Health.LAPSED: _("Lapsed"),
}
TIER_WORDS = {
    Tier.OBSERVER: _("Observer"),
    Tier.ASSOCIATE: _("Associate"),
    Tier.PARTNER: _("Partner"),
    Tier.CORE: _("Core"),
}
ROLE_WORDS = {
    Role.READER: _("Reader"),
    Role.ANALYST: _("Analyst"),
    Role.REVIEWER: _("Reviewer"),
    Role.MEMBER_ADMIN: _("Member administrator"),
    Role.SECRETARIAT: _("Secretariat"),
    Role.PLATFORM_ADMIN: _("Platform administrator"),
    Role.AUDITOR: _("Auditor"),
}
CHANNEL_WORDS = {
    Channel.INTERNAL: _("Internal"),
    Channel.DOWNSTREAM: _("Downstream clients"),
    Channel.BLOCKLIST: _("Automatic blocking"),
    Channel.PEER: _("Peer platform"),
}

STATUS_CHOICES = [(status.value, word) for status, word in STATUS_WORDS.items()]
HEALTH_CHOICES = [(health.value, word) for health, word in HEALTH_WORDS.items()]
TIER_CHOICES = [(tier.value, word) for tier, word in TIER_WORDS.items()]
ROLE_CHOICES = [(role.value, word) for role, word in ROLE_WORDS.items()]
CHANNEL_CHOICES = [(channel.value, word) for channel, word in CHANNEL_WORDS.items()]
SCOPE_CHOICES = [(scope.value, scope.value) for scope in Scope]
TLP_CHOICES = [(tlp.value, tlp.label) for tlp in TLP]
