// Drawn for this stand-in on a 20 by 20 field, one stroke each; a name it does not know is a dot.
const SHAPES = {
  "alert-circle": "M10 3a7 7 0 1 0 0 14a7 7 0 0 0 0-14M10 6.5v4M10 13.4v.1",
  "alert-triangle": "M10 3.5l7 12.5H3zM10 8v4M10 14v.1",
  "arrow-left": "M16 10H4M9 5l-5 5l5 5",
  "arrow-right": "M4 10h12M11 5l5 5l-5 5",
  calendar: "M4 5h12v11H4zM4 9h12M7.5 3v3M12.5 3v3",
  check: "M4 10.5l4 4l8-9",
  "check-circle": "M10 3a7 7 0 1 0 0 14a7 7 0 0 0 0-14M7 10l2.2 2.2L13 8",
  "chevron-down": "M5 8l5 5l5-5",
  "chevron-left": "M12 5l-5 5l5 5",
  "chevron-right": "M8 5l5 5l-5 5",
  clock: "M10 3a7 7 0 1 0 0 14a7 7 0 0 0 0-14M10 6v4.2l2.8 1.6",
  delete: "M4 6h12M8 6V4h4v2M6 6l.7 10.5h6.6L14 6",
  download: "M10 3v9M6 8.5l4 4l4-4M4 16h12",
  edit: "M4 16l.8-3.4L13 4.4l2.6 2.6L7.4 15.2z",
  export: "M10 12V3M6.5 6.5L10 3l3.5 3.5M4 11v5h12v-5",
  external: "M11 4h5v5M16 4l-7 7M8 5H4v11h11v-4",
  filter: "M3.5 5h13M6 10h8M8.5 15h3",
  import: "M10 3v9M6.5 8.5L10 12l3.5-3.5M4 11v5h12v-5",
  info: "M10 3a7 7 0 1 0 0 14a7 7 0 0 0 0-14M10 9.5v4M10 6.6v.1",
  link: "M8.5 11.5l3-3M9.5 6.5l2-2a3 3 0 0 1 4 4l-2 2M10.5 13.5l-2 2a3 3 0 0 1-4-4l2-2",
  lock: "M5 9h10v7H5zM7 9V6.5a3 3 0 0 1 6 0V9",
  "menu-horizontal": "M5 10v.1M10 10v.1M15 10v.1",
  plus: "M10 4v12M4 10h12",
  refresh: "M15.5 8A6 6 0 1 0 16 11M16 4v4h-4",
  search: "M9 4a5 5 0 1 0 0 10a5 5 0 0 0 0-10M12.8 12.8L16.5 16.5",
  settings: "M10 7.5a2.5 2.5 0 1 0 0 5a2.5 2.5 0 0 0 0-5M10 3v2M10 15v2M3 10h2M15 10h2M5 5l1.5 1.5M13.5 13.5L15 15M15 5l-1.5 1.5M6.5 13.5L5 15",
  upload: "M10 12V3M6 7l4-4l4 4M4 16h12",
  view: "M2.5 10C5 5.8 15 5.8 17.5 10C15 14.2 5 14.2 2.5 10M10 8a2 2 0 1 0 0 4a2 2 0 0 0 0-4",
  x: "M5 5l10 10M15 5L5 15",
};
const SVG = "http://www.w3.org/2000/svg";

export function icon(name) {
  const [drawing, path] = [document.createElementNS(SVG, "svg"), document.createElementNS(SVG, "path")];
  const looks = { viewBox: "0 0 20 20", width: "16", height: "16", fill: "none", stroke: "currentColor", "stroke-width": "1.6", "stroke-linecap": "round", "stroke-linejoin": "round", "aria-hidden": "true", part: "icon" };
  for (const [key, value] of Object.entries(looks)) drawing.setAttribute(key, value);
  path.setAttribute("d", SHAPES[name] || "M10 10v.1");
  drawing.append(path);
  return drawing;
}
