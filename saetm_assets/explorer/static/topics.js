/* The slider and the search: what changes is fetched and put in place; stale answers are dropped. */
"use strict";

{
  const form = document.getElementById("controls");
  const results = document.getElementById("results");
  const shown = document.getElementById("shown");
  const said = document.getElementById("said");
  const picture = document.getElementById("picture");
  document.documentElement.classList.add("scripted");
  let underWay = new AbortController();

  function address() {
    const asked = new URLSearchParams(new FormData(form));
    for (const [name, value] of [...asked]) if (value === "") asked.delete(name);
    return asked;
  }

  function areas() {
    const view = document.querySelector("figure.chart")?.vegaView;
    const nodes = JSON.parse(document.getElementById("areas").textContent);
    if (view) view.change("nodes", vega.changeset().remove(() => true).insert(nodes)).runAsync();
  }

  async function show(request, link) {
    underWay.abort();
    underWay = new AbortController();
    results.classList.add("busy");
    try {
      const answer = await fetch(request, { signal: underWay.signal, ...link.options });
      const text = await answer.text();
      if (!answer.ok) throw new Error(text);
      results.innerHTML = text;
      results.classList.remove("busy");
      said.textContent = results.querySelector(".summary").innerText;
      areas();
      if (link.href) history.replaceState(null, "", link.href);
    } catch (error) {
      if (error.name === "AbortError") return;
      results.classList.remove("busy");
      results.textContent = "The explorer does not answer: reload the page.";
    }
  }

  function update() {
    const asked = address();
    const href = `?${asked}`;
    asked.set("fragment", "1");
    show(`${form.action}?${asked}`, { href });
  }

  form.addEventListener("input", (event) => {
    if (shown && event.target.name === "k") shown.value = event.target.value;
    if (event.target.matches("[data-live]")) update();
  });
  form.addEventListener("submit", (event) => {
    event.preventDefault();
    form.querySelector("[name=like]")?.remove();
    update();
  });
  picture?.addEventListener("change", () => {
    const [file] = picture.files;
    const asked = address();
    asked.delete("q");
    if (file) show(`${form.dataset.picture}?${asked}`, { options: { method: "POST", body: file } });
  });
}
