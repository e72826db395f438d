// The statement's own button: prints the page as it stands, in the look of print.css.
document.addEventListener("click", (event) => {
  if (event.target.closest?.("s-button[data-print]")) print();
});
