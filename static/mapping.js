// Editable tables of mappings: the client part of every page under /mapping.
//
// A page writes (see templates/mapping/table.html):
//
//   <form id="mapping" data-mapping="taxes" data-save-bar data-saved="Saved">
//     <s-table> … <s-table-body data-rows>
//       <s-table-row data-row='{"title": "sst", "rate": "0.08"}' data-id="12">
//         <s-table-cell><s-checkbox name="pick" data-pick label="…"></s-checkbox></s-table-cell>
//         <s-table-cell><s-text-field name="code" value="SV-8" data-codes="tax_codes"
//             data-suggestion="SV-8"></s-text-field></s-table-cell>
//         <s-table-cell><s-button data-remove>…</s-button>
//           <s-box display="none"><s-checkbox name="remove" label="…"></s-checkbox></s-box>
//         </s-table-cell>
//       </s-table-row>
//     </s-table-body></s-table>
//   </form>
//   <template data-new-row>… a row with data-row='{}' and all fields …</template>
//
// A row  is `data-row` (the fields that never change here, as JSON: the key) and its fields, named
//        as the API names them. `data-id` is its id, where it is kept already. A row without one
//        counts as soon as one of its fields has another value than it was shown with.
// Levels a row with `data-targets` ({"vendor": {"match": "vendor", "value": "kopi rimba"}, …}) has a
//        field `level` that chooses which of them is its key.
// Saving (the save bar's submit) sends every changed row in ONE `PUT /api/v1/mappings/<what>`, then
//        the removed ones in one DELETE. Refusals `{index: {field: [..]}}` land on their fields; the
//        rest goes to the one banner, as for every form. Then the page is read again.
// Types  `data-percent` on a field: 8 is sent as "0.08"; a checkbox is a boolean, all else is text.
// Keys   ArrowUp, ArrowDown and Enter go from row to row in one column, Escape brings back the value
//        that was there. ArrowDown in a field that shows suggestions goes into them.
// Codes  `data-codes="accounts"`: while one types, codes of that list are offered below the field.
// Buttons, anywhere on the page:
//   data-add                     adds a row from the template
//   data-remove                  in a row: removes it when saved; again: undone
//   data-accept                  in a row: takes the suggestions of its fields
//   data-accept-all              takes those of every row that has no code yet
//   data-set="code"              puts the value of the field [data-value-for="code"] into the picked
//                                rows
//   data-what-would-change       asks for the dry run of the changes; its page is shown in
//                                [data-dry-run] (the address, with 0 for its number) until it says data-done
// Picking is the kit's (data-pick, data-pick-all, data-picked-count; `data-picked` on the data-set button
// keeps it disabled while nothing is picked). Picking makes the form of a table not dirty.
import { settle as settled } from "./app/changes.js";
import { clear, fail, sentence } from "./app/failures.js";
import { refresh } from "./app/pages.js";
import { word } from "./app/words.js";

const RETRY_SECONDS = 1;
const TYPING_MS = 200;
const OFFERED = 6;
const NOT_SENT = ["remove", "pick"]; // fields of a row that are none of its mapping

const formOf = (node) => node?.closest?.("form[data-mapping]") ?? null;
const theForm = () => document.querySelector("form[data-mapping]");
const rowOf = (node) => node?.closest?.("s-table-row[data-row]") ?? null;
const rowsOf = (form) => [...form.querySelectorAll("s-table-row[data-row]")];
const fieldsOf = (row) => [...row.querySelectorAll("[name]")].filter((field) => !NOT_SENT.includes(field.getAttribute("name")));
const isTick = (field) => field.matches("s-checkbox, s-switch");
const addressOf = (form) => `/api/v1/mappings/${form.dataset.mapping}`;

const valueOf = (field) => (isTick(field) ? Boolean(field.checked) : (field.value ?? field.getAttribute("value") ?? ""));

function shownWith(field) {
  if (isTick(field)) return field.hasAttribute("checked");
  if (field.hasAttribute("value")) return field.getAttribute("value");
  return field.querySelector("s-option[selected]")?.getAttribute("value") ?? "";
}

function changed(field) {
  field.dispatchEvent(new Event("input", { bubbles: true }));
  field.dispatchEvent(new Event("change", { bubbles: true }));
}

let putting = false; // a value that nobody types is no reason to offer codes

