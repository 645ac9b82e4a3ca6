// Draws the map from the table that is on the page already: one source of figures, one selection for
// both. Borders come as a file; colours, names and values are those of the rows with `data-code`.
const SVG = "http://www.w3.org/2000/svg";
const CLOSEST = 24; // how often the whole fits into the closest look
const NAME = document.body.matches(".screen") ? 18 : 12; // pixels: letters of labels, larger on a wall
const [VALUE, POINT] = [NAME - 1, 16]; // of values, and the ring of events
const DARK = new Set(["a3", "a4", "v3", "v4", "1", "4"]); // classes on which letters are white
const draw = (name, attributes = {}, ...children) => {
  const element = document.createElementNS(SVG, name);
  for (const [key, value] of Object.entries(attributes)) element.setAttribute(key, value);
  element.append(...children);
  return element;
};
const make = (name, attributes = {}, ...children) => {
  const element = document.createElement(name);
  Object.assign(element, attributes);
  element.append(...children);
  return element;
};

function loaded(address) {
  return new Promise((resolve, reject) => {
    const script = make("script", { src: address, onload: () => resolve(window.topojson), onerror: reject });
    document.head.append(script);
  });
}

async function bordersOf({ url, library, layer, within }) {
  const [answer, topojson] = await Promise.all([fetch(url).then((found) => found.json()), loaded(library)]);
  return topojson.feature(answer, answer.objects[layer]).features
    .filter(({ properties }) => within === "00" || properties.kode.startsWith(`${within}.`));
}

// --- geometry: degrees to units of the drawing, outlines, and where a name fits best ---
const WIDTH = 1000;

const polygonsOf = ({ type, coordinates }) => (type === "Polygon" ? [coordinates] : coordinates);

function extent(features) {
  const box = { west: 180, east: -180, south: 90, north: -90 };
  for (const { geometry } of features)
    for (const polygon of polygonsOf(geometry))
      for (const [x, y] of polygon[0]) {
        if (x < box.west) box.west = x;
        if (x > box.east) box.east = x;
        if (y < box.south) box.south = y;
        if (y > box.north) box.north = y;
      }
  return box;
}

// Degrees are shorter east to west than north to south; near the equator hardly.
function projection({ west, east, south, north }) {
  const narrow = Math.cos((south + north) / 2 * Math.PI / 180);
  const margin = 0.02 * Math.max(east - west, north - south) || 1;
  const scale = WIDTH / ((east - west + 2 * margin) * narrow);
  const point = ([x, y]) => [(x - west + margin) * narrow * scale, (north + margin - y) * scale];
  return {
    width: WIDTH,
    height: (north - south + 2 * margin) * scale,
    path: (geometry) => polygonsOf(geometry).map((polygon) => polygon.map((ring) => ring.map(point))),
  };
}

function outline(polygons) {
  let text = "";
  for (const polygon of polygons)
    for (const ring of polygon) {
      text += `M${ring[0][0].toFixed(1)} ${ring[0][1].toFixed(1)}L`;
      for (let at = 1; at < ring.length; at += 1) text += `${ring[at][0].toFixed(1)} ${ring[at][1].toFixed(1)} `;
      text += "Z";
    }
  return text;
}

function areaOf(ring) {
  let sum = 0;
  for (let at = 0, before = ring.length - 1; at < ring.length; before = at, at += 1)
    sum += ring[before][0] * ring[at][1] - ring[at][0] * ring[before][1];
  return Math.abs(sum / 2);
}

// The middle of the widest stretch within the largest part: always inside, unlike a centre of mass.
function place(polygons) {
  let [ring, size] = [polygons[0][0], -1];
  for (const polygon of polygons) {
    const area = areaOf(polygon[0]);
    if (area > size) [ring, size] = [polygon[0], area];
  }
  let [top, bottom] = [Infinity, -Infinity];
  for (const [, y] of ring) { top = Math.min(top, y); bottom = Math.max(bottom, y); }
  let best = { x: ring[0][0], y: ring[0][1], wide: 0 };
  for (const part of [0.5, 0.4, 0.6, 0.3, 0.7]) {
    const y = top + (bottom - top) * part;
    const cuts = [];
    for (let at = 0, before = ring.length - 1; at < ring.length; before = at, at += 1) {
      const [[x1, y1], [x2, y2]] = [ring[before], ring[at]];
      if ((y1 > y) !== (y2 > y)) cuts.push(x1 + (y - y1) / (y2 - y1) * (x2 - x1));
    }
    cuts.sort((one, other) => one - other);
    for (let at = 0; at + 1 < cuts.length; at += 2)
      // Further from the middle only for a stretch that is clearly wider.
      if (cuts[at + 1] - cuts[at] > best.wide * 1.15) best = { x: (cuts[at] + cuts[at + 1]) / 2, y, wide: cuts[at + 1] - cuts[at] };
  }
  return { ...best, high: bottom - top, size };
}

