// Filters, pages of a table, and files to download.
import { clear, fail, sentence } from "./failures.js";
import { fieldsOf } from "./fields.js";
import { go } from "./pages.js";
import { word } from "./words.js";

const AT_ONCE = "s-select, s-checkbox, s-switch, s-choice-list, s-date-field";

function valuesOf(field) {
  if (field.matches("s-checkbox, s-switch")) return field.checked ? [field.value || "on"] : [];
  if (field.matches("s-choice-list")) return field.values || [];
  return [field.value || ""];
}

function filtered(form, changed) {
  const query = new URLSearchParams();
  for (const field of fieldsOf(form))
    for (const value of valuesOf(field)) if (value) query.append(field.getAttribute("name"), value);
  const name = changed?.getAttribute("name");
  const focus = name && `form[data-filter] [name="${CSS.escape(name)}"]`;
  const path = form.getAttribute("action") || location.pathname;
  go(`${path}?${query}`, { focus });
}

document.addEventListener("submit", (event) => {
  if (!event.target.matches("form[data-filter]")) return;
  event.preventDefault();
  const focused = document.activeElement;
  filtered(event.target, event.target.contains(focused) && focused.hasAttribute("name") ? focused : null);
});

document.addEventListener(
  "change",
  ({ target }) => {
    const form = target.matches?.(AT_ONCE) && target.closest("form[data-filter]");
    if (form) filtered(form, target);
  },
  true,
);

document.addEventListener("nextpage", ({ target }) => go(target.dataset.next), true);
document.addEventListener("previouspage", ({ target }) => go(target.dataset.previous), true);

async function download(button) {
  if (button.hasAttribute("loading")) return;
  clear();
  button.setAttribute("loading", "");
  const answer = await fetch(button.dataset.download).catch(() => null);
  button.removeAttribute("loading");
  if (!answer) return fail(word("unreachable"), button);
  if (!answer.ok) return fail(sentence(answer.status, await answer.json().catch(() => null)), button);
  const link = document.createElement("a");
  link.href = URL.createObjectURL(await answer.blob());
  link.download = button.dataset.filename;
  link.click();
  setTimeout(() => URL.revokeObjectURL(link.href), 60_000);
}

document.addEventListener("click", (event) => {
  const button = event.target.closest?.("s-button[data-download]");
  if (button && !button.hasAttribute("disabled")) download(button);
});
