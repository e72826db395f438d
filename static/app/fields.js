// From fields to a request's body, and from a refusal back to the fields.
import { word } from "./words.js";

const TICKS = "s-checkbox, s-switch";
const texts = (value) => value.split(/[\n,]/).map((part) => part.trim()).filter(Boolean);
const numeric = (value) => (value.trim() === "" ? null : Number(value));
const READ = {
  text: (value) => value,
  optional: (value) => (value === "" ? null : value),
  number: numeric,
  integer: numeric,
  list: texts,
  json: (value) => (value.trim() === "" ? null : JSON.parse(value)),
};

export const fieldsOf = (form) =>
  [...form.querySelectorAll("[name]")].filter((field) => !field.matches("[data-pick], template *"));

const isOff = (field) => field.hasAttribute("disabled");

function valueOf(field) {
  const type = field.dataset.type;
  if (field.matches(TICKS) && (!type || type === "boolean")) return Boolean(field.checked);
  if (field.matches("s-choice-list")) {
    const chosen = [...(field.values || [])];
    return field.hasAttribute("multiple") || type === "list" ? chosen : READ[type || "text"](chosen[0] || "");
  }
  if (type === "boolean") return field.value === "true";
  return READ[type || "text"](field.value || "");
}

// Sets body.policy.trigger for "policy.trigger"; numbers in a name make a list: "rows.0.code".
function put(body, name, value) {
  const parts = name.split(".");
  const last = parts.pop();
  let where = body;
  parts.forEach((part, index) => {
    where[part] ??= /^\d+$/.test(parts[index + 1] ?? last) ? [] : {};
    where = where[part];
  });
  where[last] = value;
}

// The ticked ones of several checkboxes of one name (data-type="list") are one list.
function ticked(fields, field) {
  const same = fields.filter((other) => other.getAttribute("name") === field.getAttribute("name"));
  return same.filter((other) => other.checked).map((other) => other.getAttribute("value"));
}

// The JSON body; null when a field is not what it says it is, which is then shown beside it.
export function bodyOf(form) {
  const fields = fieldsOf(form).filter((field) => !isOff(field) && !field.matches("s-drop-zone"));
  const body = {};
  let wrong = null;
  for (const field of fields) {
    const isTicked = field.matches(TICKS) && field.dataset.type === "list";
    try {
      put(body, field.getAttribute("name"), isTicked ? ticked(fields, field) : valueOf(field));
    } catch {
      field.setAttribute("error", word("json"));
      wrong ??= field;
    }
  }
  wrong?.focus();
  return wrong ? null : body;
}

const stateOf = (field) => {
  if (field.matches(TICKS)) return Boolean(field.checked);
  if (field.matches("s-choice-list")) return [...(field.values || [])].join("\n");
  return typeof field.value === "string" ? field.value : null;
};

// Each field with what is in it now: somebody may go on typing while it is on its way.
export const taken = (form) => fieldsOf(form).map((field) => [field, stateOf(field)]);

// What was saved is what Discard goes back to. Gives back what has been changed since.
export function keep(sent) {
  for (const [field, state] of sent) {
    if (field.matches(TICKS)) field.toggleAttribute("checked", state);
    else if (field.matches("s-choice-list")) keepChoices(field, state.split("\n"));
    else if (state !== null) field.setAttribute("value", state);
  }
  return sent.filter(([field, state]) => stateOf(field) !== state).map(([field]) => field);
}

function keepChoices(list, chosen) {
  for (const choice of list.querySelectorAll("s-choice"))
    choice.toggleAttribute("selected", chosen.includes(choice.getAttribute("value")));
}

export const forgetErrors = (form) =>
  fieldsOf(form).forEach((field) => field.removeAttribute("error"));

// {a: {0: ["x"]}} -> [["a.0", "x"]]: the messages of a refusal, each with its dotted name.
function flat(said, path = "") {
  if (said === null || typeof said !== "object") return [[path, String(said)]];
  const isText = Array.isArray(said) && said.every((part) => typeof part === "string");
  if (isText) return said.length ? [[path, said.join(" ")]] : [];
  return Object.entries(said).flatMap(([key, part]) => flat(part, path ? `${path}.${key}` : key));
}

// Puts each message beside its field and gives back those that belong to none.
export function refuse(form, said) {
  const fields = fieldsOf(form);
  const left = [];
  const wrong = new Map();
  for (const [path, message] of flat(said)) {
    const name = form.dataset.as === "list" ? path.replace(/^\d+\./, "") : path;
    const field = owner(fields, name);
    if (field) wrong.set(field, [...(wrong.get(field) || []), message]);
    else left.push(message);
  }
  for (const [field, messages] of wrong) field.setAttribute("error", messages.join(" "));
  const first = fields.find((field) => wrong.has(field));
  first?.focus();
  changed(first);
  return left;
}

// Said by us where nobody typed: the save bar comes back.
export const changed = (field) => field?.dispatchEvent(new Event("change", { bubbles: true }));

// The field of that name, or the one whose list or object the message is in.
function owner(fields, path) {
  for (let name = path; name; name = name.slice(0, Math.max(0, name.lastIndexOf(".")))) {
    const field = fields.find((each) => each.getAttribute("name") === name);
    if (field) return field;
  }
  return fields.find((each) => each.getAttribute("name").startsWith(`${path}.`)) || null; // its first part
}
