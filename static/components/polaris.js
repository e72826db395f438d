// The Polaris tags of the pages: for demos and tests without Shopify's CDN, and for accountants, who look
// from outside the admin. Their look is polaris.css.
import "./polaris/layout.js";
import "./polaris/actions.js";
import "./polaris/fields.js";
import "./polaris/choices.js";
import "./polaris/overlays.js";
import "./polaris/tables.js";
