/* What every page does: theme, charts, copying. Pages work without it, but for the charts. */
"use strict";

const root = document.documentElement;

function isDark() {
  const chosen = root.dataset.theme;
  return chosen ? chosen === "dark" : matchMedia("(prefers-color-scheme: dark)").matches;
}

function colour(name) {
  const probe = document.createElement("span");
  probe.style.color = `var(--${name})`;
  document.body.append(probe);
  const found = getComputedStyle(probe).color;
  probe.remove();
  return found;
}

function chartConfig() {
  const ink = colour("ink"), quiet = colour("quiet"), line = colour("line");
  const axis = { labelColor: quiet, titleColor: quiet, domainColor: line, tickColor: line, gridColor: line,
                 titleFontWeight: "normal", labelFontSize: 12, titleFontSize: 12 };
  return {
    aria: false, // the figure has one name, and the table beside it the numbers
    background: null, font: getComputedStyle(document.body).fontFamily, axis,
    legend: { labelColor: ink, titleColor: quiet, titleFontWeight: "normal", labelLimit: 260, labelFontSize: 12 },
    header: { labelColor: ink, titleColor: quiet }, title: { color: ink }, view: { stroke: null },
    text: { color: ink, fill: ink }, rule: { color: quiet }, mark: { color: colour("accent"), aria: false },
    range: { category: ["#0072B2", "#E69F00", "#009E73", "#CC79A7", "#56B4E9", "#D55E00", "#A89F00", "#7F7F7F"] },
  };
}

async function draw(figure) {
  const spec = JSON.parse(figure.querySelector("script").textContent);
  const { view } = await vegaEmbed(figure.querySelector(".plot"), spec, {
    ast: true, renderer: "svg", actions: false, defaultStyle: false, config: chartConfig(),
    tooltip: { disableDefaultStyle: true },
  });
  figure.vegaView = view;
  figure.dataset.drawn = "";
  view.addEventListener("click", (_event, item) => {
    const href = item?.datum?.link;
    if (href?.startsWith("/")) location.href = href;
  });
}

async function save(figure, kind) {
  const link = document.createElement("a");
  link.href = await figure.vegaView.toImageURL(kind, 2);
  link.download = `${figure.dataset.name}.${kind}`;
  link.click();
}

function drawAll(place = document) {
  for (const figure of place.querySelectorAll("figure.chart")) draw(figure);
}

async function copy(button) {
  const text = document.getElementById(button.dataset.copies).textContent;
  await navigator.clipboard.writeText(text);
  const before = button.textContent;
  button.textContent = "Copied";
  setTimeout(() => { button.textContent = before; }, 1500);
}

function changeTheme() {
  root.dataset.theme = isDark() ? "light" : "dark";
  try { localStorage.setItem("theme", root.dataset.theme); } catch { /* private windows keep nothing */ }
  drawAll();
  document.dispatchEvent(new Event("themechange"));
}

document.addEventListener("click", (event) => {
  const button = event.target.closest("button");
  if (!button) return;
  if (button.dataset.save) save(button.closest("figure"), button.dataset.save);
  if (button.dataset.copies) copy(button);
  if (button.dataset.link !== undefined) navigator.clipboard.writeText(location.href).then(() => { button.textContent = "Copied"; });
  if (button.id === "theme") changeTheme();
});
document.addEventListener("change", (event) => {
  if (event.target.matches("[data-submits]")) event.target.form.requestSubmit();
});
document.addEventListener("error", (event) => {
  if (event.target.matches?.("img")) event.target.classList.add("gone");
}, true);

if (document.querySelector("figure.chart")) drawAll();
window.saetm = { drawAll, colour, isDark };
