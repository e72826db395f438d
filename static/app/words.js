// What the script says is written, and translated, in page.html.
export const word = (name) => document.getElementById("words").dataset[name];
