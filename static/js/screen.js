// The control room: one picture after another. A key pauses, arrows step; who wants no motion begins
// with a pause. The map is that of js/figures.js: drawn once, and only coloured anew; it waits, hidden,
// while no region has a figure.
const screen = document.body;
const EVERY = 15000;
let slides = [];
const still = matchMedia("(prefers-reduced-motion: reduce)").matches;
let place = 0;
let paused = still;
let timer = 0;

// What a new day or new figures change stands in the part that refreshes itself.
function read() {
  const turns = document.querySelector("#turns").dataset;
  document.querySelector("#day").textContent = turns.day;
  const map = document.querySelector('section[data-slide="map"]');
  if (map) {
    map.hidden = !turns.slides.split(" ").includes("map");
    const classes = [...document.querySelector("#classes").children];
    document.querySelector("#legend").replaceChildren(...classes.map((one) => one.cloneNode(true)));
  }
  slides = turns.slides.split(" ").filter((name) => document.querySelector(`section[data-slide="${name}"]`));
}
function show() {
  screen.dataset.now = slides[place];
  say();
  clearTimeout(timer);
  if (!paused) timer = setTimeout(() => step(1), EVERY);
}
function say() {
  const state = document.querySelector("#state");
  state.textContent = `${place + 1} / ${slides.length} · ${paused ? state.dataset.paused : state.dataset.runs}`;
}
function step(by) {
  place = (place + by + slides.length) % slides.length;
  show();
}
document.addEventListener("keydown", (event) => {
  if (event.ctrlKey || event.altKey || event.metaKey || event.target.closest("#map")) return;
  if (event.key === "ArrowRight") step(1);
  else if (event.key === "ArrowLeft") step(-1);
  else if (event.key === " " && !event.target.matches("a, button")) { event.preventDefault(); paused = !paused; show(); }
  else if (event.key.toLowerCase() === "f") {
    if (document.fullscreenElement) document.exitFullscreen(); else document.documentElement.requestFullscreen?.();
  }
});
document.addEventListener("htmx:afterSettle", () => {
  const now = slides[place];
  read();
  const same = slides.indexOf(now);
  place = same < 0 ? place % slides.length : same;
  if (same < 0) show(); else say();
});
screen.classList.add("turns");
read();
show();

// --- the time of the region
const clock = document.querySelector("#clock");
const time = new Intl.DateTimeFormat("id", { hour: "2-digit", minute: "2-digit", timeZone: screen.dataset.zone });
function tick() {
  clock.textContent = time.format(new Date());
  setTimeout(tick, 60000 - (Date.now() % 60000));
}
tick();

// --- a session or a network that is gone is said, and the last figures stay
const stale = document.querySelector("#stale");
for (const name of ["htmx:sendError", "htmx:responseError", "htmx:timeout"]) {
  document.addEventListener(name, () => { stale.hidden = false; });
}
document.addEventListener("htmx:afterRequest", (event) => { if (event.detail.successful) stale.hidden = true; });
