"""Every route on one page."""

from __future__ import annotations

from django.conf import settings
from django.urls import URLPattern, URLResolver, include, path
from drf_spectacular.views import SpectacularJSONAPIView

from shopify_app import health, local, session, webhooks
from shopify_app.api import (
    backfills,
    books,
    codes,
    connection,
    deliveries,
    documents,
    guides,
    mappings,
    orders,
    plan,
    privacy,
    products,
    reconciliation,
    store,
    summary,
    view,
)
from shopify_app.pages import attention, mapping_changes, mapping_tables, privacy_policy
from shopify_app.pages import documents as document_pages
from shopify_app.pages import mapping as mapping_page
from shopify_app.pages import orders as order_pages
from shopify_app.pages import products as product_pages

schema = SpectacularJSONAPIView.as_view(authentication_classes=[], permission_classes=[])

api: list[URLPattern | URLResolver] = [
    path("schema", schema, name="schema"),
    path("summary", summary.SummaryView.as_view()),
    path("plan", plan.PlanView.as_view()),
    path("store", store.StoreView.as_view()),
    path("connection", connection.ConnectionView.as_view()),
    path("connection/check", connection.CheckView.as_view()),
    path("connection/pause", connection.PauseView.as_view()),
    path("connection/resume", connection.ResumeView.as_view()),
    path("guides", guides.GuidesView.as_view()),
    path("codes", codes.CodeListsView.as_view()),
    path("codes/<str:name>", codes.CodeListView.as_view()),
    path("books/check", books.BooksCheckView.as_view()),
    path("books/differences", books.DifferencesView.as_view()),
    path("mappings/items", mappings.ItemsView.as_view()),
    path("mappings/taxes", mappings.TaxesView.as_view()),
    path("mappings/gateways", mappings.GatewaysView.as_view()),
    path("mappings/roles", mappings.RolesView.as_view()),
    path("mappings/projects", mappings.ProjectsView.as_view()),
    path("mappings/customers", mappings.CustomersView.as_view()),
    path("products", products.ProductsView.as_view()),
    path("products/map", products.MapProductsView.as_view()),
    path("products/read", products.ReadProductsView.as_view()),
    path("products/suggestions", products.SuggestionsView.as_view()),
    path("products/suggestions/accept", products.AcceptView.as_view()),
    path("unmapped", mappings.UnmappedView.as_view()),
    path("orders", orders.OrdersView.as_view()),
    path("orders/<int:order_id>", orders.OrderView.as_view()),
    path("orders/<int:order_id>/replan", orders.ReplanView.as_view()),
    path("orders/<int:order_id>/refetch", orders.RefetchView.as_view()),
    path("reconciliation", reconciliation.ReconciliationView.as_view()),
    path("orders/<int:order_id>/reverse", orders.ReverseView.as_view()),
    path("documents", documents.DocumentsView.as_view()),
    path("documents/<int:document_id>", documents.DocumentView.as_view()),
    path("documents/<int:document_id>/retry", documents.RetryView.as_view()),
    path("documents/<int:document_id>/skip", documents.SkipView.as_view()),
    path("backfills", backfills.BackfillsView.as_view()),
    path("backfills/<int:backfill_id>", backfills.BackfillView.as_view()),
    path("backfills/<int:backfill_id>/orders", backfills.BackfillOrdersView.as_view()),
    path("backfills/<int:backfill_id>/preview", backfills.PreviewView.as_view()),
    path("backfills/<int:backfill_id>/post", backfills.PostView.as_view()),
    path("backfills/<int:backfill_id>/reverse", backfills.ReverseView.as_view()),
    path("backfills/<int:backfill_id>/cancel", backfills.CancelView.as_view()),
    path("deliveries", deliveries.DeliveriesView.as_view()),
    path("deliveries/<int:delivery_id>/retry", deliveries.RetryDeliveryView.as_view()),
    path("privacy/requests", privacy.RequestsView.as_view()),
    path("privacy/requests/<int:request_id>/export", privacy.ExportView.as_view()),
    path("privacy/access", privacy.AccessView.as_view()),
    path("<path:nothing>", view.NothingView.as_view()),
]

urlpatterns: list[URLPattern | URLResolver] = [
    path("healthz", health.healthz),
    path("webhooks/shopify", webhooks.receive),
    path("session/bounce", session.bounce, name="bounce"),
    path("auth/callback", session.callback),
    path("local/id-token", local.id_token),  # 404 unless SHOPIFY_UI=local
    # shopify.app.toml must name it, and Shopify never calls it where it manages installation
    path("privacy", privacy_policy.privacy_page, name="privacy"),  # public
    path("", document_pages.list_page, name="home"),
    path("documents", document_pages.list_page, name="documents"),
    path("documents/<int:document_id>", document_pages.detail_page, name="document"),
    path("orders", order_pages.list_page, name="orders"),
    path("orders/<int:order_id>", order_pages.detail_page, name="order"),
    path("attention", attention.attention_page, name="attention"),
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
