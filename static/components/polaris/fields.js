// Fields that hold a text: form-associated, with label, details and error tied to the input.
import { Component, define, make, set, slot } from "./base.js";
import { icon } from "./icons.js";
import { texts } from "./looks.js";

const PASSED = ["placeholder", "maxlength", "minlength", "min", "max", "step", "rows", "autocomplete", "inputmode", "accept"];

export class Field extends Component {
  static formAssociated = true;
  static delegatesFocus = true;
  static looks = [texts];
  static observedAttributes = ["label", "value", "details", "error", "required", "disabled", "readonly", "labelaccessibilityvisibility", "prefix", "suffix", "multiple", "allow", ...PASSED];
  internals = this.attachInternals();
  isTouched = false;
  #label = make("label", { class: "label", for: "control" });

  draw() {
    this.control = this.input();
    this.control.id = "control";
    this.control.className = "control";
    this.control.addEventListener("input", () => this.#typed());
    this.control.addEventListener("change", () => this.dispatchEvent(new Event("change", { bubbles: true })));
    this.control.addEventListener("keydown", (event) => this.keyed(event));
    this.#default();
    return [this.#label, make("div", { class: "box" }, ...this.before(), this.control, ...this.after())];
  }

  input() {
    return make("input", { type: this.constructor.type || "text" });
  }

  before() {
    return this.hasAttribute("icon") ? [icon(this.getAttribute("icon"))] : [];
  }

  after() {
    return this.querySelector(":scope > [slot=accessory]") ? [slot("accessory")] : [];
  }

  // Enter sends the form, as it would from a plain input.
  keyed(event) {
    if (event.key === "Enter" && this.control.localName === "input" && !event.isComposing) this.internals.form?.requestSubmit();
  }

  get value() {
    return this.control ? this.control.value : this.getAttribute("value") || "";
  }

  set value(value) {
    this.isTouched = true;
    this.control.value = value;
    this.internals.setFormValue(this.value);
  }

  get name() {
    return this.getAttribute("name");
  }

  // What it holds before anybody has touched it.
  first() {
    return this.getAttribute("value") || "";
  }

  formResetCallback() {
    this.isTouched = false;
    this.#default();
  }

  #typed() {
    this.isTouched = true;
    this.internals.setFormValue(this.value);
  }

  #default() {
    this.control.value = this.first();
    this.internals.setFormValue(this.value);
  }

  update() {
    const { control } = this;
    if (!this.isTouched && control.value !== this.first()) this.#default();
    this.#label.textContent = this.getAttribute("label") || "";
    this.#label.classList.toggle("exclusive", this.getAttribute("labelaccessibilityvisibility") === "exclusive");
    for (const name of PASSED) set(control, name, this.getAttribute(name));
    control.disabled = this.hasAttribute("disabled");
    control.readOnly = this.hasAttribute("readonly");
    set(control, "aria-required", this.hasAttribute("required") && "true");
    this.#affix("prefix", "before");
    this.#affix("suffix", "after");
    described(this, control);
  }

  #affix(name, side) {
    const [text, known] = [this.getAttribute(name), this.shadowRoot.querySelector(`.${name}`)];
    if (known && text) known.textContent = text;
    else if (known) known.remove();
    else if (text) this.control[side](make("span", { class: `affix ${name}` }, text));
  }
}

// Details and error stand below, where there are any.
export function described(field, control, below = field.shadowRoot) {
  const ids = ["error", "details"].filter((name) => said(field, name, below));
  set(control, "aria-describedby", ids.join(" ") || null);
  set(control, "aria-invalid", ids.includes("error") && "true");
}

function said(field, name, below) {
  const [text, known] = [field.getAttribute(name), field.shadowRoot.getElementById(name)];
  if (!text) known?.remove();
  if (!text) return false;
  const shown = known || make("div", { class: name, id: name });
  shown.replaceChildren(...(name === "error" ? [icon("alert-circle")] : []), text);
  if (!known) below.insertBefore(shown, name === "details" ? field.shadowRoot.getElementById("error") : null);
  return true;
}

