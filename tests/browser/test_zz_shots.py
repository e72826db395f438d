from tests.browser.test_products import *
from accounting.models import *
import pytest
@pytest.mark.parametrize("locale,w", [("en",1280),("en",390),("ms",1280),("zh-CN",390)])
def test_shots(page, sold, locale, w, complaints):
    ItemMapping.objects.create(store=sold.order.store, match="vendor", value="kilang kopi", account="4000-100")
    ItemMapping.objects.create(store=sold.order.store, match="sku", value="kopi-2", account="4000-200", item_code="KOPI2")
    Variant.objects.filter(variant_id=9003).update(suggested_by="name", suggested_item="KOPI-X", suggested_name="Kopi tiga", likeness=92)
    catalogue.settle(sold.order.store_id, [("sku","kopi-2"),("vendor","kilang kopi")])
    page.set_viewport_size({"width": w, "height": 1000})
    for i, q in enumerate(("", "&show=suggested", "&q=zzz", "&more=1")):
        page.goto(ADDRESS + q + "&locale=" + locale); page.wait_for_timeout(400)
        page.screenshot(path=f"/tmp/products/{locale}-{w}-{i}.png", full_page=True)
        print(locale, w, i, page.evaluate("document.documentElement.scrollWidth"))
    page.goto(ADDRESS+"&locale="+locale)
    page.locator('s-button[commandfor="map-all"]').click(); page.wait_for_timeout(300)
    page.screenshot(path=f"/tmp/products/{locale}-{w}-modal.png")
    complaints.clear()
