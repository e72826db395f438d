// Which forms somebody has begun to fill in, and not yet sent or discarded.
const begun = new Set();

function note(event) {
  const form = event.target.closest?.("form");
  if (form && !event.target.matches("[data-pick], [data-pick-all]")) begun.add(form);
}

document.addEventListener("input", note, true);
document.addEventListener("change", note, true);
document.addEventListener("reset", (event) => begun.delete(event.target), true);

export const settle = (form) => begun.delete(form);

// A filter is lost only if it is itself replaced; a form that writes must not be disturbed at all.
export const unsaved = () =>
  [...begun].some((form) => form.isConnected && (form.dataset.filter === undefined || form.closest("[data-live]")));