function put(field, value) {
  if (isTick(field)) field.checked = value;
  else field.value = value;
  field.removeAttribute("error");
  putting = true;
  changed(field);
  putting = false;
}

const isRemoved = (row) => Boolean(row.querySelector("s-checkbox[name=remove]")?.checked);
const isDirty = (row) => fieldsOf(row).some((field) => valueOf(field) !== shownWith(field));

// 8.25 per cent is the fraction 0.0825: the point moves in the text, no arithmetic.
function fraction(percent) {
  const text = percent.trim().replace("%", "").replace(",", ".").trim();
  const found = /^(\d+)(?:\.(\d*))?$/.exec(text);
  if (!found) return text;
  const digits = found[1].padStart(3, "0") + (found[2] ?? "");
  const whole = found[1].padStart(3, "0").length - 2;
  return `${digits.slice(0, whole)}.${digits.slice(whole)}`;
}

function said(field) {
  const value = valueOf(field);
  if (field.dataset.percent !== undefined) return fraction(value);
  return typeof value === "string" ? value.trim() : value;
}

function asSent(row) {
  const values = Object.fromEntries(fieldsOf(row).map((field) => [field.getAttribute("name"), said(field)]));
  const { level, ...codes } = values;
  const key = row.dataset.targets ? JSON.parse(row.dataset.targets)[level] : JSON.parse(row.dataset.row);
  return row.dataset.targets ? { ...key, ...codes } : { ...key, ...values };
}

function changesOf(form) {
  const rows = rowsOf(form);
  return {
    dirty: rows.filter((row) => isDirty(row) && !isRemoved(row)),
    removed: rows.filter((row) => isRemoved(row) && row.dataset.id).map((row) => Number(row.dataset.id)),
  };
}

// --- saving ------------------------------------------------------------------------------------

// The answer with what it says as JSON; null where there is none.
async function asked(method, address, body) {
  const headers = { Accept: "application/json" };
  if (body !== undefined) headers["Content-Type"] = "application/json";
  const answer = await fetch(address, { method, headers, body: JSON.stringify(body) }).catch(() => null);
  if (!answer) return null;
  return { ok: answer.ok, status: answer.status, said: await answer.json().catch(() => null) };
}

const failed = (answer) => fail(answer ? sentence(answer.status, answer.said) : word("unreachable"));

// What the API said, of rows that were sent: onto their fields. Returns whether a field took any.
function refused(rows, errors) {
  const wrong = [];
  for (const [index, byField] of Object.entries(errors ?? {})) {
    for (const [name, texts] of Object.entries(byField ?? {})) {
      const row = rows[Number(index)];
      const own = row && (row.querySelector(`[name="${CSS.escape(name)}"]`) ?? fieldsOf(row)[0]);
      if (!own) continue;
      own.setAttribute("error", [].concat(texts).join(" "));
      wrong.push(own);
    }
  }
  if (!wrong.length) return false;
  wrong[0].focus();
  return true;
}

// The save bar went when the form was sent.
function barBack(form) {
  const [field] = rowsOf(form).flatMap(fieldsOf);
  field?.dispatchEvent(new Event("change", { bubbles: true }));
}

async function save(form) {
  if (form.dataset.busy) return;
  const { dirty, removed } = changesOf(form);
  clear();
  for (const row of rowsOf(form)) for (const field of fieldsOf(row)) field.removeAttribute("error");
  if (!dirty.length && !removed.length) return;
  form.dataset.busy = "1";
  try {
    if (await sent(form, dirty, removed)) await done(form);
  } finally {
    delete form.dataset.busy;
  }
}

async function sent(form, dirty, removed) {
  const requests = [];
  if (dirty.length) requests.push(["PUT", addressOf(form), dirty.map(asSent)]);
  if (removed.length) requests.push(["DELETE", `${addressOf(form)}?${removed.map((id) => `id=${id}`).join("&")}`]);
  for (const request of requests) {
    const answer = await asked(...request);
    if (answer?.ok) continue;
    if (answer?.status !== 400 || !refused(dirty, answer.said)) failed(answer);
    barBack(form);
    return false;
  }
  return true;
}

async function done(form) {
  settle(form);
  settled(form);
  shopify.toast.show(form.dataset.saved);
  await refresh();
}