// --- the map ---
// Names as they are written on a map: what nearly all have in front is left out.
const short = (name) => name.replace(/^(Kabupaten|Kecamatan|Provinsi) /, "");

class RegionMap {
  constructor(box, features) {
    this.box = box;
    this.rows = new Map();
    this.whole = extent(features);
    const { path, width, height } = projection(this.whole);
    [this.width, this.height] = [width, height];
    this.view = { x: 0, y: 0, scale: 1 };
    this.parts = new Map(features.map((feature) => {
      const rings = path(feature.geometry);
      return [feature.properties.kode, { ...place(rings), shape: draw("path", { d: outline(rings), "data-code": feature.properties.kode }) }];
    }));
    this.build();
  }

  build() {
    const words = this.box.dataset;
    const hatch = draw("pattern", { id: "map-unknown", width: 6, height: 6, patternUnits: "userSpaceOnUse", patternTransform: "rotate(45)" },
      draw("rect", { width: 6, height: 6, class: "unknown-ground" }), draw("path", { d: "M1 0v6", class: "unknown-line" }));
    this.shapes = draw("g", { class: "shapes" }, ...[...this.parts.values()].map(({ shape }) => shape));
    this.over = draw("g", { class: "over" });
    this.svg = draw("svg", { tabindex: 0, role: "application", "aria-label": words.label, "aria-describedby": "map-help", preserveAspectRatio: "xMidYMid meet" },
      draw("defs", {}, hatch), this.shapes, this.over);
    this.svg.style.aspectRatio = `${this.width} / ${this.height}`;
    this.tip = make("div", { className: "map-tip", hidden: true });
    this.said = make("p", { className: "map-said" });
    this.said.setAttribute("aria-live", "polite");
    const button = (sign, name, act) => {
      const made = make("button", { type: "button", className: "btn btn-outline-secondary btn-sm", textContent: sign, title: name, onclick: act });
      made.setAttribute("aria-label", name);
      return made;
    };
    this.tools = make("div", { className: "map-tools" },
      button("+", words.in, () => this.zoom(1.6)), button("−", words.out, () => this.zoom(1 / 1.6)), button("⤢", words.all, () => this.reset()));
    const help = make("p", { id: "map-help", className: "map-help", textContent: words.help });
    this.box.replaceChildren(make("div", { className: "map-sheet" }, this.svg, this.tools, this.tip), help, this.said);
    this.listen();
    this.reset();
    new ResizeObserver(() => this.label()).observe(this.svg);
  }

  listen() {
    const code = (event) => event.target.closest?.("[data-code]")?.dataset.code;
    this.svg.addEventListener("pointermove", (event) => {
      if (this.dragged) return this.drag(event);
      this.point(code(event), event);
    });
    this.svg.addEventListener("pointerleave", () => this.point());
    this.svg.addEventListener("pointerdown", (event) => {
      this.dragged = { x: event.clientX, y: event.clientY, from: { ...this.view }, moved: false };
    });
    addEventListener("pointerup", () => { this.released = this.dragged?.moved; this.dragged = null; });
    this.svg.addEventListener("click", (event) => {
      if (this.released || !code(event)) return;
      if (this.chosen === code(event)) this.open();
      else this.choose(code(event), true);
    });
    this.svg.addEventListener("wheel", (event) => {
      if (!event.ctrlKey) return; // else the page scrolls, as everywhere
      event.preventDefault();
      this.zoom(event.deltaY < 0 ? 1.25 : 0.8);
    }, { passive: false });
    this.svg.addEventListener("keydown", (event) => this.key(event));
    document.addEventListener("pointerover", (event) => {
      const row = event.target.closest?.("[data-figures] tr[data-code]");
      if (row) this.mark("near", row.dataset.code);
      else if (event.target.closest?.("[data-figures]")) this.mark("near");
    });
    document.addEventListener("click", (event) => {
      const row = event.target.closest?.("[data-figures] tr[data-code]");
      if (row && !event.target.closest("a, button")) this.choose(row.dataset.code);
    });
    document.addEventListener("focusin", (event) => {
      const row = event.target.closest?.("[data-figures] tr[data-code]");
      // Of a keyboard alone: words under the map must not move a row between press and release.
      if (row && event.target.matches(":focus-visible")) this.choose(row.dataset.code);
    });
  }

