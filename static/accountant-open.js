// Takes the secret out of the address before anything else can see it there, and exchanges it.
(async () => {
  const said = document.getElementById("said");
  const secret = location.hash.slice(1);
  history.replaceState(null, "", location.pathname + location.search);
  if (!secret || secret === "left") {
    said.textContent = secret ? said.dataset.left : said.dataset.missing;
    return;
  }
  const answer = await fetch(said.dataset.session, {
    method: "POST",
    headers: { "Content-Type": "application/json", "X-Lejar-Outside": "1" },
    body: JSON.stringify({ secret }),
  }).catch(() => null);
  const heard = answer && (await answer.json().catch(() => null));
  if (answer?.ok) location.replace(heard.address + location.search);
  else said.textContent = heard?.detail || said.dataset.unreachable;
})();