const typed = (type) =>
  class extends Field {
    static type = type;
  };

class TextArea extends Field {
  input() {
    return make("textarea", { rows: this.getAttribute("rows") || "3" });
  }
}

class SearchField extends typed("search") {
  before() {
    return [icon("search"), ...super.before()];
  }
}

// "2026-01-01--2026-12-31", either end left open, is the first and the last day that may be chosen.
class DateField extends typed("date") {
  update() {
    super.update();
    const [first, last] = (this.getAttribute("allow") || "").split("--");
    set(this.control, "min", /^\d/.test(first) ? first : null);
    set(this.control, "max", /^\d/.test(last || "") ? last : null);
  }
}

class Select extends Field {
  #changes = new MutationObserver(() => this.#fill());

  input() {
    this.#changes.observe(this, { childList: true, subtree: true, attributes: true, attributeFilter: ["value", "selected", "disabled", "label"] });
    this.control = make("select");
    this.#fill();
    return this.control;
  }

  after() {
    return [...super.after(), icon("chevron-down")];
  }

  // Its options may come, or change, after it.
  #fill() {
    const chosen = this.isTouched ? this.control.value : null;
    const option = (from) => make("option", { value: from.getAttribute("value") ?? "", disabled: from.hasAttribute("disabled") }, from.textContent.trim());
    const group = (from) => make("optgroup", { label: from.getAttribute("label") }, ...[...from.children].map(option));
    const parts = [...this.children].filter((child) => child.matches("s-option, s-option-group"));
    const isEmptied = this.hasAttribute("placeholder") && !parts.some((part) => part.getAttribute("value") === "");
    const empty = isEmptied ? [make("option", { value: "" }, this.getAttribute("placeholder"))] : [];
    this.control.replaceChildren(...empty, ...parts.map((part) => (part.matches("s-option") ? option(part) : group(part))));
    this.control.value = chosen ?? this.first();
    this.internals.setFormValue(this.control.value);
  }

  // Options that have just come count at once, not only when the observer has its turn.
  get value() {
    if (this.control && this.#changes.takeRecords().length) this.#fill();
    return super.value;
  }

  set value(value) {
    if (this.#changes.takeRecords().length) this.#fill();
    super.value = value;
  }

  // A value that no option has says nothing; then the marked option counts, then the first.
  first() {
    const [named, marked] = [this.getAttribute("value"), this.querySelector("s-option[selected]")];
    const values = [...this.control.options].map((option) => option.value);
    return [named, marked?.getAttribute("value"), ...values].find((value) => values.includes(value)) ?? "";
  }

  get defaultValue() {
    return this.first();
  }
}

class DropZone extends Field {
  input() {
    this.addEventListener("dragover", (event) => event.preventDefault());
    this.addEventListener("drop", (event) => this.#dropped(event));
    return make("input", { type: "file", multiple: this.hasAttribute("multiple") });
  }

  get files() {
    return [...this.control.files];
  }

  get value() {
    const data = new FormData();
    for (const file of this.files) data.append(this.name, file);
    return data;
  }

  set value(none) {
    this.control.value = "";
  }

  first() {
    return "";
  }

  #dropped(event) {
    event.preventDefault();
    this.control.files = event.dataTransfer.files;
    for (const name of ["input", "change"]) this.control.dispatchEvent(new Event(name, { bubbles: true, composed: name === "input" }));
  }

  update() {
    super.update();
    set(this.control, "aria-label", this.getAttribute("accessibilitylabel"));
  }
}

define({
  "s-text-field": typed("text"), "s-text-area": TextArea, "s-password-field": typed("password"),
  "s-url-field": typed("url"), "s-email-field": typed("email"), "s-search-field": SearchField,
  "s-number-field": typed("number"), "s-date-field": DateField, "s-select": Select, "s-drop-zone": DropZone,
});
