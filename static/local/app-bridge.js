// App Bridge for demos and tests without Shopify's CDN: the members Lejar uses, and nothing else.
// Loaded first and synchronously, like the real one (contract 9.1, 11).
(() => {
  "use strict";
  const query = new URLSearchParams(location.search);
  const shop = query.get("shop") || "";
  const plainFetch = window.fetch.bind(window);
  const RETRY = "X-Shopify-Retry-Invalid-Session-Request";

  async function idToken() {
    const answer = await plainFetch(`/local/id-token?shop=${encodeURIComponent(shop)}`);
    if (!answer.ok) throw new Error("no local session token for this shop");
    return (await answer.json()).token;
  }

  async function withToken(input, init) {
    const request = new Request(input, init);
    if (new URL(request.url).origin !== location.origin) return plainFetch(request);
    const headers = new Headers(request.headers);
    if (!headers.has("Authorization")) headers.set("Authorization", `Bearer ${await idToken()}`);
    headers.set("Accept-Language", shopify.config.locale);
    return plainFetch(new Request(request, { headers }));
  }

  window.fetch = async (input, init) => {
    const again = input instanceof Request ? input.clone() : input;
    const answer = await withToken(input, init);
    return answer.status === 401 && answer.headers.get(RETRY) ? withToken(again, init) : answer;
  };

  window.shopify = {
    config: {
      apiKey: document.querySelector("meta[name=shopify-api-key]")?.content || "",
      shop,
      host: query.get("host") || "",
      locale: query.get("locale") || navigator.language,
    },
    ready: Promise.resolve(),
    environment: { mobile: false, embedded: false, pos: false, intent: false },
    idToken,
  };

  async function show(address) {
    const answer = await window.fetch(address, {
      headers: { "X-Shopify-Bounce": "1", Accept: "text/html" },
    });
    const html = await answer.text();
    history.replaceState(null, "", address);
    document.open();
    document.write(html || `<p>${answer.status}</p>`);
    document.close();
  }

  const reload = query.get("shopify-reload");
  if (location.pathname === "/session/bounce" && reload) {
    const address = new URL(reload, location.origin);
    if (address.origin === location.origin) show(address.pathname + address.search);
  }

  // The local components are plain elements. What Polaris gives a keyboard or a screen reader is
  // added here: links, headings, landmarks and tables.
  const ROLES = {
    "s-app-nav": "navigation",
    "s-page": "main",
    "s-table": "table",
    "s-table-body": "rowgroup",
    "s-table-header-row": "row",
    "s-table-row": "row",
    "s-table-header": "columnheader",
    "s-table-cell": "cell",
  };

  function linked(element) {
    const link = document.createElement("a");
    link.href = element.getAttribute("href");
    link.append(...element.childNodes);
    element.append(link);
  }

  function headed(element) {
    const heading = document.createElement(element.matches("s-page") ? "h1" : "h2");
    heading.textContent = element.getAttribute("heading");
    const breadcrumb = element.querySelector(":scope > [slot]");
    if (breadcrumb) breadcrumb.after(heading);
    else element.prepend(heading);
  }

  // On a narrow screen every cell carries its column's name (see polaris.css).
  function labelled(table) {
    const names = [...table.querySelectorAll("s-table-header")];
    for (const row of table.querySelectorAll("s-table-row")) {
      [...row.children].forEach((cell, index) => {
        cell.dataset.label = names[index]?.textContent || "";
        cell.dataset.format = names[index]?.getAttribute("format") || "";
      });
    }
    const section = table.closest("s-section");
    const name = section?.getAttribute("heading") || section?.getAttribute("accessibilityLabel");
    if (name) table.setAttribute("aria-label", name);
  }

  document.addEventListener("DOMContentLoaded", () => {
    for (const [tag, role] of Object.entries(ROLES)) {
      document.querySelectorAll(tag).forEach((element) => element.setAttribute("role", role));
    }
    document.querySelectorAll("s-link[href]").forEach(linked);
    document.querySelectorAll("[heading]").forEach(headed);
    document.querySelectorAll("s-table").forEach(labelled);
  });
})();
