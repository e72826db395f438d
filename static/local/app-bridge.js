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
    headers.set("Accept-Language", document.documentElement.lang || navigator.language);
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

  // The local components are plain elements: a link is followed here.
  document.addEventListener("click", (event) => {
    const link = event.target.closest?.("s-link[href]");
    if (link) location.assign(link.getAttribute("href"));
  });
  document.addEventListener("keydown", (event) => {
    if (event.key === "Enter" && event.target.matches?.("s-link[href]")) event.target.click();
  });
  document.addEventListener("DOMContentLoaded", () => {
    for (const link of document.querySelectorAll("s-link[href]")) {
      link.tabIndex = 0;
      link.setAttribute("role", "link");
    }
    // On a narrow screen every cell carries its column's name (see polaris.css).
    for (const table of document.querySelectorAll("s-table")) {
      const names = [...table.querySelectorAll("s-table-header")];
      for (const row of table.querySelectorAll("s-table-row")) {
        [...row.children].forEach((cell, index) => {
          cell.dataset.label = names[index]?.textContent || "";
          cell.dataset.format = names[index]?.getAttribute("format") || "";
        });
      }
    }
  });
})();
