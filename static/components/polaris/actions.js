// What is clicked: buttons, links, clickable areas.
import { Component, define, make, set, slot } from "./base.js";
import { icon } from "./icons.js";

// A component is a link where it has an address, and a button otherwise.
class Action extends Component {
  static delegatesFocus = true;
  static observedAttributes = ["href", "target", "disabled", "loading", "icon", "accessibilitylabel", "aria-current", "aria-expanded"];
  #control = null;

  draw() {
    this.addEventListener("click", (event) => this.#clicked(event));
    return [];
  }

  update() {
    const tag = this.hasAttribute("href") && !this.hasAttribute("disabled") ? "a" : "button";
    if (this.#control?.localName !== tag) this.#replace(tag);
    const control = this.#control;
    if (tag === "a") {
      set(control, "href", this.getAttribute("href"));
      set(control, "target", this.getAttribute("target") === "auto" ? null : this.getAttribute("target"));
    } else control.disabled = this.hasAttribute("disabled");
    for (const name of ["aria-current", "aria-expanded"]) set(control, name, this.getAttribute(name));
    set(control, "aria-label", this.getAttribute("accessibilitylabel"));
    set(control, "aria-busy", this.hasAttribute("loading") && "true");
    this.decorate(control);
  }

  decorate() {}

  #replace(tag) {
    this.#control = make(tag, { part: "control", type: tag === "button" && "button" }, slot());
    this.shadowRoot.replaceChildren(this.#control);
  }

  #clicked(event) {
    if (this.hasAttribute("disabled")) return event.stopImmediatePropagation();
    const overlay = document.getElementById(this.getAttribute("commandfor"));
    if (overlay) command(overlay, this.getAttribute("command") || "--auto", this);
    const form = this.closest("form");
    if (event.defaultPrevented || !form || this.hasAttribute("href")) return undefined;
    if (this.getAttribute("type") === "submit") form.requestSubmit();
    if (this.getAttribute("type") === "reset") form.reset();
    return undefined;
  }
}

const METHODS = { "--show": "showOverlay", "--hide": "hideOverlay", "--toggle": "toggleOverlay" };

function command(overlay, name, opener) {
  overlay.opener = opener;
  overlay[METHODS[name] || (overlay.matches("s-modal") ? "showOverlay" : "toggleOverlay")]?.();
}

class Button extends Action {
  #icon = null;

  decorate(control) {
    this.#icon?.remove();
    const name = this.getAttribute("icon");
    this.#icon = this.hasAttribute("loading") ? make("span", { part: "spinner" }) : name && icon(name);
    if (this.#icon) control.prepend(this.#icon);
  }
}

class Group extends Component {
  draw() {
    set(this, "role", "group");
    set(this, "aria-label", this.getAttribute("accessibilitylabel"));
    return [slot("secondary-actions"), slot(), slot("primary-action")];
  }
}

define({ "s-button": Button, "s-link": class extends Action {}, "s-clickable": class extends Action {}, "s-button-group": Group });
