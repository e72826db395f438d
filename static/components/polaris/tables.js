// Tables that become lists on a narrow screen: every cell then carries the name of its column.
import { Component, define, make, set, slot, word } from "./base.js";
import { icon } from "./icons.js";

const ROLES = { "s-table-body": "rowgroup", "s-table-header-row": "row", "s-table-row": "row", "s-table-header": "columnheader", "s-table-cell": "cell" };

class Table extends Component {
  static observedAttributes = ["paginate", "hasnextpage", "haspreviouspage", "loading"];
  #table = make("div", { part: "table", role: "table" }, slot());
  #next = make("button", { part: "page", type: "button", "aria-label": word("next") }, icon("chevron-right"));
  #previous = make("button", { part: "page", type: "button", "aria-label": word("previous") }, icon("chevron-left"));
  #pages = make("nav", { part: "pages", "aria-label": word("pages") }, this.#previous, this.#next);

  draw() {
    this.#next.onclick = () => this.tell("nextpage");
    this.#previous.onclick = () => this.tell("previouspage");
    new MutationObserver(() => this.#label()).observe(this, { childList: true, subtree: true });
    this.#label();
    return [make("div", { part: "filters" }, slot("filters")), this.#table, this.#pages];
  }

  update() {
    const section = this.closest("s-section");
    set(this.#table, "aria-label", section?.getAttribute("heading") || section?.getAttribute("accessibilitylabel"));
    set(this.#table, "aria-busy", this.hasAttribute("loading") && "true");
    this.#pages.hidden = !this.hasAttribute("paginate");
    this.#next.disabled = !this.hasAttribute("hasnextpage");
    this.#previous.disabled = !this.hasAttribute("haspreviouspage");
  }

  #label() {
    const headers = [...this.querySelectorAll("s-table-header")];
    for (const row of this.querySelectorAll("s-table-row"))
      [...row.children].forEach((cell, index) => {
        const header = headers[index];
        const said = { label: header?.textContent.trim() || "", format: header?.getAttribute("format") || "base", list: header?.getAttribute("listslot") || "labeled" };
        for (const [name, value] of Object.entries(said)) if (cell.dataset[name] !== value) cell.dataset[name] = value;
      });
  }
}

class Row extends Component {
  connectedCallback() {
    super.connectedCallback();
    this.setAttribute("role", "row");
  }

  // The whole row opens what one link in it opens.
  draw() {
    this.addEventListener("click", (event) => {
      const delegate = document.getElementById(this.getAttribute("clickdelegate"));
      if (delegate && !event.target.closest("s-link, s-button, s-checkbox, s-clickable, a")) delegate.click();
    });
    return super.draw();
  }
}

// Without a shadow root: there is nothing to draw, and a page has hundreds of them.
const part = (role) =>
  class extends HTMLElement {
    connectedCallback() {
      this.setAttribute("role", role);
    }
  };

define({ "s-table": Table, "s-table-row": Row });
for (const [tag, role] of Object.entries(ROLES)) if (!customElements.get(tag)) customElements.define(tag, part(role));
