// How fields look inside their shadow roots. A page has hundreds of them: there a rule is found by its
// class, while every ::part() rule of polaris.css is tried on every named part of the page.
import { sheet } from "./base.js";

const below = `
  .exclusive { position: absolute; width: 1px; height: 1px; margin: 0; overflow: hidden; clip-path: inset(50%); white-space: nowrap; }
  .details { margin-top: 4px; color: var(--subdued); font-size: 13px; }
  .error { display: flex; gap: 4px; align-items: start; margin-top: 4px; color: var(--critical); font-size: 13px; }`;

export const texts = sheet(`
  .label { display: block; margin-bottom: 4px; padding: 0; font-size: 13px; }
  .box { display: flex; align-items: center; gap: 6px; min-height: 34px; padding-inline: 10px; border: 1px solid var(--line-strong); border-radius: var(--radius); background: var(--surface); }
  .box:focus-within { outline: 2px solid var(--focus); outline-offset: 0; }
  .control { flex: 1; width: 100%; min-width: 0; min-height: 32px; padding: 5px 0; border: 0; outline: 0; background: none; color: inherit; font: inherit; }
  .affix { color: var(--subdued); }
  :host(s-text-area) .control { resize: vertical; }
  :host(s-select) .control { appearance: none; padding-right: 20px; text-overflow: ellipsis; cursor: pointer; }
  :host(:is(s-select, s-search-field)) .box > svg { flex: none; color: var(--subdued); pointer-events: none; }
  :host(s-select) .box > svg { margin-left: -18px; }
  :host(:is([readonly], [disabled])) .box { background: #efefed; border-color: var(--line); color: #5e6062; }
  :host([error]:not([error=""])) .box { border-color: var(--critical); background: var(--critical-surface); }
  :host(s-drop-zone) .box { padding: 20px; border-style: dashed; }
  ${below}`);

export const ticks = sheet(`
  label { display: flex; gap: 8px; align-items: start; margin: 0; cursor: pointer; }
  legend { display: block; margin-bottom: 4px; padding: 0; font-size: 13px; }
  fieldset { min-width: 0; margin: 0; padding: 0; border: 0; }
  .rows { display: flex; flex-direction: column; gap: 8px; }
  .row .text { display: flex; flex-direction: column; }
  .control { flex: none; width: 16px; height: 16px; margin: 2px 0 0; accent-color: var(--primary); }
  .control:focus-visible { outline: 2px solid var(--focus); outline-offset: 1px; }
  :host(s-switch) .control { width: 32px; height: 18px; margin: 1px 0 0; appearance: none; border-radius: 9px; background: radial-gradient(circle at 9px 50%, #fff 6px, transparent 7px) #85878a; cursor: pointer; }
  :host(s-switch) .control:checked { background: radial-gradient(circle at 23px 50%, #fff 6px, transparent 7px) var(--primary); }
  ${below}
  :host(s-checkbox) :is(.details, .error) { margin-left: 24px; }
  :host(s-switch) :is(.details, .error) { margin-left: 40px; }`);
