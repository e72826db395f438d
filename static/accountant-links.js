// A new link is shown once, from the answer itself: its address never becomes part of ours.
import { clear, fail, sentence } from "./app/failures.js";
import { bodyOf, forgetErrors, refuse } from "./app/fields.js";
import { refresh } from "./app/pages.js";
import { word } from "./app/words.js";

async function make(form) {
  const button = form.querySelector("s-button[type=submit]");
  if (button.hasAttribute("loading")) return;
  clear();
  forgetErrors(form);
  button.setAttribute("loading", "");
  const headers = { Accept: "application/json", "Content-Type": "application/json" };
  const body = JSON.stringify(bodyOf(form));
  const answer = await fetch("/api/v1/accountant-links", { method: "POST", headers, body }).catch(() => null);
  const said = answer && (await answer.json().catch(() => null));
  button.removeAttribute("loading");
  if (!answer) return fail(word("unreachable"), form);
  if (!answer.ok) return refused(form, answer.status, said);
  const field = document.getElementById("made-address");
  field.value = said.address;
  document.getElementById("made").setAttribute("display", "auto");
  form.hidden = true;
  field.focus();
}

function refused(form, status, said) {
  const left = status === 400 && said && !said.detail ? refuse(form, said) : [sentence(status, said)];
  if (left.length) fail(left.join(" "), form);
}

async function copy(button) {
  try {
    await navigator.clipboard.writeText(document.getElementById("made-address").value);
    shopify.toast.show(button.dataset.copied);
  } catch {
    document.getElementById("made-address").focus(); // not allowed here: it is marked to be copied by hand
  }
}

document.addEventListener("submit", (event) => {
  if (!event.target.matches("form[data-new-link]")) return;
  event.preventDefault();
  make(event.target);
});

document.addEventListener("click", (event) => {
  const button = event.target.closest?.("s-button[data-copy], s-button[data-made-done]");
  if (!button) return;
  if (button.hasAttribute("data-copy")) copy(button);
  else refresh();
});
