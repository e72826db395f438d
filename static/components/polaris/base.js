// What the components share. Everything they draw lies in an open shadow root, as with the real ones:
// what the server sent stays as it was, and events come from the component itself.
export function make(tag, attributes = {}, ...children) {
  const element = document.createElement(tag);
  for (const [name, value] of Object.entries(attributes)) set(element, name, value);
  element.append(...children);
  return element;
}

// true is an empty attribute; false, null and undefined are none.
export function set(element, name, value) {
  if (value === false || value === null || value === undefined) element.removeAttribute(name);
  else element.setAttribute(name, value === true ? "" : value);
}

export const slot = (name) => make("slot", name ? { name } : {});

export function sheet(rules) {
  const made = new CSSStyleSheet();
  made.replaceSync(rules);
  return made;
}

const base = sheet("* { box-sizing: border-box; } [hidden] { display: none !important; }");

export class Component extends HTMLElement {
  static delegatesFocus = false;
  static looks = []; // sheets of its own
  #isDrawn = false;

  constructor() {
    super();
    this.attachShadow({ mode: "open", delegatesFocus: this.constructor.delegatesFocus });
    this.shadowRoot.adoptedStyleSheets = [base, ...this.constructor.looks];
  }

  connectedCallback() {
    if (!this.#isDrawn) {
      this.#isDrawn = true;
      this.shadowRoot.append(...this.draw());
    }
    this.update();
  }

  attributeChangedCallback() {
    if (this.#isDrawn) this.update();
  }

  draw() {
    return [slot()];
  }

  update() {}

  tell(name) {
    this.dispatchEvent(new CustomEvent(name));
  }
}

const WORDS = {
  en: { close: "Close", dismiss: "Dismiss", next: "Next page", previous: "Previous page", pages: "Pages", menu: "Menu" },
  ms: { close: "Tutup", dismiss: "Tutup", next: "Halaman seterusnya", previous: "Halaman sebelumnya", pages: "Halaman", menu: "Menu" },
  zh: { close: "关闭", dismiss: "关闭", next: "下一页", previous: "上一页", pages: "分页", menu: "菜单" },
};
export const word = (name) => (WORDS[document.documentElement.lang.slice(0, 2)] || WORDS.en)[name];

export const define = (components) =>
  Object.entries(components).forEach(([tag, component]) => customElements.define(tag, component));
