// What is ticked: checkboxes, switches and lists of choices.
import { Component, define, make, set } from "./base.js";
import { described } from "./fields.js";
import { ticks } from "./looks.js";

class Tick extends Component {
  static formAssociated = true;
  static delegatesFocus = true;
  static looks = [ticks];
  static observedAttributes = ["label", "checked", "indeterminate", "details", "error", "required", "disabled", "accessibilitylabel", "labelaccessibilityvisibility", "value"];
  internals = this.attachInternals();
  #isTouched = false;
  #text = make("span", { class: "text" });
  #input = make("input", { type: "checkbox", class: "control" });

  draw() {
    set(this.#input, "role", this.constructor.role || null);
    this.#input.addEventListener("change", () => {
      this.checked = this.#input.checked;
      this.dispatchEvent(new Event("change", { bubbles: true }));
    });
    return [make("label", {}, this.#input, this.#text)];
  }

  get checked() {
    return this.#isTouched ? this.#input.checked : this.hasAttribute("checked");
  }

  set checked(value) {
    this.#isTouched = true;
    this.#input.checked = Boolean(value);
    this.#sent();
  }

  get indeterminate() {
    return this.#input.indeterminate;
  }

  set indeterminate(value) {
    this.#input.indeterminate = Boolean(value);
  }

  get value() {
    return this.getAttribute("value") ?? "on";
  }

  get name() {
    return this.getAttribute("name");
  }

  formResetCallback() {
    this.#isTouched = false;
    this.update();
  }

  #sent() {
    this.internals.setFormValue(this.#input.checked ? this.value : null);
  }

  update() {
    if (!this.#isTouched) {
      this.#input.checked = this.hasAttribute("checked");
      this.#input.indeterminate = this.hasAttribute("indeterminate");
    }
    this.#sent();
    this.#text.textContent = this.getAttribute("label") || "";
    this.#text.classList.toggle("exclusive", this.getAttribute("labelaccessibilityvisibility") === "exclusive");
    this.#input.disabled = this.hasAttribute("disabled");
    set(this.#input, "aria-label", this.getAttribute("accessibilitylabel"));
    set(this.#input, "aria-required", this.hasAttribute("required") && "true");
    described(this, this.#input);
  }
}

class Switch extends Tick {
  static role = "switch";
}

let lists = 0;

class ChoiceList extends Component {
  static formAssociated = true;
  static delegatesFocus = true;
  static looks = [ticks];
  static observedAttributes = ["label", "details", "error", "disabled", "labelaccessibilityvisibility"];
  internals = this.attachInternals();
  #legend = make("legend");
  #rows = make("div", { class: "rows" });
  #set = make("fieldset", {}, this.#legend, this.#rows);
  #group = `list-${++lists}`;
  #isTouched = false;

  draw() {
    new MutationObserver(() => this.#fill()).observe(this, { childList: true, subtree: true, attributes: true, characterData: true });
    this.#fill();
    this.#rows.addEventListener("change", () => {
      this.#isTouched = true;
      this.#sent();
      this.dispatchEvent(new Event("change", { bubbles: true }));
    });
    return [this.#set];
  }

  get #choices() {
    return [...this.querySelectorAll("s-choice")];
  }

  get #inputs() {
    return [...this.#rows.querySelectorAll("input")];
  }

  get name() {
    return this.getAttribute("name");
  }

  get values() {
    return this.#inputs.filter((input) => input.checked).map((input) => input.value);
  }

  set values(values) {
    this.#isTouched = true;
    for (const input of this.#inputs) input.checked = values.includes(input.value);
    this.#sent();
  }

  get isChanged() {
    const first = this.#choices.filter((choice) => choice.hasAttribute("selected"));
    return this.values.join("\n") !== first.map((choice) => choice.getAttribute("value")).join("\n");
  }

  formResetCallback() {
    this.#isTouched = false;
    this.#fill();
  }

  #sent() {
    const data = new FormData();
    for (const value of this.values) data.append(this.name || "", value);
    this.internals.setFormValue(data);
  }

  #fill() {
    const type = this.hasAttribute("multiple") ? "checkbox" : "radio";
    const chosen = this.#isTouched ? this.values : null;
    this.#rows.replaceChildren(
      ...this.#choices.map((choice) => {
        const input = make("input", { type, class: "control", name: this.#group, value: choice.getAttribute("value") ?? "", disabled: choice.hasAttribute("disabled") || this.hasAttribute("disabled"), "aria-label": choice.getAttribute("accessibilitylabel") });
        input.checked = chosen ? chosen.includes(input.value) : choice.hasAttribute("selected");
        const said = [...choice.childNodes].filter((node) => !node.slot).map((node) => node.textContent).join("").trim();
        const more = choice.querySelector("[slot=details]");
        const text = make("span", { class: "text" }, said, ...(more ? [make("span", { class: "details" }, more.textContent)] : []));
        return make("label", { class: "row" }, input, text);
      }),
    );
    this.#sent();
  }

  update() {
    this.#legend.textContent = this.getAttribute("label") || "";
    this.#legend.classList.toggle("exclusive", this.getAttribute("labelaccessibilityvisibility") === "exclusive");
    for (const input of this.#inputs) if (this.hasAttribute("disabled")) input.disabled = true;
    described(this, this.#set, this.#set);
    set(this.#set, "aria-invalid", null);
  }
}

define({ "s-checkbox": Tick, "s-switch": Switch, "s-choice-list": ChoiceList });
