// What app.js asks of App Bridge, for an accountant outside the Shopify admin. There is no token here:
// the cookie of the visit goes along by itself, and only to addresses under the link's own path.
(() => {
  const root = document.querySelector("meta[name=lejar-outside]").content;
  const real = window.fetch.bind(window);

  window.fetch = (address, options = {}) => {
    const headers = new Headers(options.headers);
    headers.set("X-Lejar-Outside", "1");
    headers.set("Accept-Language", document.documentElement.lang); // as App Bridge does
    const target = typeof address === "string" && address.startsWith("/api/") ? root + address : address;
    return real(target, { ...options, headers, credentials: "same-origin" });
  };

  function toast(message) {
    const shown = document.createElement("div");
    shown.className = "outside-toast";
    shown.setAttribute("role", "status");
    shown.textContent = message;
    document.body.append(shown);
    setTimeout(() => shown.remove(), 5000);
  }

  const overlay = (method) => async (id) => document.getElementById(id)[method]();
  window.shopify = {
    toast: { show: toast, hide: () => {} },
    loading: () => {},
    modal: { show: overlay("showOverlay"), hide: overlay("hideOverlay"), toggle: overlay("toggleOverlay") },
    saveBar: { leaveConfirmation: async () => {} }, // nothing can be entered here
  };

  // The menu's links are App Bridge's to follow in the admin; app.js listens to what it says.
  document.addEventListener("click", (event) => {
    const link = event.target.closest?.("s-app-nav s-link[href]");
    if (!link || event.metaKey || event.ctrlKey || event.shiftKey) return;
    event.preventDefault();
    const isOurs = !link.dispatchEvent(new CustomEvent("shopify:navigate", { bubbles: true, cancelable: true }));
    if (!isOurs) location.assign(link.getAttribute("href"));
  });

  document.addEventListener("click", async (event) => {
    if (!event.target.closest?.("[data-leave]")) return;
    await window.fetch(`${root}/session`, { method: "DELETE" }).catch(() => null);
    location.replace(`${root}/open#left`);
  });
})();
