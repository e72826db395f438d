"""Every route on one page."""

from __future__ import annotations

from django.conf import settings
from django.urls import URLPattern, URLResolver, include, path
from drf_spectacular.views import SpectacularJSONAPIView

import shopify_app.converters  # noqa: F401  # registers the kinds "day" and "month"
from shopify_app import health, local, outside, session, webhooks
from shopify_app.api import (
    accountants,
    activity,
    backfills,
    books,
    bulk,
    codes,
    connection,
    deliveries,
    documents,
    guides,
    mapping_files,
    mapping_previews,
    mappings,
    notifications,
    order_codes,
    orders,
    plan,
    privacy,
    products,
    reconciliation,
    setup_guide,
    store,
    summary,
    view,
)
from shopify_app.api import tie_out as tie_out_api
from shopify_app.mail import door as mail_door
from shopify_app.pages import accountant as accountant_pages
from shopify_app.pages import activity as activity_pages
from shopify_app.pages import (
    attention,
    home,
    imports,
    mapping_changes,
    mapping_tables,
    policies,
    privacy_policy,
    privacy_requests,
)
from shopify_app.pages import connection as connection_page
from shopify_app.pages import documents as document_pages
from shopify_app.pages import mapping as mapping_page
from shopify_app.pages import notifications as notification_pages
from shopify_app.pages import order_codes as order_codes_pages
from shopify_app.pages import orders as order_pages
from shopify_app.pages import plan as plan_pages
from shopify_app.pages import products as product_pages
from shopify_app.pages import tie_out as tie_out_pages

schema = SpectacularJSONAPIView.as_view(authentication_classes=[], permission_classes=[])

