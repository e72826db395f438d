// Going from page to page without a full load: only a fetch carries the session token.
import { unsaved } from "./changes.js";
import { clear, fail, sentence } from "./failures.js";
import { word } from "./words.js";

const CARRIED = ["shop", "host", "locale", "embedded"]; // what the admin needs to frame a page again
const LINKS = "s-link[href], s-button[href], s-clickable[href], a[href]";

let shownAddress = location.pathname + location.search;
let pending = null; // the address on its way, and what stops it

export const going = () => pending !== null;

export function ours(address) {
  const url = new URL(address, location.origin);
  const here = new URLSearchParams(location.search);
  for (const name of CARRIED)
    if (here.has(name) && !url.searchParams.has(name)) url.searchParams.set(name, here.get(name));
  return url.pathname + url.search;
}

// The page as the server sends it now; null when there is none, which is then said unless `quiet`.
export async function read(address, { signal, quiet } = {}) {
  const headers = { Accept: "text/html", "X-Lejar-Fragment": "1" };
  const answer = await fetch(address, { headers, signal }).catch(() => null);
  if (signal?.aborted) return null;
  const html = answer ? await answer.text() : "";
  const parsed = new DOMParser().parseFromString(html, "text/html");
  if (parsed.querySelector("s-page")) {
    await Promise.all(bring(parsed, "link[rel=stylesheet]", "href").map(arrived));
    return parsed;
  }
  if (!quiet) fail(answer ? sentence(answer.status) : word("unreachable"));
  return null;
}

// Shows another page, after asking about a form that is not saved.
export async function go(address, { push = true, focus } = {}) {
  const target = ours(address);
  if (pending?.target === target) return;
  try {
    await shopify.saveBar.leaveConfirmation();
  } catch {
    return; // stay
  }
  pending?.control.abort();
  const mine = (pending = { target, control: new AbortController() });
  shopify.loading(true);
  try {
    const parsed = await read(target, { signal: mine.control.signal });
    if (!parsed || pending !== mine) return;
    if (push) history.pushState(null, "", target);
    shownAddress = target;
    await swap(parsed);
    scrollTo(0, 0);
    if (!refocus(focus)) land();
  } finally {
    if (pending === mine) {
      pending = null;
      shopify.loading(false);
    }
  }
}

// The same page again, where it is scrolled to, with the focus where it was.
export async function refresh() {
  const [before, wasUnsaved] = [document.querySelector("s-page"), unsaved()];
  const parsed = await read(shownAddress);
  const isPast = before !== document.querySelector("s-page") || (!wasUnsaved && unsaved());
  if (parsed && !isPast) await again(parsed); // nobody has gone or typed on meanwhile
}

export async function again(parsed) {
  const [held, top] = [hold(), scrollY];
  await swap(parsed);
  scrollTo(0, top);
  if (held && !refocus(held)) land();
}

async function swap(parsed) {
  clear();
  document.title = parsed.title;
  document.documentElement.lang = parsed.documentElement.lang;
  bring(parsed, "script[type=module][src]", "src");
  const page = document.importNode(parsed.querySelector("s-page"), true);
  document.querySelector("s-page").replaceWith(page);
  marked(parsed);
  document.dispatchEvent(new CustomEvent("lejar:shown", { detail: { source: parsed } }));
}

// Scripts or styles that only this page has; gives back those that are new here.
function bring(parsed, selector, name) {
  const isNew = (part) => !document.querySelector(`${part.localName}[${name}="${part.getAttribute(name)}"]`);
  return [...parsed.querySelectorAll(selector)].filter(isNew).map((part) => {
    const copy = document.createElement(part.localName);
    for (const { name: key, value } of part.attributes) copy.setAttribute(key, value);
    document.head.append(copy);
    return copy;
  });
}

// A page comes after its styles, so that nothing in it moves when they do; what is printed can wait.
const arrived = (link) =>
  link.media !== "print" && new Promise((done) => (link.onload = link.onerror = done));

// The entry of the menu that the page belongs to.
function marked(parsed) {
  const now = [...parsed.querySelectorAll("s-app-nav > s-link")];
  document.querySelectorAll("s-app-nav > s-link").forEach((link, index) => {
    if (now[index]?.hasAttribute("aria-current")) link.setAttribute("aria-current", "page");
    else link.removeAttribute("aria-current");
  });
}

// A description of what has the focus, good enough to find it on the page that comes next.
export function hold() {
  const focused = document.activeElement;
  if (!focused || !focused.closest("s-page")) return null;
  if (focused.id) return `#${CSS.escape(focused.id)}`;
  const key = ["name", "data-api", "href", "commandfor"].find((each) => focused.hasAttribute(each));
  const value = key === "name" && focused.dataset.pick !== undefined ? "value" : null;
  if (!key) return "s-page";
  const also = value ? `[value="${CSS.escape(focused.getAttribute("value"))}"]` : "";
  return `${focused.localName}[${key}="${CSS.escape(focused.getAttribute(key))}"]${also}`;
}

export function refocus(selector) {
  const found = selector && document.querySelector("s-page").parentNode.querySelector(selector);
  found?.focus({ preventScroll: true });
  return Boolean(found);
}

// A new page is where reading begins, and its title is said to those who do not see it change.
function land() {
  const page = document.querySelector("s-page");
  page.tabIndex = -1;
  page.style.outline = "none";
  page.focus({ preventScroll: true });
  announcer().textContent = document.title;
}

function announcer() {
  const known = document.getElementById("announced");
  if (known) return known;
  const made = document.createElement("div");
  made.id = "announced";
  made.setAttribute("role", "status");
  made.style.cssText = "position:absolute;width:1px;height:1px;overflow:hidden;clip-path:inset(50%)";
  document.body.append(made);
  return made;
}

function isOurs(link) {
  const target = link.getAttribute("target") || "auto";
  const url = new URL(link.getAttribute("href"), location.href);
  return ["auto", "_self"].includes(target) && url.origin === location.origin;
}

document.addEventListener(
  "click",
  (event) => {
    const link = event.target.closest?.(LINKS);
    const isPlain = !event.button && !event.metaKey && !event.ctrlKey && !event.shiftKey;
    if (!link || !isPlain || link.closest("s-app-nav") || link.hasAttribute("disabled")) return;
    if (link.hasAttribute("download") || !isOurs(link)) return;
    event.preventDefault();
    go(link.getAttribute("href"));
  },
  true,
);

document.addEventListener("shopify:navigate", (event) => {
  event.preventDefault();
  go(event.target.getAttribute("href"));
});

// The address has changed before anybody was asked: it is put back until they have answered.
addEventListener("popstate", () => {
  const target = location.pathname + location.search;
  if (target === shownAddress) return;
  const asks = unsaved();
  if (asks) history.pushState(null, "", shownAddress);
  go(target, { push: asks });
});
