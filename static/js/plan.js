// The page of a plan: a visit is dragged to another day or team, what belongs together is marked, and borders
// lie under the map. Without it each visit has a form that does the same.
"use strict";

(() => {
  const find = (selector) => document.querySelector(selector);
  const all = (selector) => document.querySelectorAll(selector);

  // --- dragging: the server checks every rule and says which one is not kept
  const form = find("#drag");
  let held = null;
  const cellOf = (event) => event.target.closest?.("td[data-team]:not(.off)");
  const unmark = () => all(".plan-calendar .over").forEach((cell) => { cell.classList.remove("over"); });
  if (form) {
    document.addEventListener("dragstart", (event) => {
      held = event.target.closest?.(".visit[draggable]");
      if (!held) return;
      held.classList.add("held");
      event.dataTransfer.effectAllowed = "move";
      event.dataTransfer.setData("text/plain", held.textContent.trim());
    });
    document.addEventListener("dragover", (event) => {
      const cell = held && cellOf(event);
      if (!cell) return;
      event.preventDefault();
      unmark();
      cell.classList.add("over");
    });
    document.addEventListener("dragend", () => {
      held?.classList.remove("held");
      held = null;
      unmark();
    });
    document.addEventListener("drop", (event) => {
      const cell = held && cellOf(event);
      if (!cell || cell.contains(held)) return;
      event.preventDefault();
      form.elements.site.value = held.dataset.visit;
      form.elements.day.value = held.dataset.date;
      form.elements.to.value = cell.dataset.date;
      form.elements.team.value = cell.dataset.team;
      form.requestSubmit();
    });
  }

  // --- map and calendar: the same place is marked in both
  function mark(site, way) {
    all(".near").forEach((part) => { part.classList.remove("near"); });
    if (site) all(`[data-place="${CSS.escape(site)}"], .visit[data-visit="${CSS.escape(site)}"]`).forEach((part) => { part.classList.add("near"); });
    if (way) find(`[data-way="${CSS.escape(way)}"]`)?.classList.add("near");
  }
  function point(event) {
    const visit = event.target.closest?.(".visit");
    const place = event.target.closest?.("[data-place]");
    const cell = visit?.closest("td");
    mark(visit?.dataset.visit ?? place?.dataset.place, cell && `${cell.dataset.team} ${cell.dataset.date}`);
  }
  document.addEventListener("pointerover", point);
  document.addEventListener("focusin", point);

  // --- borders of districts, in the units of the map
  const map = find(".plan-map[data-url]");
  async function borders() {
    const { url, library, layer, within, west, north, scale, narrow } = map.dataset;
    const script = document.createElement("script");
    const loaded = new Promise((resolve, reject) => { script.onload = resolve; script.onerror = reject; });
    script.src = library;
    document.head.append(script);
    const [answer] = await Promise.all([fetch(url).then((found) => found.json()), loaded]);
    const at = ([x, y]) => `${((x - west) * narrow * scale).toFixed(1)} ${((north - y) * scale).toFixed(1)}`;
    const features = window.topojson.feature(answer, answer.objects[layer]).features
      .filter(({ properties }) => properties.kode.startsWith(`${within}.`));
    for (const { geometry } of features) {
      const polygons = geometry.type === "Polygon" ? [geometry.coordinates] : geometry.coordinates;
      const path = document.createElementNS("http://www.w3.org/2000/svg", "path");
      path.setAttribute("d", polygons.flat().map((ring) => `M${ring.map(at).join("L")}Z`).join(""));
      map.querySelector(".borders").append(path);
    }
  }
  // A map without borders is still one.
  if (map) borders().catch(() => map.removeAttribute("data-url"));
})();
