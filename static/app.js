// Everything a page does beyond being read. docs/pages.md lists what templates may ask for.
import "./app/pages.js";
import "./app/live.js";
import "./app/writes.js";
import "./app/picks.js";
import "./app/lists.js";

// From now on a click is theirs, and not the browser's.
document.documentElement.dataset.scripts = "ready";
