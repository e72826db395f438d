// What lies over the page: modals, popovers, menus, tooltips.
import { Component, define, make, set, slot, word } from "./base.js";
import { icon } from "./icons.js";

class Modal extends Component {
  static observedAttributes = ["heading", "accessibilitylabel"];
  #heading = make("h2", { part: "heading" });
  #dialog = make("dialog", { part: "dialog" });

  draw() {
    const close = make("button", { part: "close", type: "button", "aria-label": word("close") }, icon("x"));
    close.onclick = () => this.hideOverlay();
    const head = make("div", { part: "head" }, this.#heading, close);
    const foot = make("div", { part: "foot" }, slot("secondary-actions"), slot("primary-action"));
    this.#dialog.append(head, make("div", { part: "body" }, slot()), foot);
    this.#dialog.addEventListener("close", () => this.#closed());
    return [this.#dialog];
  }

  update() {
    this.#heading.textContent = this.getAttribute("heading") || "";
    set(this.#dialog, "aria-label", this.getAttribute("accessibilitylabel") || this.getAttribute("heading"));
  }

  showOverlay() {
    if (this.#dialog.open) return;
    this.opener ??= document.activeElement;
    this.tell("show");
    this.#dialog.showModal();
    this.tell("aftershow");
  }

  hideOverlay() {
    if (this.#dialog.open) this.#dialog.close();
  }

  toggleOverlay() {
    if (this.#dialog.open) this.hideOverlay();
    else this.showOverlay();
  }

  #closed() {
    this.tell("hide");
    this.opener?.focus?.();
    this.opener = null;
    this.tell("afterhide");
  }
}

class Popover extends Component {
  panel = make("div", { part: "panel", popover: "auto" }, slot());

  draw() {
    this.panel.addEventListener("toggle", ({ newState }) => this.#toggled(newState === "open"));
    return [this.panel];
  }

  showOverlay() {
    this.panel.showPopover();
    this.#place();
  }

  hideOverlay() {
    this.panel.hidePopover();
  }

  toggleOverlay() {
    if (this.panel.matches(":popover-open")) this.hideOverlay();
    else this.showOverlay();
  }

  // Under what opened it, and inside the window.
  #place() {
    const at = this.opener?.getBoundingClientRect();
    if (!at) return;
    const { offsetWidth: width, offsetHeight: height } = this.panel;
    const above = at.bottom + height + 8 > innerHeight && at.top > height + 8;
    this.panel.style.left = `${Math.max(8, Math.min(at.left, innerWidth - width - 8))}px`;
    this.panel.style.top = `${above ? at.top - height - 4 : at.bottom + 4}px`;
  }

  #toggled(isOpen) {
    this.opener?.setAttribute("aria-expanded", String(isOpen));
    this.tell(isOpen ? "show" : "hide");
  }
}

class Menu extends Popover {
  draw() {
    set(this.panel, "role", "group");
    set(this.panel, "aria-label", this.getAttribute("accessibilitylabel") || word("menu"));
    this.addEventListener("click", () => this.hideOverlay());
    this.addEventListener("keydown", (event) => this.#moved(event));
    return super.draw();
  }

  showOverlay() {
    super.showOverlay();
    this.querySelector("s-button:not([disabled])")?.focus();
  }

  #moved(event) {
    const step = { ArrowDown: 1, ArrowUp: -1 }[event.key];
    if (!step) return;
    event.preventDefault();
    const entries = [...this.querySelectorAll("s-button:not([disabled])")];
    const next = entries.indexOf(document.activeElement) + step;
    entries[(next + entries.length) % entries.length]?.focus();
  }
}

// Shown beside what names it with interestFor, while that is pointed at or has the focus.
class Tooltip extends Popover {
  draw() {
    set(this.panel, "popover", "manual");
    set(this.panel, "role", "tooltip");
    for (const [name, method] of [["mouseover", "showOverlay"], ["focusin", "showOverlay"], ["mouseout", "hideOverlay"], ["focusout", "hideOverlay"]])
      document.addEventListener(name, (event) => {
        this.opener = event.target.closest?.(`[interestfor="${this.id}"]`);
        if (this.opener && this.isConnected) this[method]();
      });
    return super.draw();
  }
}

define({ "s-modal": Modal, "s-popover": Popover, "s-menu": Menu, "s-tooltip": Tooltip });
