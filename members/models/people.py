"""People: accounts that sign in, of a member or of the coalition's staff."""

from __future__ import annotations

from typing import Any, ClassVar

from django.contrib.auth.models import AbstractBaseUser, BaseUserManager
from django.contrib.postgres.fields import ArrayField
from django.db import models, transaction
from django.db.models import F, Q
from django.db.models.functions import Lower
from django.utils import timezone
from django.utils.crypto import salted_hmac
from django.utils.translation import gettext_lazy as _

from audit.actions import Target
from audit.actors import SYSTEM, Actor
from audit.services import record
from members.actions import PERSON_OPERATOR
from members.models import choices
from members.models.organisations import Member
from members.roles import COALITION_ROLES, MEMBER_ROLES, Right, Role, rights_of
from members.tlp import TLP


class People(BaseUserManager["Person"]):
    """Finds people by address, whatever its case, with their member."""

    def get_by_natural_key(self, username: str | None) -> Person:
        return self.get(email=(username or "").strip().lower())

    def create_superuser(self, email: str, password: str | None = None, **fields: Any) -> Person:
        """Make the operator's account of an installation (`manage.py createsuperuser`)."""
        now = timezone.now()
        person = self.model(
            email=email.strip().lower(), is_superuser=True, invited_at=now, **fields
        )
        person.roles = [Role.PLATFORM_ADMIN.value]
        person.set_password(password)
        with transaction.atomic(using=self._db):
            person.save(using=self._db)
            target = Target("person", str(person.pk))
            record(actor=SYSTEM, action=PERSON_OPERATOR, target=target, at=now)
        return person


class Person(AbstractBaseUser):
    """Someone who signs in with an e-mail address."""

    email = models.EmailField(_("e-mail address"), unique=True)
    name = models.CharField(_("name"), max_length=120, blank=True)
    member = models.ForeignKey(
        Member,
        on_delete=models.PROTECT,
        null=True,
        blank=True,
        related_name="people",
        help_text="empty for the coalition's staff",
    )
    roles = ArrayField(
        models.CharField(max_length=20, choices=choices.ROLE_CHOICES), default=list, blank=True
    )
    max_tlp = models.PositiveSmallIntegerField(
        choices=choices.TLP_CHOICES, default=TLP.AMBER_STRICT.value
    )
    language = models.CharField(max_length=10, blank=True)
    theme = models.CharField(max_length=5, choices=choices.Theme, default=choices.Theme.AUTO)
    is_active = models.BooleanField(default=True)
    is_superuser = models.BooleanField(default=False)
    session_epoch = models.PositiveIntegerField(
        default=0, help_text="raising it ends every session of the person at once"
    )
    invited_at = models.DateTimeField(null=True, blank=True)
    deactivated_at = models.DateTimeField(null=True, blank=True)

    USERNAME_FIELD = "email"
    EMAIL_FIELD = "email"
    REQUIRED_FIELDS: ClassVar[list[str]] = []
    objects = People()

    class Meta:
        verbose_name_plural = "people"
        ordering = ["email"]
        constraints = [
            models.CheckConstraint(name="person_email_lower", condition=Q(email=Lower(F("email")))),
            models.CheckConstraint(
                name="person_roles_fit",
                condition=Q(
                    member__isnull=True,
                    roles__contained_by=sorted(role.value for role in COALITION_ROLES),
                )
                | Q(
                    member__isnull=False,
                    is_superuser=False,
                    roles__contained_by=sorted(role.value for role in MEMBER_ROLES),
                ),
            ),
            models.CheckConstraint(
                name="person_max_tlp", condition=Q(max_tlp__in=[t.value for t in TLP])
            ),
        ]

    def __str__(self) -> str:
        return self.name or self.email

    def get_full_name(self) -> str:
        return str(self)

    def get_short_name(self) -> str:
        return str(self)

    def _get_session_auth_hash(self, secret: str | None = None) -> str:
        """Return what a session keeps of the account: it ends with the password or the epoch."""
        return salted_hmac(
            "members.Person.session",
            f"{self.session_epoch}:{self.password}",
            secret=secret,
            algorithm="sha256",
        ).hexdigest()

    @property
    def actor(self) -> Actor:
        """Return the person as audited services take it. Reads the member, if any."""
        return Actor(
            person_id=self.pk,
            member_id=self.member_id,
            member=self.member.slug if self.member else None,
            label=self.email,
        )

    @property
    def role_set(self) -> frozenset[Role]:
        return frozenset(Role(role) for role in self.roles)

    def has_role(self, *roles: Role) -> bool:
        """Say whether the person has one of the roles."""
        return not self.role_set.isdisjoint(roles)

    @property
    def rights(self) -> frozenset[Right]:
        """Return what the person's roles allow in this room."""
        return rights_of(self.role_set)

    @property
    def may_enter(self) -> bool:
        """Say whether the account is active and its member neither withdrawn nor compromised."""
        return self.is_active and (self.member is None or self.member.may_sign_in)

    @property
    def is_staff(self) -> bool:
        """Say whether Django's admin opens: superusers and platform administrators."""
        return self.is_active and (self.is_superuser or self.has_role(Role.PLATFORM_ADMIN))

    def has_perm(self, perm: str, obj: object = None) -> bool:  # noqa: ARG002 - Django's signature
        """Say whether the admin lets the person do it: this room's tables only."""
        return self.is_staff and perm.startswith("members.")

    def has_perms(self, perms: list[str], obj: object = None) -> bool:
        return all(self.has_perm(perm, obj) for perm in perms)

    def has_module_perms(self, app_label: str) -> bool:
        return self.is_staff and app_label == "members"
