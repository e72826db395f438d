// The page of the connection: which way's fields are shown. What was typed stays, because every way
// has a form of its own and all of them are on the page.
let chosen = null; // outlives a page that is fetched again
const opened = new Set();

const panels = () => document.querySelectorAll("s-box[data-way]");
const show = (box, isShown) => box?.setAttribute("display", isShown ? "auto" : "none");

function choose(way) {
  chosen = way;
  for (const panel of panels()) show(panel, panel.dataset.way === way);
}

function open(id) {
  opened.add(id);
  show(document.getElementById(id), true);
}

document.addEventListener(
  "change",
  ({ target }) => {
    if (target.matches?.("s-choice-list[data-ways]")) choose((target.values || [])[0] || "");
  },
  true,
);

document.addEventListener("click", (event) => {
  const id = event.target.closest?.("s-button[data-more]")?.dataset.more;
  if (!id) return;
  if (!opened.delete(id)) return open(id);
  show(document.getElementById(id), false);
});

// An error beside a field that is folded away must be seen.
new MutationObserver((changes) => {
  for (const { target } of changes) {
    const folded = target.hasAttribute("error") && target.closest("s-box[id^=more-]");
    if (folded) open(folded.id);
  }
}).observe(document, { subtree: true, attributeFilter: ["error"] });

// A page that was fetched again shows what was chosen; another visit begins anew.
document.addEventListener("lejar:shown", () => {
  const list = document.querySelector("s-choice-list[data-ways]");
  if (!list) {
    chosen = null;
    opened.clear();
    return;
  }
  if (chosen !== null) {
    for (const choice of list.querySelectorAll("s-choice"))
      choice.toggleAttribute("selected", choice.getAttribute("value") === chosen);
    choose(chosen);
  }
  opened.forEach(open);
});
