"""What a message says, in the language of its address: plain text, and the same as simple HTML."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime
from typing import Any
from zoneinfo import ZoneInfo

from django.utils import translation
from django.utils.functional import Promise
from django.utils.html import format_html, format_html_join
from django.utils.safestring import SafeString
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy as lazy

from shopify_app.hold_words import hold
from shopify_app.mail import links
from shopify_app.models import Episode, Mail, Shop

Kind = Episode.Kind
KINDS: dict[str, Promise] = {
    Kind.OFFLINE: lazy("The books do not answer for longer than the minutes below"),
    Kind.REFUSED: lazy("The books refuse the connection, so nothing is sent to them"),
    Kind.SHOPIFY: lazy("Shopify no longer lets Lejar in, or a permission is missing"),
    Kind.HELD: lazy("Orders or documents wait for you longer than a day (once a day)"),
    Kind.DIFFERENCES: lazy("A check of the books found differences"),
    Kind.PLAN: lazy("Nothing is sent because there is no plan"),
}
PAGES = {
    Kind.OFFLINE: "/connection",
    Kind.REFUSED: "/connection",
    Kind.SHOPIFY: "/",
    Kind.HELD: "/attention",
    Kind.DIFFERENCES: "/connection",
    Kind.PLAN: "/settings/plan",
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Said:
    """One message: paragraphs, a list where there is one, one link to follow, and small print with
    the link that ends it all."""

    subject: str
    paragraphs: list[str]
    link: str
    link_words: str
    small_print: str
    stop: str
    stop_words: str
    items: list[str] = field(default_factory=list)

    def text(self) -> str:
        listed = ["\n".join(f"- {item}" for item in self.items)] if self.items else []
        ways = [f"{self.link_words}:\n{self.link}"]
        ends = ["-- ", f"{self.small_print}\n{self.stop_words}:\n{self.stop}"]
        return "\n\n".join([*self.paragraphs, *listed, *ways, *ends]) + "\n"

    def html(self) -> str:
        listed = format_html_join("", "<li>{}</li>", ((item,) for item in self.items))
        return format_html(
            '{}{}<p><a href="{}">{}</a></p><hr><p><small>{} <a href="{}">{}</a></small></p>',
            _paragraphs(self.paragraphs),
            format_html("<ul>{}</ul>", listed) if self.items else "",
            self.link,
            self.link_words,
            self.small_print,
            self.stop,
            self.stop_words,
        )


def _paragraphs(said: list[str]) -> SafeString:
    return format_html_join("", "<p>{}</p>", ((each,) for each in said))


def of(mail: Mail) -> Said:
    """Raises sealing.SealKeyMissing."""
    with translation.override(mail.address.language):
        if mail.episode is None:
            return _question(mail)
        over = mail.phase == Mail.Phase.OVER
        subject, paragraphs, items = (_over if over else _told)(mail.shop, mail.episode)
        if mail.doubts:
            again = _("You may have received this message before: sending it was interrupted.")
            paragraphs = [*paragraphs, again]
        return Said(
            subject=f"Lejar: {subject} ({mail.shop.domain})",
            paragraphs=[str(each) for each in paragraphs],
            items=items,
            link=links.in_admin(mail.shop, PAGES[Kind(mail.episode.kind)]),
            link_words=_("Open Lejar in Shopify"),
            small_print=_("You get this because this address is entered in Lejar's settings."),
            stop=links.link(links.STOP, mail.address.key),
            stop_words=_("No more of these messages"),
        )


def _question(mail: Mail) -> Said:
    domain = mail.shop.domain
    asked = _(
        "Somebody of the shop %(shop)s wants Lejar to tell this address when the connection to the "
        "books has trouble or orders wait for a decision."
    )
    return Said(
        subject=_("Lejar: confirm this address for %(shop)s") % {"shop": domain},
        paragraphs=[
            asked % {"shop": domain},
            _("Confirm within three days if you want that. Without it nothing more is sent here."),
        ],
        link=links.link(links.CONFIRM, mail.address.key),
        link_words=_("Confirm this address"),
        small_print=_("If you do not know the shop, you need not do anything."),
        stop=links.link(links.STOP, mail.address.key),
        stop_words=_("Remove this address from Lejar"),
    )


Parts = tuple[Any, list[Any], list[str]]  # subject, paragraphs, items


def _told(shop: Shop, episode: Episode) -> Parts:
    facts = episode.facts
    if episode.kind == Kind.HELD:
        return _digest(facts)
    if episode.kind == Kind.DIFFERENCES:
        said = _("Differences between the books and what Lejar posted: %(count)s.")
        return (
            _("A check of the books found differences"),
            [said % facts, _("Open Lejar to see each with its figures. Nothing was changed.")],
            [],
        )
    subject, text, step = TOLD[episode.kind]
    since = [_("Since: %(at)s.") % {"at": _at(facts["since"], shop)}] if "since" in facts else []
    return subject, [text, *since, step], []


KEPT = lazy("Orders are still received and planned; they wait and nothing is lost.")
TOLD: dict[str, tuple[Promise, Promise, Promise]] = {
    Kind.OFFLINE: (
        lazy("the books do not answer"),
        lazy("Lejar cannot reach your books. It keeps trying, and documents wait."),
        lazy("Check that the accounting PC or service is on and connected."),
    ),
    Kind.REFUSED: (
        lazy("the connection to the books is stopped"),
        lazy("The books refuse what Lejar sends, so nothing more is sent until it is put right."),
        lazy("Open Lejar: the page Connection says why and what to do, then resume."),
    ),
    Kind.SHOPIFY: (
        lazy("Shopify does not let Lejar in"),
        lazy("Lejar cannot read all it needs from Shopify: its access ended, or a permission."),
        lazy("Open Lejar in the Shopify admin: that renews its access, or says what to approve."),
    ),
    Kind.PLAN: (
        lazy("nothing is sent without a plan"),
        KEPT,
        lazy("Choose a plan, and what waits is sent."),
    ),
}
OVER: dict[str, Promise] = {
    Kind.OFFLINE: lazy("The books answer again"),
    Kind.REFUSED: lazy("The connection to the books is working again"),
    Kind.SHOPIFY: lazy("Shopify lets Lejar in again"),
    Kind.PLAN: lazy("There is a plan again"),
}


def _over(shop: Shop, episode: Episode) -> Parts:
    over = episode.over_at.isoformat() if episode.over_at else ""
    ended = _("It ended at %(at)s. What waited goes on by itself.") % {"at": _at(over, shop)}
    return OVER[episode.kind], [ended], []


def _digest(facts: dict[str, Any]) -> Parts:
    """Counts by kind; no order, no customer and no amount is named."""
    several = _("Orders held longer than a day: at least %(count)s.")
    exact = _("Orders held longer than a day: %(count)s.")
    refused = _("Documents the books refused, longer than a day ago: %(count)s.")
    paragraphs = []
    if facts["orders"]:
        paragraphs.append((several if facts["at_least"] else exact) % {"count": facts["orders"]})
    if facts["documents"]:
        paragraphs.append(refused % {"count": facts["documents"]})
    items = [f"{hold(code)[0]}: {count}" for code, count in facts["reasons"].items()]
    return _("something waits for you"), paragraphs, items


def _at(iso: str, shop: Shop) -> str:
    """To the minute, in the shop's time zone, which is named."""
    zone = shop.store.time_zone
    return f"{datetime.fromisoformat(iso).astimezone(ZoneInfo(zone)):%Y-%m-%d %H:%M} ({zone})"
