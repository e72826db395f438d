// Pages that stay true by themselves: <s-page data-live-seconds="10">.
import { unsaved } from "./changes.js";
import { anythingOpen } from "./overlays.js";
import { again, going, hold, read, refocus } from "./pages.js";
import { anythingPicked } from "./picks.js";
import { sending } from "./writes.js";

const sent = new Map(); // id -> the HTML that the server sent for it last
let timer = null;

const page = () => document.querySelector("s-page");
const parts = (root) => [...root.querySelectorAll("s-page [data-live][id]")];
const isDisturbing = () =>
  document.visibilityState !== "visible" ||
  [unsaved, anythingOpen, anythingPicked, going, sending].some((reason) => reason());

function remember(parsed) {
  sent.clear();
  for (const part of parsed ? parts(parsed) : []) sent.set(part.id, part.outerHTML);
}

function schedule() {
  clearTimeout(timer);
  const seconds = Number(page()?.dataset.liveSeconds);
  if (seconds > 0) timer = setTimeout(look, seconds * 1000);
}

async function look() {
  const [before, address] = [page(), location.pathname + location.search];
  try {
    if (isDisturbing()) return;
    const parsed = await read(address, { quiet: true });
    if (parsed && page() === before && !isDisturbing()) await renew(parsed);
  } finally {
    schedule();
  }
}

// Another shape of the page is shown whole; otherwise only what differs is replaced.
async function renew(parsed) {
  const names = (root) => parts(root).map((part) => part.id).join(" ");
  if (names(parsed) !== names(document)) return again(parsed);
  const held = hold();
  for (const part of parts(parsed)) {
    if (sent.get(part.id) === part.outerHTML) continue;
    sent.set(part.id, part.outerHTML);
    document.getElementById(part.id)?.replaceWith(document.importNode(part, true));
  }
  page().dataset.liveSeconds = parsed.querySelector("s-page").dataset.liveSeconds || "";
  if (held && hold() !== held) refocus(held);
  document.dispatchEvent(new CustomEvent("lejar:renewed"));
}

document.addEventListener("lejar:shown", (event) => {
  remember(event.detail.source);
  schedule();
});
document.addEventListener("visibilitychange", schedule);
schedule();
