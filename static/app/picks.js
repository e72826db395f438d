// Rows that are picked by their checkbox, and what is done with them. `data-pick` and its relatives
// may name a group, where a page has several lists; without a name they are one.
const boxes = (group) =>
  [...document.querySelectorAll("[data-pick]")].filter((box) => box.dataset.pick === group);
const picked = (group) => boxes(group).filter((box) => box.checked);
const groupOf = (element) => element.dataset.pickedOf || "";
const number = (value) => (/^\d{1,15}$/.test(value) ? Number(value) : value);

export const anythingPicked = () =>
  [...document.querySelectorAll("[data-pick]")].some((box) => box.checked);

// {"ids": [5, 7]} for data-picked="ids".
export function pickedFor(source) {
  if (!source.dataset.picked) return {};
  const values = picked(groupOf(source)).map((box) => number(box.getAttribute("value")));
  return { [source.dataset.picked]: values };
}

function shown() {
  for (const all of document.querySelectorAll("[data-pick-all]")) {
    const group = all.dataset.pickAll;
    const [ticked, total] = [picked(group).length, boxes(group).length];
    all.checked = total > 0 && ticked === total;
    all.indeterminate = ticked > 0 && ticked < total;
  }
  for (const count of document.querySelectorAll("[data-picked-count]"))
    count.textContent = picked(count.dataset.pickedCount).length;
  for (const source of document.querySelectorAll("[data-picked]")) {
    const isIdle = picked(groupOf(source)).length === 0;
    const controls = source.matches("form") ? source.querySelectorAll("s-button[type=submit]") : [source];
    for (const control of controls) control.toggleAttribute("disabled", isIdle);
  }
}

document.addEventListener(
  "change",
  ({ target }) => {
    if (target.matches("[data-pick-all]"))
      for (const box of boxes(target.dataset.pickAll)) box.checked = target.checked;
    if (target.matches("[data-pick], [data-pick-all]")) shown();
  },
  true,
);
document.addEventListener("lejar:shown", shown);
shown();
