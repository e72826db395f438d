"""The first days of a merchant with Lejar, in a real Chromium over the real parts.

Every click is one of the merchant's, every webhook comes signed through Shopify's door, the
worker's own tasks do the work, and what was posted is asked of the books themselves.
"""

from __future__ import annotations

from pathlib import Path

from django.utils import timezone
from playwright.sync_api import expect

from accounting import mapping_import, mapping_preview
from accounting import tasks as accounting_tasks
from accounting.models import GatewayMapping
from tests.browser.merchants import Desk, sells
from tests.journeys.shopkeeping import Counter

DAY = "2026-11-19"  # the whole story; the books then close it


def connects(desk: Desk) -> None:
    desk.open()
    expect(desk.app.get_by_text("0 of 5 steps are done.")).to_be_visible()
    desk.click("Connect your books")
    desk.at("Connection")
    desk.app.get_by_role("radio", name="A demo company").click()
    desk.app.get_by_label("Which one").select_option("AutoCount Cloud Accounting")
    desk.click("Connect the demo company")

    expect(desk.app.get_by_text("Documents go to your books as they are made.")).to_be_visible()
    desk.click("Check connection")
    desk.says("Checked")
    expect(desk.section("What the check found")).to_contain_text("Nothing stands in the way.")
    expect(desk.app.get_by_role("button", name="Read again: Payment methods")).to_be_visible()


def sets_prefix_and_customer(desk: Desk) -> None:
    desk.go("Settings")
    desk.app.get_by_label("Prefix of document numbers").fill("KR")
    desk.app.get_by_label("Customer code", exact=True).first.fill("300-C0001")
    desk.save()
    desk.says("Settings saved")
    desk.go("Lejar", heading="Home")
    expect(desk.app.get_by_text("3 of 5 steps are done.")).to_be_visible()


def finds_what_is_held(desk: Desk) -> None:
    desk.go("Needs you")
    for heading, row in (
        ("A payment gateway has no account", "“GrabPay”"),
        ("A product has no account", "“Songket Scarf Emerald”"),
        ("A tax has no tax code", "“Sales Tax” at 10 %"),
    ):
        expect(desk.section(heading)).to_contain_text(row)


def maps_what_is_missing(desk: Desk) -> None:
    desk.click("Map the tax")
    desk.at("Taxes")
    desk.app.get_by_label("Tax code: Sales Tax").fill("S-10")
    desk.save()
    desk.says("Saved. Held orders are planned again.")
    desk.go("Needs you")
    desk.click("Map the gateway")
    desk.at("Payment gateways")
    desk.click("Take all suggestions")
    expect(desk.app.get_by_label("Account or payment method: GrabPay")).to_have_value("GRABPAY")
    desk.save()
    desk.says("Saved. Held orders are planned again.")
    desk.go("Mapping")
    desk.app.get_by_label("Sales account").fill("500-0000")
    desk.save()
    desk.says("Saved. Held orders are planned again.")


def sees_the_hold_go(desk: Desk, shop: Counter) -> None:
    """Nobody loads the page again."""
    desk.go("Needs you")
    expect(desk.section("A tax has no tax code")).to_be_visible()
    shop.work_until_quiet()
    desk.later()
    expect(desk.app.get_by_text("Nothing needs you")).to_be_visible()


def looks_at_the_invoice(desk: Desk) -> None:
    desk.go("Documents")
    desk.click("KR-1001")
    desk.at("Invoice KR-1001")
    expect(desk.section("Summary")).to_contain_text("Read back from the books with the same total")
    expect(desk.section("The proof")).to_contain_text("88.00")
    expect(desk.section("What Shopify told")).to_be_visible()
    expect(desk.section("What was tried")).to_contain_text("Taken by the books")


def ties_out(desk: Desk) -> None:
    accounting_tasks.tie()
    desk.go("Tie-out")
    desk.click(DAY)
    desk.at(f"Tie-out {DAY}")
    expect(desk.app.get_by_text("None: every order agrees to the sen.")).to_be_visible()


def settled(shop: Counter) -> None:
    """What the first test does by hand."""
    shop.post("connection/demo", {"name": "autocount-cloud"})
    debtors = [{"currency": "MYR", "code": "300-C0001"}]
    shop.api.patch("store", {"prefix": "KR", "debtors": debtors})
    tax = {"title": "Sales Tax", "rate": "0.1", "code": "S-10"}
    shop.api.put("mappings/taxes", [tax])
    shop.api.put("mappings/gateways", [{"gateway": "GrabPay", "account": "GRABPAY"}])
    shop.api.put("mappings/items", [{"match": "default", "value": "", "account": "500-0000"}])


def maps_wrongly(desk: Desk, account: str) -> None:
    desk.go("Mapping")
    desk.app.get_by_label("Sales account").fill(account)
    desk.save()
    desk.says("Saved. Held orders are planned again.")