api: list[URLPattern | URLResolver] = [
    path("schema", schema, name="schema"),
    path("summary", summary.SummaryView.as_view()),
    path("plan", plan.PlanView.as_view()),
    path("store", store.StoreView.as_view()),
    path("connection", connection.ConnectionView.as_view()),
    path("connection/check", connection.CheckView.as_view()),
    path("connection/demo", connection.DemoView.as_view()),
    path("connection/pause", connection.PauseView.as_view()),
    path("connection/resume", connection.ResumeView.as_view()),
    path("guides", guides.GuidesView.as_view()),
    path("setup-guide", setup_guide.SetUpGuideView.as_view()),
    path("setup-guide/dismiss", setup_guide.DismissGuideView.as_view()),
    path("codes", codes.CodeListsView.as_view()),
    path("codes/<str:name>", codes.CodeListView.as_view()),
    path("books/check", books.BooksCheckView.as_view()),
    path("books/differences", books.DifferencesView.as_view()),
    path("books/differences/<int:difference_id>/dismiss", books.DismissView.as_view()),
    path("mappings/items", mappings.ItemsView.as_view()),
    path("mappings/taxes", mappings.TaxesView.as_view()),
    path("mappings/gateways", mappings.GatewaysView.as_view()),
    path("mappings/roles", mappings.RolesView.as_view()),
    path("mappings/projects", mappings.ProjectsView.as_view()),
    path("mappings/customers", mappings.CustomersView.as_view()),
    path("mappings/preview", mapping_previews.PreviewsView.as_view()),
    path("mappings/preview/<int:preview_id>", mapping_previews.PreviewStateView.as_view()),
    path("mappings/imports", mapping_files.ImportsView.as_view()),
    path("mappings/imports/<int:import_id>", mapping_files.ImportStateView.as_view()),
    path("mappings/imports/<int:import_id>/apply", mapping_files.ApplyView.as_view()),
    path("mappings/imports/<int:import_id>/cancel", mapping_files.CancelImportView.as_view()),
    path("mappings/<str:what>.csv", mapping_files.ExportView.as_view()),
    path("mappings/<str:what>/import", mapping_files.ImportView.as_view()),
    path("products", products.ProductsView.as_view()),
    path("products/map", products.MapProductsView.as_view()),
    path("products/read", products.ReadProductsView.as_view()),
    path("products/suggestions", products.SuggestionsView.as_view()),
    path("products/suggestions/accept", products.AcceptView.as_view()),
    path("unmapped", mappings.UnmappedView.as_view()),
    path("orders", orders.OrdersView.as_view()),
    path("orders/<int:order_id>", orders.OrderView.as_view()),
    path("orders/replan", bulk.ReplanManyView.as_view()),
    path("orders/refetch", bulk.RefetchManyView.as_view()),
    path("orders/next-open-day", bulk.NextOpenDayManyView.as_view()),
    path("orders/<int:order_id>/next-open-day", orders.NextOpenDayView.as_view()),
    path("orders/<int:order_id>/codes", order_codes.OrderCodesView.as_view()),
    path("orders/<int:order_id>/replan", orders.ReplanView.as_view()),
    path("orders/<int:order_id>/refetch", orders.RefetchView.as_view()),
    path("reconciliation", reconciliation.ReconciliationView.as_view()),
    path("orders/<int:order_id>/reverse", orders.ReverseView.as_view()),
    path("documents", documents.DocumentsView.as_view()),
    path("documents/<int:document_id>", documents.DocumentView.as_view()),
    path("documents/retry", bulk.RetryManyView.as_view()),
    path("documents/skip", bulk.SkipManyView.as_view()),
    path("documents/<int:document_id>/retry", documents.RetryView.as_view()),
    path("documents/<int:document_id>/skip", documents.SkipView.as_view()),
    path("backfills", backfills.BackfillsView.as_view()),
    path("backfills/<int:backfill_id>", backfills.BackfillView.as_view()),
    path("backfills/<int:backfill_id>/orders", backfills.BackfillOrdersView.as_view()),
    path("backfills/<int:backfill_id>/orders.csv", backfills.BackfillFileView.as_view()),
    path("backfills/<int:backfill_id>/preview", backfills.PreviewView.as_view()),
    path("backfills/<int:backfill_id>/post", backfills.PostView.as_view()),
    path("backfills/<int:backfill_id>/reverse", backfills.ReverseView.as_view()),
    path("backfills/<int:backfill_id>/cancel", backfills.CancelView.as_view()),
    path("tie-out", tie_out_api.TieOutView.as_view()),
    path("tie-out.csv", tie_out_api.TieOutFileView.as_view()),
    path("statements/<month:month>", tie_out_api.StatementView.as_view()),
    path("statements/<month:month>/approve", tie_out_api.ApproveView.as_view()),
    path("deliveries", deliveries.DeliveriesView.as_view()),
    path("deliveries/retry", bulk.RetryDeliveriesView.as_view()),
    path("deliveries/<int:delivery_id>/retry", deliveries.RetryDeliveryView.as_view()),
    path("privacy/requests", privacy.RequestsView.as_view()),
    path("privacy/requests/<int:request_id>/export", privacy.ExportView.as_view()),
    path("privacy/access", privacy.AccessView.as_view()),
    path("notifications", notifications.NotificationsView.as_view()),
    path("notifications/addresses", notifications.AddressesView.as_view()),
    path("notifications/addresses/<int:address_id>", notifications.AddressView.as_view()),
    path("notifications/addresses/<int:address_id>/ask", notifications.AskAgainView.as_view()),
    path("activity", activity.ActivityView.as_view()),
    path("activity.csv", activity.ActivityCsvView.as_view()),
    path("activity/check", activity.ActivityCheckView.as_view()),
    path("accountant-links", accountants.LinksView.as_view()),
    path("accountant-links/<int:link_id>/revoke", accountants.RevokeView.as_view()),
    path("<path:nothing>", view.NothingView.as_view()),
]

# All that an accountant outside the admin sees (ADR 34): these pages, by the same names …
for_accountant: list[URLPattern | URLResolver] = [
    path("", outside.page(home.home_page), name="home"),
    path("documents", outside.page(document_pages.list_page), name="documents"),
    path("documents/<int:document_id>", outside.page(document_pages.detail_page), name="document"),
    path("orders", outside.page(order_pages.list_page), name="orders"),
    path("orders/<int:order_id>", outside.page(order_pages.detail_page), name="order"),
    path(
        "orders/<int:order_id>/codes",
        outside.page(order_codes_pages.codes_page),
        name="order-codes",
    ),
    path("attention", outside.page(attention.attention_page), name="attention"),
    path("mapping", outside.page(mapping_page.hub_page), name="mapping"),
    path("mapping/taxes", outside.page(mapping_tables.table_page("taxes")), name="mapping-taxes"),
    path(
        "mapping/gateways",
        outside.page(mapping_tables.table_page("gateways")),
        name="mapping-gateways",
    ),
    path("mapping/accounts", outside.page(mapping_tables.accounts_page), name="mapping-accounts"),
    path(
        "mapping/projects",
        outside.page(mapping_tables.table_page("projects")),
        name="mapping-projects",
    ),
    path("mapping/products", outside.page(product_pages.products_page), name="mapping-products"),
    path("tie-out", outside.page(tie_out_pages.month_page), name="tie-out"),
    path("tie-out/statement", outside.page(tie_out_pages.statement_page), name="statement"),
    path("tie-out/<day:day>", outside.page(tie_out_pages.day_page), name="tie-out-day"),
    path("imports", outside.page(imports.list_page), name="imports"),
    path("imports/<int:backfill_id>", outside.page(imports.detail_page), name="import"),
    path("settings", outside.page(policies.settings_page), name="settings"),
    path("activity", outside.page(activity_pages.activity_page), name="activity"),
    path("hidden", outside.hidden_page, name="hidden"),
    # … and what those pages fetch, with the one thing an accountant does.
    path("api/v1/activity.csv", outside.api(activity.ActivityCsvView)),
    path("api/v1/tie-out.csv", outside.api(tie_out_api.TieOutFileView)),
    path("api/v1/mappings/<str:what>.csv", outside.api(mapping_files.ExportView)),
    path("api/v1/backfills/<int:backfill_id>/orders.csv", outside.api(backfills.BackfillFileView)),
    path("api/v1/statements/<month:month>/approve", outside.api(tie_out_api.ApproveView, "post")),
]

