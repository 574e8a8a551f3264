// Draws the table that a chart names: cells with `data-x` (Unix s) and `data-y`.
const root = document.documentElement;
const drawn = new Map();

const colour = (name) => getComputedStyle(root).getPropertyValue(name).trim();

const zoned = (shown) => new Intl.DateTimeFormat(root.lang, { ...shown, hourCycle: "h23", timeZone: root.dataset.zone });
const hour = zoned({ hour: "2-digit", minute: "2-digit" });
const day = zoned({ month: "numeric", day: "numeric" });

/** Days where a day begins, hours between. */
function time(seconds) {
  const at = new Date(seconds * 1000);
  const shown = hour.format(at);
  return shown === "00:00" ? day.format(at) : shown;
}

function read(table) {
  const rows = Array.from(table.querySelectorAll("tbody tr"), (row) => [
    Number(row.querySelector("[data-x]")?.dataset.x),
    Number(row.querySelector("[data-y]")?.dataset.y),
  ]).filter(([x, y]) => Number.isFinite(x) && Number.isFinite(y));
  rows.sort(([one], [other]) => one - other);
  return [rows.map(([x]) => x), rows.map(([, y]) => y)];
}

export function draw(chart) {
  drawn.get(chart)?.destroy();
  const data = read(document.getElementById(chart.dataset.table));
  if (!data[0].length) return;
  chart.classList.add("drawn");
  const axis = { stroke: colour("--soft"), grid: { stroke: colour("--line"), width: 1 }, ticks: { stroke: colour("--line") } };
  // The last bar is as wide as the narrowest.
  const step = Math.min(...data[0].slice(1).map((x, place) => x - data[0][place]));
  drawn.set(chart, new uPlot({
    width: chart.clientWidth,
    height: chart.clientHeight || 256,
    legend: { show: false },
    cursor: { drag: { x: false, y: false } },
    tzDate: (seconds) => uPlot.tzDate(new Date(seconds * 1000), root.dataset.zone),
    scales: { x: { range: (_, least, most) => [least, most + (Number.isFinite(step) ? step : 3600)] }, y: { range: (_, __, most) => [0, most * 1.08 || 1] } },
    axes: [{ ...axis, values: (_, splits) => splits.map(time) }, { ...axis, label: chart.dataset.unit, labelSize: 18, size: 56 }],
    series: [{}, {
      label: chart.dataset.unit,
      stroke: colour("--accent"),
      fill: colour("--accent-paper"),
      paths: chart.dataset.kind === "bars" ? uPlot.paths.bars({ size: [0.8, 40], align: 1 }) : undefined,
      points: { show: data[0].length < 2 },
    }],
  }, data, chart));
}

function drawAll() {
  for (const each of document.querySelectorAll(".chart[data-table]")) draw(each);
}

drawAll();
let waits = 0;
addEventListener("resize", () => {
  clearTimeout(waits);
  waits = setTimeout(drawAll, 150);
});
matchMedia("(prefers-color-scheme: dark)").addEventListener("change", drawAll);
document.addEventListener("htmx:afterSettle", (event) => {
  if (event.target.querySelector?.(".chart, [data-y]") || event.target.matches?.("[data-y]")) drawAll();
});