  key(event) {
    const ways = { ArrowLeft: [-1, 0], ArrowRight: [1, 0], ArrowUp: [0, -1], ArrowDown: [0, 1] };
    const acts = { "+": () => this.zoom(1.6), "=": () => this.zoom(1.6), "-": () => this.zoom(1 / 1.6), 0: () => this.reset(),
      Enter: () => this.open(), Escape: () => this.choose() };
    if (event.ctrlKey || event.metaKey || event.altKey) return;
    if (ways[event.key]) this.step(...ways[event.key]);
    else if (acts[event.key]) acts[event.key]();
    else return;
    event.preventDefault();
  }

  // The nearest region in that direction; what lies aside counts double.
  step(right, down) {
    const here = this.parts.get(this.chosen);
    if (!here) return this.choose([...this.rows.keys()].find((code) => this.parts.has(code)), true);
    let best = null;
    for (const [code, part] of this.parts) {
      const [x, y] = [part.x - here.x, part.y - here.y];
      const ahead = x * right + y * down;
      const far = ahead + 2 * Math.abs(x * down + y * right);
      if (ahead > 0 && (!best || far < best.far)) best = { code, far };
    }
    if (best) this.choose(best.code, true);
  }

  choose(code, scroll = false) {
    this.chosen = this.parts.has(code) || this.rows.has(code) ? code : undefined;
    this.mark("chosen", this.chosen);
    for (const [key, row] of this.rows) row.classList.toggle("chosen", key === this.chosen);
    const row = this.rows.get(this.chosen);
    if (scroll && row && matchMedia("(min-width: 992px)").matches) row.scrollIntoView({ block: "nearest" });
    const part = this.parts.get(this.chosen);
    if (part) this.bring(part);
    this.say(row);
  }

  say(row) {
    if (!row) return this.said.replaceChildren(...(this.chosen ? [`${this.chosen}: –`] : this.lacking()));
    const { name, shown, events } = row.dataset;
    const links = [...row.querySelectorAll("th a, a[data-plan]")].map((link, number) =>
      make("a", { href: link.href, textContent: number ? link.textContent.trim() : `${this.box.dataset.open} ${short(name)}` }));
    const parts = [make("strong", { textContent: name }), `: ${shown}`, ...(events ? [` · ${events}`] : [])];
    this.said.replaceChildren(...parts, ...links.flatMap((link) => [" · ", link]));
  }

  // Regions of the table that no border is known of: they are named, not lost.
  lacking() {
    const names = [...this.rows].filter(([code]) => !this.parts.has(code)).map(([, row]) => row.dataset.name);
    return names.length ? [`${this.box.dataset.lacking} ${names.slice(0, 8).join(", ")}${names.length > 8 ? " …" : ""}`] : [];
  }

  open() {
    this.rows.get(this.chosen)?.querySelector("th a")?.click();
  }

  mark(name, code) {
    this.shapes.querySelector(`.${name}`)?.classList.remove(name);
    const shape = this.parts.get(code)?.shape;
    if (!shape) return;
    shape.classList.add(name);
    this.shapes.append(shape); // its border lies over the neighbours'
  }

  point(code, event) {
    this.mark("near", code);
    const row = this.rows.get(code);
    this.tip.hidden = !code;
    if (!code) return;
    const lines = row ? [row.dataset.name, row.dataset.shown, row.dataset.events] : [code, "–"];
    this.tip.replaceChildren(...lines.filter(Boolean).map((line) => make("span", { textContent: line })));
    const sheet = this.svg.getBoundingClientRect();
    const [x, y] = [event.clientX - sheet.left, event.clientY - sheet.top];
    this.tip.style.left = `${Math.min(x + 14, sheet.width - this.tip.offsetWidth - 4)}px`;
    this.tip.style.top = `${y + 16 + this.tip.offsetHeight > sheet.height ? y - this.tip.offsetHeight - 10 : y + 16}px`;
  }

  drag(event) {
    const moved = [event.clientX - this.dragged.x, event.clientY - this.dragged.y];
    if (Math.hypot(...moved) > 4) this.dragged.moved = true;
    if (!this.dragged.moved || this.view.scale === 1) return;
    const unit = this.unit();
    this.look({ ...this.dragged.from, x: this.dragged.from.x - moved[0] / unit, y: this.dragged.from.y - moved[1] / unit });
  }

  zoom(factor) {
    const part = this.parts.get(this.chosen);
    const { x, y, scale } = this.view;
    const [w, h] = [this.width / scale, this.height / scale];
    const next = Math.min(CLOSEST, Math.max(1, scale * factor));
    const [middleX, middleY] = part && factor > 1 ? [part.x, part.y] : [x + w / 2, y + h / 2];
    this.look({ x: middleX - this.width / next / 2, y: middleY - this.height / next / 2, scale: next });
  }

  bring({ x, y }) {
    const { scale, x: left, y: top } = this.view;
    const [w, h] = [this.width / scale, this.height / scale];
    if (x < left || y < top || x > left + w || y > top + h) this.look({ scale, x: x - w / 2, y: y - h / 2 });
  }