// What was saved is what Discard goes back to.
function settle(form) {
  for (const row of rowsOf(form)) {
    if (isRemoved(row)) row.remove();
    for (const field of fieldsOf(row)) {
      if (isTick(field)) field.toggleAttribute("checked", Boolean(field.checked));
      else field.setAttribute("value", valueOf(field));
    }
  }
}

document.addEventListener("submit", (event) => {
  const form = formOf(event.target);
  if (!form) return;
  event.preventDefault();
  save(form);
});

document.addEventListener("reset", (event) => {
  const form = formOf(event.target);
  if (!form) return;
  form.querySelectorAll("s-table-row[data-new]").forEach((row) => row.remove());
  form.querySelectorAll("[data-remove]").forEach((button) => remarked(button, false));
  form.querySelectorAll("[error]").forEach((field) => field.removeAttribute("error"));
  noOffer();
});

// --- rows --------------------------------------------------------------------------------------

function add() {
  const template = document.querySelector("template[data-new-row]");
  const body = theForm()?.querySelector("[data-rows]");
  if (!template || !body) return;
  const row = template.content.firstElementChild.cloneNode(true);
  row.dataset.new = "1";
  body.prepend(row);
  fieldsOf(row)[0]?.focus();
}

function remarked(button, gone) {
  button.dataset.words ??= button.textContent;
  button.dataset.label ??= button.getAttribute("accessibilityLabel") ?? "";
  button.textContent = gone ? button.dataset.undo : button.dataset.words;
  button.setAttribute("accessibilityLabel", gone ? button.textContent : button.dataset.label);
  for (const field of fieldsOf(rowOf(button))) field.toggleAttribute("disabled", gone);
}

function remove(button) {
  const row = rowOf(button);
  if (row.dataset.new) {
    row.remove();
    return;
  }
  const tick = row.querySelector("s-checkbox[name=remove]");
  put(tick, !tick.checked);
  remarked(button, Boolean(tick.checked));
}

function accept(row) {
  for (const field of row.querySelectorAll("[data-suggestion]")) {
    if (field.dataset.suggestion && !valueOf(field)) put(field, field.dataset.suggestion);
  }
}

// --- picking -----------------------------------------------------------------------------------

const picked = () => [...document.querySelectorAll("form[data-mapping] [data-pick]")].filter((each) => each.checked);

function setPicked(name) {
  const value = document.querySelector(`[data-value-for="${CSS.escape(name)}"]`)?.value ?? "";
  for (const pick of picked()) {
    const field = rowOf(pick).querySelector(`[name="${CSS.escape(name)}"]`);
    if (field && !field.hasAttribute("disabled")) put(field, value.trim());
  }
}

// The kit counts what is picked before an event comes this far; the form is not to hear of it.
for (const name of ["input", "change"]) {
  const quietly = (event) => {
    if (event.target.matches?.("form[data-mapping] :is([data-pick], [data-pick-all])")) event.stopPropagation();
  };
  document.addEventListener(name, quietly, true);
}

// --- keys --------------------------------------------------------------------------------------

const nextTo = (field, step) => {
  const rows = rowsOf(formOf(field)).filter((row) => row.querySelector(`[name="${field.getAttribute("name")}"]`));
  return rows[rows.indexOf(rowOf(field)) + step]?.querySelector(`[name="${field.getAttribute("name")}"]`);
};

// Before the field itself hears of it: Enter in a field would send the form.
document.addEventListener("keydown", keyed, true);

function keyed(event) {
  const offer = event.target.closest?.("[data-offer]");
  if (offer) return keyInOffer(event, offer);
  if (event.ctrlKey || event.metaKey || event.altKey || event.isComposing) return;
  if (!offered || event.target !== offered.field || !["ArrowDown", "Escape"].includes(event.key)) return keyInCell(event);
  if (event.key === "ArrowDown") offered.box.querySelector("s-button").focus();
  else noOffer();
  taken(event);
}

function taken(event) {
  event.preventDefault();
  event.stopPropagation();
}

function keyInCell(event) {
  const field = event.target.closest?.("form[data-mapping] [name]");
  if (!field || !rowOf(field)) return;
  const step = { ArrowDown: 1, ArrowUp: -1, Enter: event.shiftKey ? -1 : 1 }[event.key];
  if (event.key === "Escape") put(field, shownWith(field));
  else if (step && (event.key === "Enter" || !field.matches("s-select"))) nextTo(field, step)?.focus();
  else return;
  taken(event);
}

