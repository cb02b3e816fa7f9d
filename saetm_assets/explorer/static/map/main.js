/* The map of items: what is drawn, and what the reader does with it. The address holds the view. */
import { Camera } from "./camera.js";
import { Card } from "./card.js";
import { palette, pointColours } from "./colours.js";
import { Labels } from "./labels.js";
import { Nearest } from "./nearest.js";
import { Deck, hasWebGL, radius, Still } from "./paint.js";
import { save } from "./picture.js";

const REACH = 7, DENSE = 20_000, SLIDE = 120; // pixels around a point; points; milliseconds before the slider is followed
const box = document.getElementById("map"), panel = document.getElementById("panel"), form = document.getElementById("controls");
const camera = new Camera(box), labels = new Labels(document.getElementById("labels")), card = new Card(document.getElementById("card"));
const kept = new Map(); // answers by address
let drawing, painter, nearest, colours = null, aimed = -1, frame = 0;
const scene = { count: 0, places: new Float32Array(), bytes: new Uint8Array(), polygons: [], rings: [], aim: [], stamp: 0, chosen: -1 };

async function get(address, kind) {
  if (!kept.has(address)) kept.set(address, fetch(address).then((answer) => { if (!answer.ok) throw new Error(answer.status); return answer[kind](); }));
  return kept.get(address);
}

function trouble(sentence) {
  const place = document.getElementById("map-trouble");
  place.textContent = sentence; place.hidden = !sentence;
}

/* Read what the panel says is to be drawn, and draw it. */
async function load() {
  const asked = JSON.parse(document.getElementById("drawing").textContent);
  const [points, codes, outlines] = await Promise.all([get(asked.points, "arrayBuffer"), get(asked.codes, "arrayBuffer"), get(asked.outlines, "json")]);
  drawing = { ...asked, codes: new Uint16Array(codes), outlines };
  if (scene.places.buffer !== points) {
    scene.places = new Float32Array(points);
    scene.count = scene.places.length / 2;
    nearest = new Nearest(scene.places);
  }
  choose(drawing.categories.findIndex((each) => each.name === new URLSearchParams(location.search).get("on")));
  labels.fill(drawing.topics);
  colour();
}

function choose(code) {
  scene.chosen = code;
  for (const button of document.querySelectorAll("#legend button")) button.setAttribute("aria-pressed", String(Number(button.dataset.code) === code));
}

/* Give points and regions their colours: those of the theme, of what they stand for, of what was chosen. */
function colour() {
  const isTopics = drawing.by === "topic", { chosen } = scene;
  colours = palette();
  scene.colours = colours;
  scene.bytes = pointColours(drawing.codes, drawing.categories, chosen, colours, scene.count > DENSE);
  scene.polygons = drawing.outlines.flatMap((polygons, code) => {
    const isFaint = isTopics && chosen >= 0 && chosen !== code;
    const own = isTopics ? colours.of[drawing.topics[code].colour] : colours.ink;
    return polygons.map((rings) => ({ rings, colour: own, fill: isFaint ? 8 : isTopics ? 34 : 9, line: isFaint ? 30 : isTopics ? 150 : 60 }));
  });
  scene.rings = scene.polygons.flatMap(({ rings, ...style }) => rings.map((ring) => ({ ring, ...style })));
  scene.stamp++;
  render();
}

function render() {
  if (!frame) frame = requestAnimationFrame(() => { frame = 0; paint(); });
}

function paint() {
  painter.draw(scene);
  labels.place(camera, drawing.by === "topic" ? scene.chosen : -1);
  if (painter.isReady) box.dataset.drawn = scene.stamp;
}

/* Point at the item nearest to a place on the screen; none where there is none. */
function aim(left, top, reach) {
  const { chosen } = scene, [x, y] = camera.toMap(left, top);
  const row = nearest?.find(x, y, (reach + radius(scene.count, camera.zoom)) / camera.scale, (at) => chosen < 0 || drawing.codes[at] === chosen) ?? -1;
  box.classList.toggle("aims", row >= 0);
  const place = row < 0 ? [0, 0] : camera.toScreen(scene.places[2 * row], scene.places[2 * row + 1]);
  const label = drawing?.categories[drawing.codes[row]]?.label ?? "";
  card.show(row, row < 0 ? "" : about(row), label, { x: place[0], y: place[1], width: camera.width, height: camera.height });
  if (row !== aimed) { aimed = row; scene.aim = row < 0 ? [] : [[scene.places[2 * row], scene.places[2 * row + 1]]]; render(); }
}

const about = (row) => `${drawing.base}/card/${row}?v=${drawing.version}&k=${drawing.k}`;

async function open() {
  const found = aimed >= 0 && await card.ask(about(aimed));
  if (found) location.href = found.link;
}

function moved() {
  render();
  clearTimeout(moved.timer);
  moved.timer = setTimeout(remember, 200);
}

