"""Who of a shop is told by e-mail, of what, and which messages have gone."""

from __future__ import annotations

import uuid

from django.db import models
from django.db.models import Q

from accounting import sealing
from shopify_app.models.shops import Shop

PAIR_OF_SHOP = "id", "shop"


def all_kinds() -> list[str]:
    return list(Episode.Kind.values)


class MailSettings(models.Model):
    """Of what a shop is told, and when it is looked at next."""

    shop = models.OneToOneField(
        Shop, on_delete=models.CASCADE, primary_key=True, related_name="mail_settings"
    )
    kinds = models.JSONField(default=all_kinds)  # of `Episode`, those that are told
    tell_over = models.BooleanField(default=True)  # also say when a trouble has ended
    offline_minutes = models.PositiveIntegerField(default=30)
    digest_hour = models.PositiveSmallIntegerField(default=9)  # in the shop's zone
    look_at = models.DateTimeField(null=True)  # None: there is nobody to tell
    asked_day = models.DateField(null=True)  # the last day on which addresses were asked,
    asked_count = models.PositiveSmallIntegerField(default=0)  # and how often on it

    class Meta:
        constraints = (
            models.CheckConstraint(
                condition=Q(digest_hour__lte=23), name="mail_digest_hour_of_a_day"
            ),
        )
        indexes = (
            models.Index(
                fields=["look_at"], name="mail_to_look", condition=Q(look_at__isnull=False)
            ),
        )


class MailAddress(models.Model):
    """An address of somebody of a shop, sealed. Until it is confirmed it gets nothing but the
    question whether it wants to."""

    shop = models.ForeignKey(Shop, on_delete=models.CASCADE)
    key = models.UUIDField(default=uuid.uuid4, unique=True)  # what signed links name it by
    sealed = models.BinaryField()
    language = models.CharField(max_length=10)  # of who entered it
    added_at = models.DateTimeField()
    confirmed_at = models.DateTimeField(null=True)

    class Meta:
        constraints = (models.UniqueConstraint(fields=PAIR_OF_SHOP, name="mail_address_with_shop"),)
        indexes = (models.Index(fields=["shop", "id"], name="mail_address_of_shop"),)

    def put(self, address: str) -> None:
        self.sealed = sealing.seal(address, row=self.sealed_as())

    def take(self) -> str:
        """Raises sealing.SealBroken."""
        return sealing.unseal(bytes(self.sealed), row=self.sealed_as())

    def sealed_as(self) -> str:
        """The row an address is sealed for."""
        return f"mail address {self.key}"


class Episode(models.Model):
    """One trouble of a shop from when it was found until it was over. `key` tells it from the
    next of its kind where something does: the day of a digest, since when the books are silent."""

    class Kind(models.TextChoices):
        OFFLINE = "offline"  # the books do not answer
        REFUSED = "refused"  # nothing is sent to them until a person has put it right
        SHOPIFY = "shopify"  # Shopify does not let Lejar in, or not to all it needs
        HELD = "held"  # the daily digest of what has waited for a person longer than a day
        DIFFERENCES = "differences"  # a check of the books found some
        PLAN = "plan"  # nothing is sent because there is no plan

    shop = models.ForeignKey(Shop, on_delete=models.CASCADE)
    kind = models.CharField(max_length=20, choices=Kind)
    key = models.CharField(max_length=60, default="", blank=True)
    facts = models.JSONField(default=dict)  # figures and times for the message; nobody's name
    found_at = models.DateTimeField()
    over_at = models.DateTimeField(null=True)

    class Meta:
        constraints = (
            models.UniqueConstraint(fields=PAIR_OF_SHOP, name="mail_episode_with_shop"),
            models.UniqueConstraint(
                fields=["shop", "kind"], condition=Q(over_at=None), name="mail_episode_open_once"
            ),
            models.UniqueConstraint(
                fields=["shop", "kind", "key"], condition=~Q(key=""), name="mail_episode_once"
            ),
        )


class Mail(models.Model):
    """One message to one address: waiting, under way, sent or given up. The table is the queue.

    `begun_at` without an end means that whoever had it was killed, or that the mail server broke
    off: it may have arrived. It is then sent once more and no oftener.
    """

    class Phase(models.TextChoices):
        ASK = "ask"  # whether the address wants to be told at all
        TOLD = "told"
        OVER = "over"

    shop = models.ForeignKey(Shop, on_delete=models.CASCADE)
    address = models.ForeignKey(MailAddress, on_delete=models.CASCADE)
    episode = models.ForeignKey(Episode, on_delete=models.CASCADE, null=True)
    phase = models.CharField(max_length=10, choices=Phase)
    asked_at = models.DateTimeField()  # from when on it was to be sent
    ready_at = models.DateTimeField(null=True)  # when to try; None: sent, dropped or given up
    begun_at = models.DateTimeField(null=True)
    tries = models.PositiveSmallIntegerField(default=0)
    doubts = models.PositiveSmallIntegerField(default=0)  # tries that may have arrived
    sent_at = models.DateTimeField(null=True)
    trouble = models.CharField(max_length=60, default="", blank=True)  # of the last try

    class Meta:
        constraints = (
            models.CheckConstraint(
                condition=Q(phase="ask", episode=None)
                | (~Q(phase="ask") & Q(episode__isnull=False)),
                name="mail_asks_or_tells",
            ),
            models.UniqueConstraint(
                fields=["address", "episode", "phase"], name="mail_once_per_episode"
            ),
            models.UniqueConstraint(
                fields=["address"], condition=Q(phase="ask"), name="mail_asks_once"
            ),
        )
        indexes = (
            models.Index(
                fields=["ready_at", "id"], name="mail_ready", condition=Q(ready_at__isnull=False)
            ),
        )
