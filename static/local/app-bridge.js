// App Bridge for demos and tests without Shopify's CDN: the members Lejar uses, and nothing else.
// Loaded first and synchronously, like the real one (contract 9.1, 11). `shopify.calls` is what was
// asked of it; any other member throws, so that a new use is noticed.
(() => {
  "use strict";
  const query = new URLSearchParams(location.search);
  const shop = query.get("shop") || "";
  const plainFetch = (window.plainFetch ??= window.fetch.bind(window)); // a bounced page loads us again
  const RETRY = "X-Shopify-Retry-Invalid-Session-Request";
  const framed = window.parent !== window;
  const calls = [];
  const WORDS = {
    en: { bar: "Unsaved changes", save: "Save", discard: "Discard", drop: "Discard all unsaved changes?", keep: "Continue editing", leave: "Leave page with unsaved changes?", stay: "Stay", go: "Leave page", done: "Done", cancel: "Cancel" },
    ms: { bar: "Perubahan belum disimpan", save: "Simpan", discard: "Buang", drop: "Buang semua perubahan yang belum disimpan?", keep: "Teruskan menyunting", leave: "Tinggalkan halaman dengan perubahan yang belum disimpan?", stay: "Kekal di sini", go: "Tinggalkan halaman", done: "Selesai", cancel: "Batal" },
    zh: { bar: "有未保存的更改", save: "保存", discard: "放弃", drop: "放弃所有未保存的更改？", keep: "继续编辑", leave: "离开此页面？更改尚未保存。", stay: "留在此页", go: "离开此页", done: "完成", cancel: "取消" },
  };
  const word = (name) => (WORDS[document.documentElement.lang.slice(0, 2)] || WORDS.en)[name];

  // --- tokens

  async function idToken() {
    const answer = await plainFetch(`/local/id-token?shop=${encodeURIComponent(shop)}`);
    if (!answer.ok) throw new TypeError("no local session token for this shop");
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

  // --- small pieces of the admin around the page

  function made(tag, properties = {}, ...children) {
    const element = Object.assign(document.createElement(tag), properties);
    element.append(...children);
    return element;
  }

  function asked(heading, no, yes, content = []) {
    return new Promise((resolve) => {
      const answer = (value, text, kind) => made("button", { textContent: text, className: kind, onclick: () => dialog.close(value) });
      const buttons = made("footer", {}, answer("", no, ""), answer("yes", yes, "primary"));
      const dialog = made("dialog", { className: "local-asked", ariaLabel: heading }, made("h2", { textContent: heading }), ...content, buttons);
      dialog.onclose = () => {
        dialog.remove();
        resolve(dialog.returnValue === "yes");
      };
      document.body.append(dialog);
      dialog.showModal();
    });
  }

  let toasts = 0;
  const toast = {
    show(message, { duration = 5000, isError = false } = {}) {
      const id = `toast-${++toasts}`;
      const shown = made("div", { id, className: "local-toast", textContent: message, role: isError ? "alert" : "status" });
      document.body.append(shown);
      setTimeout(() => shown.remove(), duration);
      return id;
    },
    hide: (id) => document.getElementById(id)?.remove(),
  };

  // --- the save bar of <form data-save-bar>

  const bar = () => document.querySelector("ui-save-bar");
  const differs = (field) => {
    if (field.matches("s-checkbox, s-switch")) return field.checked !== field.hasAttribute("checked");
    if (field.matches("s-choice-list")) return field.isChanged;
    return typeof field.value === "string" && field.value !== (field.getAttribute("value") ?? field.defaultValue ?? "");
  };

  // The admin's bar is outside the frame and takes no focus along: it goes back to what was changed last.
  let changed = null;

  function hideBar() {
    const shown = bar();
    const hadFocus = shown?.contains(document.activeElement);
    shown?.remove();
    if (hadFocus && changed?.isConnected) changed.focus();
  }

  async function discard(form) {
    const asks = "discardConfirmation" in form.dataset;
    if (!asks || (await asked(word("drop"), word("keep"), word("discard")))) form.reset();
  }

  function showBar(form) {
    if (bar()?.form === form) return;
    hideBar();
    const save = made("button", { textContent: word("save"), className: "primary", onclick: () => form.requestSubmit() });
    const drop = made("button", { textContent: word("discard"), onclick: () => discard(form) });
    const shown = made("ui-save-bar", { form, role: "region", ariaLabel: word("bar") }, made("span", { textContent: word("bar") }), drop, save);
    document.body.prepend(shown);
  }

  function judge(event) {
    const form = event.target.closest?.("form[data-save-bar]");
    if (!form) return;
    changed = event.target;
    if ([...form.querySelectorAll("[name]")].some(differs)) showBar(form);
    else hideBar();
  }
  document.addEventListener("input", judge);
  document.addEventListener("change", judge);
  for (const name of ["submit", "reset"])
    document.addEventListener(name, (event) => event.target === bar()?.form && hideBar(), true);

  async function leaveConfirmation() {
    if (bar() && !bar().form.isConnected) hideBar();
    if (!bar()) return;
    if (!(await asked(word("leave"), word("stay"), word("go")))) throw new Error("stays");
    hideBar();
  }

  // --- choosing

  async function picker({ heading, multiple = false, items = [] }) {
    const type = multiple ? "checkbox" : "radio";
    const inputs = items.map((item) =>
      made("input", { type, name: "picked", value: item.id, checked: Boolean(item.selected), disabled: Boolean(item.disabled) }),
    );
    const rows = inputs.map((input, index) => made("label", {}, input, ` ${items[index].heading}`));
    const selected = asked(heading, word("cancel"), word("done"), rows).then((isDone) =>
      isDone ? inputs.filter((input) => input.checked).map((input) => input.value) : undefined,
    );
    return { selected };
  }

  // --- the object

  const overlay = (method) => async (id) => document.getElementById(id)[method]();
  const closed = (owner, members) =>
    new Proxy(members, {
      get(target, name) {
        if (name in target || typeof name === "symbol") return target[name];
        throw new TypeError(`${owner}.${name} is not in the contract`);
      },
    });
  const recorded = (path, member) => (...given) => {
    calls.push([path, ...given]);
    return member(...given);
  };
  const group = (owner, members) =>
    closed(`shopify.${owner}`, Object.fromEntries(Object.entries(members).map(([name, member]) => [name, recorded(`${owner}.${name}`, member)])));

  window.shopify = closed("shopify", {
    config: {
      apiKey: document.querySelector("meta[name=shopify-api-key]")?.content || "",
      shop,
      host: query.get("host") || "",
      locale: query.get("locale") || navigator.language,
    },
    ready: Promise.resolve(),
    environment: { mobile: false, embedded: framed, pos: false, intent: false },
    idToken: recorded("idToken", idToken),
    toast: group("toast", toast),
    loading: recorded("loading", (isLoading = true) => document.documentElement.classList.toggle("local-loading", isLoading)),
    modal: group("modal", { show: overlay("showOverlay"), hide: overlay("hideOverlay"), toggle: overlay("toggleOverlay") }),
    saveBar: group("saveBar", { leaveConfirmation }),
    picker: recorded("picker", picker),
    resourcePicker: recorded("resourcePicker", async () => undefined), // as if cancelled: there are no products here
    scopes: group("scopes", {
      query: async () => ({ granted: [], required: [], optional: [] }),
      request: async () => ({ result: "declined-all", detail: { granted: [] } }),
      revoke: async () => ({ detail: { granted: [] } }),
    }),
    support: group("support", { registerHandler: async () => undefined }),
    reviews: group("reviews", { request: async () => ({ success: false, code: "merchant-ineligible", message: "" }) }),
    calls,
  });

  // --- navigation

  function navigate(link) {
    const isHandled = !link.dispatchEvent(new CustomEvent("shopify:navigate", { bubbles: true, cancelable: true }));
    if (!isHandled) location.assign(link.getAttribute("href"));
  }

  document.addEventListener("click", (event) => {
    const link = event.target.closest?.("a[href], s-link[href], s-button[href], s-clickable[href]");
    const target = link?.getAttribute("target") || "_self";
    if (!link || event.defaultPrevented || event.metaKey || event.ctrlKey || target !== "_self") return;
    if (new URL(link.getAttribute("href"), location.href).origin !== location.origin) return;
    event.preventDefault();
    navigate(link);
  });

  // --- inside the frame of /local/admin, which shows the menu instead of us

  const entries = () => [...document.querySelectorAll("s-app-nav > s-link")];

  function tell() {
    const menu = entries().map((link) => ({
      href: link.getAttribute("href"),
      text: link.textContent.trim(),
      isHome: link.rel === "home" || link.getAttribute("rel") === "home",
      isCurrent: link.hasAttribute("aria-current"),
    }));
    const address = location.pathname + location.search;
    window.parent.postMessage({ lejar: "page", menu, address, title: document.title }, location.origin);
  }

  if (framed) {
    document.documentElement.classList.add("local-framed");
    window.addEventListener("message", (event) => {
      if (event.origin !== location.origin || event.data?.lejar !== "go") return;
      const link = entries().find((entry) => entry.getAttribute("href") === event.data.href);
      if (link) navigate(link);
    });
    document.addEventListener("DOMContentLoaded", () => {
      tell();
      const seen = new MutationObserver(tell);
      seen.observe(document.head, { childList: true, subtree: true });
      const nav = document.querySelector("s-app-nav");
      if (nav) seen.observe(nav, { attributes: true, subtree: true });
    });
  }
})();
