// Draws the map and the trend from the tables that are on the page already: one source of figures.
// A module: its own address cannot be asked through document.currentScript, so the page names it.
const own = document.querySelector("script[data-charts]");
// Colours are those of static/css/tokens.css; a band that there is none of keeps the chart's own.
const tokens = getComputedStyle(document.documentElement);
const colour = (name) => tokens.getPropertyValue(`--${name}`).trim() || undefined;
const language = document.documentElement.lang;
const whole = new Intl.NumberFormat(language);

const loaded = new Promise((resolve, reject) => {
  const script = document.createElement("script");
  script.src = own.dataset.charts;
  script.onload = () => resolve(window.charts);
  script.onerror = reject;
  document.head.append(script);
});

function start(box) {
  box.replaceChildren();
  box.setAttribute("role", "img");
  box.setAttribute("aria-label", box.dataset.label);
  const chart = window.charts.init(box);
  new ResizeObserver(() => { if (box.clientWidth) chart.resize(); }).observe(box);
  return chart;
}

async function drawMap(box) {
  const [topology] = await Promise.all([fetch(box.dataset.url).then((answer) => answer.json()), loaded]);
  const shapes = window.charts.feature(topology, topology.objects[box.dataset.layer]);
  const within = box.dataset.within;
  shapes.features = shapes.features.filter(({ properties }) =>
    within === "00" || properties.kode.startsWith(`${within}.`));
  shapes.features.forEach((shape) => { shape.properties.name = shape.properties.kode; });
  window.charts.registerMap("parts", shapes);
  const chart = start(box);
  const fill = () => {
    const rows = new Map([...document.querySelectorAll("[data-figures] [data-code]")].map((row) => [row.dataset.code, row]));
    chart.setOption({
      animation: false, // it is filled anew every few seconds; nothing should move
      tooltip: { renderMode: "richText", formatter: ({ name }) => {
        const row = rows.get(name);
        return row ? `${row.dataset.name}\n${row.dataset.shown}` : name;
      } },
      series: [{ type: "map", map: "parts", roam: false, selectedMode: false,
        // Degrees are shorter east to west than north to south; near the equator hardly.
        aspectScale: 1, emphasis: { label: { show: false }, itemStyle: { areaColor: colour("band-0"), borderColor: colour("strong"), borderWidth: 2 } },
        itemStyle: { borderColor: colour("paper"), borderWidth: 0.6, areaColor: colour("band-0") },
        data: [...rows].map(([name, row]) => ({ name, itemStyle: { areaColor: colour(`band-${row.dataset.band}`) },
          emphasis: { itemStyle: { areaColor: colour(`band-${row.dataset.band}`) } } })) }],
    });
  };
  fill();
  chart.on("click", ({ name }) => {
    document.querySelector(`[data-code="${CSS.escape(name)}"] th a`)?.click();
  });
  document.addEventListener("htmx:afterSwap", (event) => { if (event.detail.target.id === "live" || event.target.id === "live") fill(); });
}

async function drawTrend(box) {
  const rows = [...document.querySelectorAll("[data-trend] [data-day]")];
  if (!rows.length) return;
  await loaded;
  const values = (name) => rows.map((row) => Number(row.dataset[name]));
  const names = [...document.querySelectorAll("[data-trend] thead th")].map((cell) => cell.textContent);
  start(box).setOption({
    animation: false,
    grid: { left: 40, right: 8, top: 30, bottom: 24 },
    tooltip: { renderMode: "richText", trigger: "axis", valueFormatter: (value) => whole.format(value) },
    xAxis: { type: "category", data: rows.map((row) => row.dataset.day), axisTick: { show: false } },
    yAxis: { type: "value", minInterval: 1, axisLabel: { formatter: (value) => whole.format(value) } },
    series: [
      { name: names[1], type: "line", data: values("recorded"), showSymbol: false, color: colour("primary"), lineStyle: { width: 2.5 } },
      { name: names[2], type: "line", data: values("ikd"), showSymbol: false, color: colour("warn"), lineStyle: { width: 2, type: "dashed" } },
    ],
  });
}

const map = document.querySelector("#map");
if (map) drawMap(map).catch(() => { map.textContent = map.dataset.label; });
document.addEventListener("htmx:afterSwap", () => {
  const box = document.querySelector("#trend-chart");
  if (box && !box.hasAttribute("role") && document.querySelector("[data-trend]")) drawTrend(box);
});