urlpatterns: list[URLPattern | URLResolver] = [
    path("healthz", health.healthz),
    path("webhooks/shopify", webhooks.receive),
    path("session/bounce", session.bounce, name="bounce"),
    path("auth/callback", session.callback),
    path("local/id-token", local.id_token),  # 404 unless SHOPIFY_UI=local
    path("local/admin", local.admin),  # the same
    # shopify.app.toml must name it, and Shopify never calls it where it manages installation
    path("privacy", privacy_policy.privacy_page, name="privacy"),  # public
    path("", home.home_page, name="home"),
    path("connection", connection_page.connection_page, name="connection"),
    path("mail/confirm/<str:token>", mail_door.confirm_page, name="mail-confirm"),  # public: signed
    path("mail/stop/<str:token>", mail_door.stop_page, name="mail-stop"),  # public: signed
    path("documents", document_pages.list_page, name="documents"),
    path("documents/<int:document_id>", document_pages.detail_page, name="document"),
    path("orders", order_pages.list_page, name="orders"),
    path("orders/open", order_pages.open_page, name="order-open"),  # the link in Shopify's orders
    path("orders/<int:order_id>", order_pages.detail_page, name="order"),
    path("orders/<int:order_id>/codes", order_codes_pages.codes_page, name="order-codes"),
    path("attention", attention.attention_page, name="attention"),
    path("tie-out", tie_out_pages.month_page, name="tie-out"),
    path("tie-out/statement", tie_out_pages.statement_page, name="statement"),
    path("tie-out/<day:day>", tie_out_pages.day_page, name="tie-out-day"),
    path("imports", imports.list_page, name="imports"),
    path("imports/<int:backfill_id>", imports.detail_page, name="import"),
    path("settings", policies.settings_page, name="settings"),
    path(
        "settings/notifications",
        notification_pages.notifications_page,
        name="settings-notifications",
    ),
    path("settings/privacy", privacy_requests.privacy_settings_page, name="settings-privacy"),
    path("settings/plan", plan_pages.plan_page, name="settings-plan"),
    path("activity", activity_pages.activity_page, name="activity"),
    path("settings/accountant", accountant_pages.links_page, name="settings-accountant"),
    path("accountant/<int:link_id>/open", outside.open_page, name="accountant-open"),
    path("accountant/<int:link_id>/session", outside.session, name="accountant-session"),
    path("accountant/<int:link_id>/", include((for_accountant, "accountant"))),
    path("mapping", mapping_page.hub_page, name="mapping"),
    path("mapping/taxes", mapping_tables.table_page("taxes"), name="mapping-taxes"),
    path("mapping/gateways", mapping_tables.table_page("gateways"), name="mapping-gateways"),
    path("mapping/accounts", mapping_tables.accounts_page, name="mapping-accounts"),
    path("mapping/projects", mapping_tables.table_page("projects"), name="mapping-projects"),
    path("mapping/customers", mapping_tables.table_page("customers"), name="mapping-customers"),
    path("mapping/import", mapping_changes.changes_page, name="mapping-changes"),
    path("mapping/import/<int:import_id>", mapping_changes.import_page, name="mapping-import"),
    path("mapping/dry-run/<int:preview_id>", mapping_changes.preview_page, name="mapping-dry-run"),
    path("mapping/products", product_pages.products_page, name="mapping-products"),
    path("api/v1/", include(api)),
]

if settings.LEJAR_SANDBOX:
    urlpatterns.append(path("sandbox/shopify/", include("shopify_app.sandbox.urls")))
    urlpatterns.append(path("sandbox/", include("accounting.sandbox.urls")))