  reset() {
    this.look({ x: 0, y: 0, scale: 1 });
  }

  look({ x, y, scale }) {
    const [w, h] = [this.width / scale, this.height / scale];
    const within = (at, size, most) => Math.max(0, Math.min(at, most - size));
    this.view = { scale, x: within(x, w, this.width), y: within(y, h, this.height) };
    this.svg.setAttribute("viewBox", `${this.view.x} ${this.view.y} ${w} ${h}`);
    this.svg.classList.toggle("close", scale > 1);
    this.label();
  }

  // Pixels of the screen for a unit of the drawing.
  unit() {
    return Math.min(this.svg.clientWidth / (this.width / this.view.scale), this.svg.clientHeight / (this.height / this.view.scale)) || 1;
  }

  fill() {
    this.rows = new Map([...document.querySelectorAll("[data-figures] tr[data-code]")].map((row) => [row.dataset.code, row]));
    for (const [code, { shape }] of this.parts) {
      const band = this.rows.get(code)?.dataset.band ?? "0";
      shape.setAttribute("class", `band-${band}`);
      if (band === "0") shape.setAttribute("fill", "url(#map-unknown)");
      else shape.removeAttribute("fill");
    }
    this.choose(this.chosen);
    this.label();
  }

  // Largest regions first; a label that would lie on another one is left out: tooltip and table have it.
  label() {
    if (!this.svg.clientWidth) return;
    const unit = this.unit();
    const { x: left, y: top, scale } = this.view;
    const seen = [...this.parts].filter(([code, part]) => this.rows.has(code)
      && part.x >= left && part.y >= top && part.x <= left + this.width / scale && part.y <= top + this.height / scale);
    const taken = [];
    const texts = [], points = [];
    // Rings of events keep their place, those of small regions first: nothing is written over them.
    const order = ([code, { size }]) => (this.rows.get(code).dataset.events ? size - 1e9 : -size);
    for (const [code, part] of seen.sort((one, other) => order(one) - order(other))) {
      const { name, value, band, eventCount } = this.rows.get(code).dataset;
      const found = this.fit(part, short(name), value === "–" ? "" : value, unit, taken, eventCount ? POINT : 0);
      if (found) texts.push(found.text);
      if (found && DARK.has(band)) found.text.classList.add("on-dark");
      const half = POINT / 2 / unit;
      if (eventCount && !found) taken.push({ left: part.x - half, right: part.x + half, top: part.y - half, bottom: part.y + half });
      if (eventCount) points.push(this.pointOf(code, eventCount, part.x, found ? found.top + half : part.y, unit));
    }
    this.over.replaceChildren(...texts, ...points);
  }

  // A label of two lines, else of one, with room for `above` pixels; null where neither has a place.
  fit(part, name, value, unit, taken, above) {
    for (const lines of [[name, value].filter(Boolean), [name]]) {
      const wide = Math.max(...lines.map((line) => line.length)) * NAME * 0.5 / unit;
      const high = lines.length * NAME * 1.15 / unit;
      const box = { left: part.x - wide / 2, right: part.x + wide / 2, top: part.y - high / 2 - above / unit, bottom: part.y + high / 2 };
      const free = taken.every((one) => box.right < one.left || box.left > one.right || box.bottom < one.top || box.top > one.bottom);
      if (!free || wide > part.wide * 3 || high > part.high * 1.6) continue;
      taken.push(box);
      const text = draw("text", { x: part.x, y: part.y - (lines.length - 1) * NAME * 0.6 / unit, "font-size": NAME / unit, "stroke-width": 3 / unit },
        ...lines.map((line, number) => draw("tspan", { x: part.x, dy: number ? NAME * 1.15 / unit : "0.35em", ...(number ? { "font-size": VALUE / unit, class: "value" } : {}) }, line)));
      return { text, top: box.top };
    }
    return null;
  }

  // A ring with the number of events of the next days.
  pointOf(code, count, x, y, unit) {
    return draw("g", { class: "event-point" }, draw("circle", { cx: x, cy: y, r: 7.5 / unit, "stroke-width": 1.5 / unit, "data-code": code }),
      draw("text", { x, y, dy: "0.36em", "font-size": 10 / unit }, count));
  }
}

async function start(box) {
  const features = await bordersOf(box.dataset);
  const before = performance.now();
  const map = new RegionMap(box, features);
  map.fill();
  box.dataset.drawn = (performance.now() - before).toFixed(1);
  document.addEventListener("htmx:afterSwap", (event) => {
    if (event.detail.target.id === "live" || event.target.id === "live") map.fill();
  });
}

const box = document.querySelector("#map");
if (box) start(box).catch(() => { box.textContent = box.dataset.label; });
