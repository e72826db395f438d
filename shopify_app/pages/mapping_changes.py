from shopify_app.pages.mapping import hub_page as changes_page

import_page = preview_page = changes_page
