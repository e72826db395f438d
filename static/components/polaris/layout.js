// Page, sections and what stands in them. Boxes, stacks and texts need a style sheet only.
import { Component, define, make, set, slot, word } from "./base.js";
import { icon } from "./icons.js";

class Page extends Component {
  static observedAttributes = ["heading"];
  #title = make("h1", { part: "title" });

  draw() {
    const names = make("div", { part: "names" }, slot("breadcrumb-actions"), this.#title, slot("accessory"));
    const actions = make("div", { part: "actions" }, slot("secondary-actions"), slot("primary-action"));
    const main = make("div", { part: "content" }, make("div", { part: "column" }, slot()), make("div", { part: "aside" }, slot("aside")));
    this.setAttribute("role", "main");
    return [make("div", { part: "top" }, names, actions), main];
  }

  update() {
    this.#title.textContent = this.getAttribute("heading") || "";
    this.#title.hidden = !this.getAttribute("heading");
    set(this, "aria-label", this.getAttribute("heading"));
  }
}

class Section extends Component {
  static observedAttributes = ["heading", "accessibilitylabel"];
  #heading = null;

  draw() {
    this.#heading = make(this.parentElement?.closest("s-section") ? "h3" : "h2", { part: "heading" });
    return [make("section", { part: "section" }, this.#heading, slot())];
  }

  update() {
    const [heading, label] = [this.getAttribute("heading"), this.getAttribute("accessibilitylabel")];
    this.#heading.textContent = heading || "";
    this.#heading.hidden = !heading;
    set(this.shadowRoot.querySelector("section"), "aria-label", label || heading);
  }
}

class Heading extends Component {
  draw() {
    return [make(this.closest("s-section") ? "h3" : "h2", { part: "heading" }, slot())];
  }
}

class Grid extends Component {
  static observedAttributes = ["gridtemplatecolumns"];

  update() {
    this.style.gridTemplateColumns = this.getAttribute("gridtemplatecolumns") || "";
  }
}

class GridItem extends Component {
  static observedAttributes = ["gridcolumn"];

  update() {
    this.style.gridColumn = this.getAttribute("gridcolumn") || "";
  }
}

class Icon extends Component {
  static observedAttributes = ["type"];

  draw() {
    return [];
  }

  update() {
    this.shadowRoot.replaceChildren(icon(this.getAttribute("type")));
  }
}

class Badge extends Component {
  draw() {
    const name = this.getAttribute("icon");
    return name ? [icon(name), slot()] : [slot()];
  }
}

class Chip extends Component {
  static observedAttributes = ["accessibilitylabel"];

  draw() {
    return [slot("graphic"), slot()];
  }

  update() {
    set(this, "aria-label", this.getAttribute("accessibilitylabel"));
    set(this, "role", this.hasAttribute("accessibilitylabel") && "img");
  }
}

class Spinner extends Component {
  draw() {
    return [make("span", { part: "spinner", role: "img", "aria-label": this.getAttribute("accessibilitylabel") || "…" })];
  }
}

const SIGNS = { info: "info", success: "check-circle", warning: "alert-triangle", critical: "alert-circle" };

class Banner extends Component {
  static observedAttributes = ["heading", "tone", "dismissible"];
  #heading = make("h2", { part: "heading" });
  #sign = make("span", { part: "sign" });
  #close = make("button", { part: "dismiss", type: "button", "aria-label": word("dismiss") }, icon("x"));

  draw() {
    this.#close.onclick = () => this.dismiss();
    const text = make("div", { part: "text" }, this.#heading, slot(), make("div", { part: "actions" }, slot("secondary-actions")));
    return [make("div", { part: "banner" }, this.#sign, text, this.#close)];
  }

  update() {
    const tone = this.getAttribute("tone");
    set(this, "role", tone === "critical" ? "alert" : "status");
    this.#heading.textContent = this.getAttribute("heading") || "";
    this.#heading.hidden = !this.getAttribute("heading");
    this.#sign.replaceChildren(icon(SIGNS[tone] || "info"));
    this.#close.hidden = !this.hasAttribute("dismissible");
  }

  dismiss() {
    this.setAttribute("hidden", "");
    this.tell("dismiss");
    this.tell("afterhide");
  }
}

class Menu extends Component {
  draw() {
    return [make("nav", { part: "nav", "aria-label": "Lejar" }, slot())];
  }
}

// Lists are lists only if somebody says so, once their bullets come from a style sheet.
const listed = (role) =>
  class extends Component {
    connectedCallback() {
      super.connectedCallback();
      this.setAttribute("role", role);
    }
  };

define({
  "s-page": Page, "s-section": Section, "s-heading": Heading, "s-grid": Grid, "s-grid-item": GridItem,
  "s-icon": Icon, "s-badge": Badge, "s-chip": Chip, "s-spinner": Spinner, "s-banner": Banner,
  "s-app-nav": Menu, "s-unordered-list": listed("list"), "s-list-item": listed("listitem"),
});