/* Write the view into the address, so that a link restores it. */
function remember() {
  const address = new URL(location.href), { searchParams } = address;
  const values = { k: drawing.k, by: drawing.by, on: drawing.categories[scene.chosen]?.name ?? "", x: camera.x.toFixed(3), y: camera.y.toFixed(3), z: camera.zoom.toFixed(2) };
  const plain = { by: "topic", on: "", x: "0.000", y: "0.000", z: "0.00" };
  for (const [name, value] of Object.entries(values)) {
    if (plain[name] === String(value).replace(/^-(?=0\.?0*$)/, "")) searchParams.delete(name); else searchParams.set(name, value);
  }
  history.replaceState(null, "", address);
}

function recall() {
  const asked = new URLSearchParams(location.search);
  camera.set(Number(asked.get("x")), Number(asked.get("y")), Number(asked.get("z")));
}

function look(how) {
  if (how === "in" || how === "out") camera.set(camera.x, camera.y, camera.zoom + (how === "in" ? 0.7 : -0.7));
  if (how === "whole") camera.set(0, 0, 0);
  if (how === "picture") { save(painter.canvas(), labels, camera, `${drawing.name}: ${scene.count.toLocaleString()} items, ${drawing.k} topics`, colours); return; }
  moved();
}

/* Follow the controls without leaving the page. */
async function follow() {
  const asked = new URLSearchParams(new FormData(form));
  clearTimeout(follow.timer);
  follow.timer = setTimeout(async () => {
    panel.classList.add("busy");
    const answer = await fetch(`${form.action}?${asked}&fragment=1`);
    if (answer.ok && asked.toString() === new URLSearchParams(new FormData(form)).toString()) {
      const scrolled = document.getElementById("legend").scrollTop;
      panel.innerHTML = await answer.text(); // our own page, escaped where it was written
      document.getElementById("legend").scrollTop = scrolled;
      await load();
      remember();
    }
    panel.classList.remove("busy");
  }, SLIDE);
}

const KEYS = {
  ArrowLeft: () => camera.move(-0.08, 0), ArrowRight: () => camera.move(0.08, 0), ArrowUp: () => camera.move(0, 0.08), ArrowDown: () => camera.move(0, -0.08),
  "+": () => look("in"), "=": () => look("in"), "-": () => look("out"), "0": () => look("whole"),
  Escape: () => { choose(-1); colour(); }, Enter: open,
};

const isOnGround = (event) => !event.target.closest("#labels a, #card");

function listen() {
  box.addEventListener("keydown", (event) => {
    const act = isOnGround(event) && !event.ctrlKey && !event.metaKey && !event.altKey && KEYS[event.key];
    if (!act) return;
    event.preventDefault();
    act();
    if (event.key !== "Enter") { moved(); aim(camera.width / 2, camera.height / 2, 40); }
  });
  let pressed = [0, 0];
  const at = (event) => { const edge = box.getBoundingClientRect(); return [event.clientX - edge.left, event.clientY - edge.top]; };
  box.addEventListener("pointerdown", (event) => { pressed = at(event); card.isTouched = event.pointerType === "touch"; });
  box.addEventListener("pointermove", (event) => { if (event.pointerType !== "touch" && !event.buttons) { if (isOnGround(event)) aim(...at(event), REACH); else aim(-1e6, 0, 0); } });
  box.addEventListener("pointerleave", (event) => { if (event.pointerType !== "touch") aim(-1e6, 0, 0); });
  box.addEventListener("click", (event) => {
    const [left, top] = at(event);
    if (!isOnGround(event) || Math.hypot(left - pressed[0], top - pressed[1]) > 5) return;
    if (card.isTouched) aim(left, top, 2 * REACH); else open();
  });
  box.addEventListener("focusout", (event) => { if (!box.contains(event.relatedTarget)) aim(-1e6, 0, 0); });
  document.querySelector(".tools").addEventListener("click", (event) => { const how = event.target.closest("button")?.dataset.view; if (how) look(how); });
  panel.addEventListener("click", (event) => {
    const button = event.target.closest("#legend button");
    if (!button) return;
    const code = Number(button.dataset.code);
    choose(code === scene.chosen ? -1 : code);
    colour();
    remember();
  });
  form.addEventListener("input", () => { const shown = document.getElementById("shown"); if (shown) shown.textContent = form.elements.k.value; follow(); });
  form.addEventListener("submit", (event) => { event.preventDefault(); follow(); });
  document.addEventListener("themechange", colour);
  matchMedia("(prefers-color-scheme: dark)").addEventListener("change", colour);
  new ResizeObserver(() => { camera.resize(); render(); }).observe(box);
}

async function start() {
  form.classList.add("scripted");
  recall();
  if (hasWebGL() && window.deck) painter = new Deck(box, camera, moved, JSON.parse(document.getElementById("drawing").textContent).count);
  else { painter = new Still(box, camera); trouble("This browser has no WebGL, so the map is painted on a plain canvas: move it by keys and buttons."); }
  await Promise.all([load(), painter.ready]);
  listen();
  render();
}

start().catch(() => trouble("The map could not be loaded. The topics on it are listed beside it."));