def corrects_it(desk: Desk) -> None:
    """What would change is shown before anything is saved."""
    desk.open("/mapping/products")
    account = desk.app.get_by_label("Account: Everything else")
    expect(account).to_have_value("599-0000")
    account.fill("500-0000")
    desk.click("What would change?")
    expect(desk.app.get_by_text("You can save without waiting for this.")).to_be_visible()
    mapping_preview.go_on(clock=timezone.now)
    desk.later(5)
    result = desk.app.locator("[data-dry-run-result]")
    expect(result).to_contain_text("not in the books yet that would get other codes: 1")
    expect(result).to_contain_text("#1002")
    expect(account).to_have_value("500-0000")
    desk.save()
    desk.says("Saved. Held orders are planned again.")


def tries_again(desk: Desk, shop: Counter, number: str) -> None:
    desk.go("Needs you")
    desk.click(number)
    desk.at(f"Invoice {number}")
    desk.click("Try again")
    desk.modal("retry").get_by_role("button", name="Try again").click()
    desk.says("It is tried again")
    shop.work_until_quiet()
    desk.later()
    expect(desk.section("Summary")).to_contain_text("It stands in the books.")


def leaves_out(desk: Desk, number: str) -> None:
    desk.go("Needs you")
    desk.click("Decide on refused documents")
    desk.app.get_by_label(f"Choose {number}").check()
    desk.click("Leave out")
    skip = desk.modal("skip")
    desk.app.get_by_label("Reason", exact=True).fill("Entered by hand, receipt 77")
    skip.get_by_role("button", name="Leave out").click()
    desk.says("Left out")
    expect(desk.app.get_by_label(f"Choose {number}")).to_have_count(0)


def takes_codes_out_and_in(desk: Desk) -> None:
    desk.open("/mapping/import?what=gateways")
    with desk.page.expect_download() as downloaded:
        desk.click("Download CSV")
    text = Path(downloaded.value.path()).read_text(encoding="utf-8-sig")
    _columns, row = text.splitlines()
    assert row == "grabpay,,,GRABPAY,false"
    more = "Billplz,,,BILLPLZ,false"
    desk.app.locator("input[type=file]").set_input_files(
        {"name": "g.csv", "mimeType": "text/csv", "buffer": f"{text.strip()}\n{more}\n".encode()}
    )
    desk.click("Show what it changes")
    desk.at("g.csv")
    mapping_import.go_on(clock=timezone.now)
    desk.later(5)
    expect(desk.app.get_by_text("Added: 1")).to_be_visible()
    expect(desk.app.get_by_text("As they are: 1")).to_be_visible()
    assert not GatewayMapping.objects.filter(gateway="billplz").exists()
    desk.click("Save these changes")
    desk.says("Being saved")
    mapping_import.go_on(clock=timezone.now)
    desk.later(5)
    expect(desk.app.get_by_text("The changes were saved")).to_be_visible()


def closes_the_books(desk: Desk) -> None:
    """What happens to late orders can be chosen once there is a closed period."""
    late = desk.app.get_by_label("What belongs to a closed period")
    desk.go("Settings")
    expect(late).to_be_disabled()
    desk.app.get_by_label("Books closed up to").fill(DAY)
    desk.save()
    desk.says("Settings saved")
    late.select_option("Is held until you decide")
    desk.save()
    desk.says("Settings saved")


def takes_many_to_the_next_open_day(desk: Desk, shop: Counter, *orders: str) -> None:
    desk.go("Needs you")
    desk.click("See the orders and decide")
    for order in orders:
        desk.app.get_by_label(f"Choose {order}").check()
    desk.click("Post to the next open day")
    modal = desk.modal("next-open-day")
    modal.get_by_role("button", name="Post to the next open day").click()
    desk.says("Posted to the next open day")
    shop.work_until_quiet()
    desk.later()
    expect(desk.app.get_by_text("No order is held for this any more.")).to_be_visible()


def sees_the_figures(desk: Desk, posted: str) -> None:
    accounting_tasks.tie()
    desk.go("Lejar", heading="Home")
    expect(desk.section("In your books")).to_contain_text(posted)
    expect(desk.section("Needs you")).to_contain_text("Nothing needs you")


def test_the_first_days_of_a_merchant(desk: Desk, lejar: Counter) -> None:
    connects(desk)
    sets_prefix_and_customer(desk)
    sells(lejar, 1001)
    finds_what_is_held(desk)
    maps_what_is_missing(desk)
    sees_the_hold_go(desk, lejar)
    looks_at_the_invoice(desk)
    ties_out(desk)
    sees_the_figures(desk, "MYR 88.00")


def test_what_went_wrong_is_put_right(desk: Desk, lejar: Counter) -> None:
    settled(lejar)
    desk.open()
    maps_wrongly(desk, "599-0000")
    sells(lejar, 1002)
    sells(lejar, 1003)
    leaves_out(desk, "KR-1003")
    corrects_it(desk)
    tries_again(desk, lejar, "KR-1002")
    takes_codes_out_and_in(desk)
    closes_the_books(desk)
    sells(lejar, 1004, gateway="Billplz")
    sells(lejar, 1005)
    takes_many_to_the_next_open_day(desk, lejar, "#1004", "#1005")
    lejar.clock.advance(days=1)  # the next open day
    sees_the_figures(desk, "MYR 264.00")
