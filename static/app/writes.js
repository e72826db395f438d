// Everything that writes is sent from here: forms and buttons with data-api.
import { settle } from "./changes.js";
import { clear, fail, sentence } from "./failures.js";
import { bodyOf, changed, forgetErrors, keep, refuse, taken } from "./fields.js";
import { closeModal } from "./overlays.js";
import { go, refresh } from "./pages.js";
import { pickedFor } from "./picks.js";
import { word } from "./words.js";

const busy = new Set();
export const sending = () => [...busy].some((source) => source.isConnected);

// What shows that it runs: the button itself, or every button that sends the form.
function buttonsOf(source) {
  if (!source.matches("form")) return [source];
  const elsewhere = source.id ? document.querySelectorAll(`s-button[data-submit="${source.id}"]`) : [];
  return [...source.querySelectorAll("s-button[type=submit]"), ...elsewhere];
}

function show(source, isBusy) {
  if (isBusy) busy.add(source);
  else busy.delete(source);
  for (const button of buttonsOf(source)) button.toggleAttribute("loading", isBusy);
}

// FormData, or JSON; undefined when there is nothing to send and null when a field cannot be read.
function contentOf(source) {
  const isForm = source.matches("form");
  if (isForm && source.dataset.as === "multipart") return filesOf(source);
  const fixed = source.dataset.body ? JSON.parse(source.dataset.body) : {};
  const fields = isForm ? bodyOf(source) : {};
  if (fields === null) return null;
  const body = { ...fixed, ...fields, ...pickedFor(source) };
  if (source.dataset.as === "list") return JSON.stringify([body]);
  return isForm || Object.keys(body).length ? JSON.stringify(body) : undefined;
}

function filesOf(form) {
  const data = new FormData(form);
  for (const zone of form.querySelectorAll("s-drop-zone[name]"))
    if (!data.has(zone.getAttribute("name")))
      for (const file of zone.files || []) data.append(zone.getAttribute("name"), file);
  return data;
}

async function call(source, content) {
  const [method, address] = source.dataset.api.split(" ");
  const headers = { Accept: "application/json" };
  if (typeof content === "string") headers["Content-Type"] = "application/json";
  return fetch(address, { method, headers, body: content }).catch(() => null); // no network
}

async function run(source) {
  if (busy.has(source)) return;
  clear();
  if (source.matches("form")) forgetErrors(source);
  const content = contentOf(source);
  if (content === null) return;
  const sent = source.matches("form") ? taken(source) : [];
  show(source, true);
  try {
    const answer = await call(source, content);
    const said = answer && (await answer.json().catch(() => null));
    if (answer?.ok) await done(source, said, sent);
    else if (answer) refused(source, answer.status, said);
    else fail(word("unreachable"), source);
    if (!answer?.ok) changed(sent[0]?.[0]); // the save bar went when the form was sent
  } finally {
    show(source, false);
  }
}

function settled(form, sent) {
  if (form.dataset.as === "multipart") form.reset();
  const later = keep(sent);
  settle(form);
  changed(later[0]);
}

async function done(source, said, sent) {
  if (source.matches("form")) settled(source, sent);
  const inModal = source.closest("s-modal") || source.querySelector("s-modal");
  await closeModal(source);
  shopify.toast.show(source.dataset.saved || word("saved"));
  const then = source.dataset.then ?? (inModal || !source.matches("form") ? "refresh" : "");
  if (then === "refresh") await refresh();
  else if (then) await go(then.replace(/\{(\w+)\}/g, (all, name) => encodeURIComponent(said?.[name] ?? "")));
}

function refused(source, status, said) {
  const isAboutFields = status === 400 && said && typeof said === "object" && !said.detail;
  if (!isAboutFields) return fail(sentence(status, said), source);
  const left = refuse(source, said);
  if (left.length) fail(left.join(" "), source);
}

document.addEventListener("submit", (event) => {
  if (!event.target.matches("form[data-api]")) return;
  event.preventDefault();
  run(event.target);
});

document.addEventListener("reset", (event) => {
  if (!event.target.matches("form[data-api]")) return;
  forgetErrors(event.target);
  clear();
});

document.addEventListener("click", (event) => {
  const button = event.target.closest?.("s-button[data-api], s-clickable[data-api], s-button[data-submit]");
  if (!button || button.hasAttribute("disabled") || event.defaultPrevented) return;
  if (button.dataset.submit) document.getElementById(button.dataset.submit).requestSubmit();
  else run(button);
});
