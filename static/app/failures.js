// The one critical banner: what went wrong stays on the screen until the next try.
import { openModal } from "./overlays.js";
import { word } from "./words.js";

const banner = () => document.getElementById("failed");
const others = () => document.querySelectorAll("s-page s-banner:not(#failed)");
const silenced = new Set(); // banners that wait while ours is shown: never two at once

export function fail(message, near) {
  const shown = banner();
  shown.querySelector("s-paragraph").textContent = message || word("failed");
  for (const other of others()) {
    if (!other.hasAttribute("hidden")) silenced.add(other);
    other.setAttribute("hidden", "");
  }
  (openModal(near) || document.querySelector("s-page")).prepend(shown);
  shown.removeAttribute("hidden");
  shown.scrollIntoView({ block: "nearest" });
}

// Back where page.html put it, so that a page that is swapped does not take it along.
export function clear() {
  const shown = banner();
  shown.setAttribute("hidden", "");
  document.body.append(shown);
  for (const other of silenced) other.removeAttribute("hidden");
  silenced.clear();
}

// What an answer that is no success says: the API's own sentence, where it has one.
export function sentence(status, said) {
  if (said && typeof said.detail === "string" && status !== 401) return said.detail;
  return word({ 401: "session", 404: "gone", 413: "large", 429: "often" }[status] || "failed");
}
