"""Where the stand-in answers, below `/sandbox/`. Mounted only when `LEJAR_SANDBOX` is on."""

from __future__ import annotations

from django.urls import path

from accounting.sandbox import autocount_cloud, bookkeeper, gateway, sql_account

urlpatterns = [
    path("acctbridge/v1/<str:product>/<path:path>", gateway.call),
    path("autocount_cloud/<str:book>/<path:path>", autocount_cloud.call),
    path("sql_account/<path:path>", sql_account.call),
    path("companies", bookkeeper.companies),
    path("companies/<int:company_id>/", bookkeeper.company),
    path("companies/<int:company_id>/trial-balance", bookkeeper.trial_balance),
    path("companies/<int:company_id>/documents", bookkeeper.documents),
    path("companies/<int:company_id>/documents/<int:document_id>", bookkeeper.set_document),
    path("companies/<int:company_id>/journal", bookkeeper.journal),
    path("companies/<int:company_id>/journal.beancount", bookkeeper.plain_text_journal),
    path("companies/<int:company_id>/calls", bookkeeper.calls),
    path("companies/<int:company_id>/switches", bookkeeper.set_switches),
]
