// The pretended admin around the app: the menu that the app names, the shop and the language.
const [app, menu, fold, choices] = ["app", "menu", "fold", "choices"].map((id) => document.getElementById(id));

function link({ href, text, isHome, isCurrent }) {
  const made = document.createElement("a");
  made.href = href;
  made.textContent = text;
  if (isCurrent) made.setAttribute("aria-current", "page");
  made.addEventListener("click", (event) => {
    event.preventDefault();
    unfold(false);
    app.contentWindow.postMessage({ lejar: "go", href }, location.origin);
  });
  const entry = document.createElement("li");
  entry.className = isHome ? "home" : "";
  entry.append(made);
  return entry;
}

function unfold(isOpen) {
  fold.setAttribute("aria-expanded", String(isOpen));
  document.body.classList.toggle("unfolded", isOpen);
}

// The address of the frame, without what the admin itself puts into it.
function pathOf(address) {
  const url = new URL(address, location.origin);
  for (const name of ["shop", "host", "locale", "embedded"]) url.searchParams.delete(name);
  return url.pathname + url.search;
}

addEventListener("message", ({ data, origin, source }) => {
  if (origin !== location.origin || source !== app.contentWindow || data?.lejar !== "page") return;
  menu.querySelector("ul").replaceChildren(...data.menu.map(link));
  document.title = `${data.title} - Lejar`;
  const here = new URLSearchParams(location.search);
  here.set("path", pathOf(data.address));
  history.replaceState(null, "", `?${here}`);
});

fold.addEventListener("click", () => unfold(fold.getAttribute("aria-expanded") !== "true"));

choices.addEventListener("change", ({ target }) => {
  const here = new URLSearchParams(location.search);
  here.set(target.name, target.value);
  if (target.name === "shop") here.delete("path"); // what it shows belongs to the other shop
  location.search = here;
});