// --- codes of the books ------------------------------------------------------------------------

let offered = null; // {field, box}
let waiting = 0;

function noOffer() {
  offered?.box.remove();
  offered = null;
}

function keyInOffer(event, box) {
  const buttons = [...box.querySelectorAll("s-button")];
  const at = buttons.indexOf(event.target.closest("s-button"));
  const field = offered?.field;
  if (event.key === "Escape") {
    noOffer();
    field?.focus();
  } else if (event.key === "ArrowDown") buttons[at + 1]?.focus();
  else if (event.key === "ArrowUp") (buttons[at - 1] ?? field)?.focus();
  else return;
  event.preventDefault();
}

async function offer(field) {
  const typed = String(field.value ?? "").trim();
  if (!typed) return noOffer();
  const query = new URLSearchParams({ q: typed, limit: String(OFFERED) });
  const answer = await asked("GET", `/api/v1/codes/${field.dataset.codes}?${query}`);
  if (!answer?.ok || String(field.value ?? "").trim() !== typed) return;
  const codes = answer.said.results.filter((each) => each.active);
  noOffer();
  if (!codes.length || (codes.length === 1 && codes[0].code === typed)) return;
  const box = document.createElement("s-box");
  box.dataset.offer = "";
  const stack = document.createElement("s-stack");
  stack.setAttribute("direction", "block");
  for (const each of codes) {
    const button = document.createElement("s-button");
    button.setAttribute("variant", "tertiary");
    button.dataset.code = each.code;
    button.textContent = each.name ? `${each.code} · ${each.name}` : each.code;
    stack.append(button);
  }
  box.append(stack);
  field.insertAdjacentElement("afterend", box);
  offered = { field, box };
}

document.addEventListener("input", (event) => {
  const field = event.target.closest?.("[data-codes]");
  if (!field || putting) return;
  clearTimeout(waiting);
  waiting = setTimeout(() => offer(field), TYPING_MS);
});

document.addEventListener("focusin", (event) => {
  if (offered && event.target !== offered.field && !offered.box.contains(event.target)) noOffer();
});

// --- what would change -------------------------------------------------------------------------

let looking = 0; // the newest dry run asked for

async function dryRun() {
  const form = theForm();
  const { dirty, removed } = changesOf(form);
  clear();
  const body = { what: form.dataset.mapping, rows: dirty.map(asSent), removed };
  const answer = await asked("POST", "/api/v1/mappings/preview", body);
  if (answer?.ok) {
    looking = answer.said.id;
    await show(looking);
  } else if (answer?.status !== 400 || !refused(dirty, answer.said?.rows)) failed(answer);
}

async function show(id) {
  const place = document.querySelector("[data-dry-run]");
  while (place?.isConnected && looking === id) {
    const address = place.dataset.dryRun.replace("/0?", `/${id}?`);
    const answer = await fetch(address, { headers: { Accept: "text/html" } }).catch(() => null);
    const html = answer?.ok ? await answer.text() : "";
    const found = new DOMParser().parseFromString(html, "text/html").querySelector("[data-dry-run-result]");
    if (!found) return failed(answer);
    place.replaceChildren(document.importNode(found, true));
    if (found.hasAttribute("data-done")) return;
    await new Promise((ready) => setTimeout(ready, RETRY_SECONDS * 1000));
  }
}

// --- buttons -----------------------------------------------------------------------------------

document.addEventListener("click", (event) => {
  const button = event.target.closest?.("s-button");
  if (!button || button.hasAttribute("disabled")) return;
  if (button.dataset.code !== undefined && offered?.box.contains(button)) {
    const { field } = offered;
    put(field, button.dataset.code);
    noOffer();
    field.focus();
  } else if (button.matches("[data-add]")) add();
  else if (button.matches("[data-remove]")) remove(button);
  else if (button.matches("[data-accept]")) accept(rowOf(button));
  else if (button.matches("[data-accept-all]")) rowsOf(theForm()).forEach(accept);
  else if (button.matches("[data-set]")) setPicked(button.dataset.set);
  else if (button.matches("[data-what-would-change]")) dryRun();
});

document.addEventListener("lejar:shown", () => {
  noOffer();
  looking = 0;
});
