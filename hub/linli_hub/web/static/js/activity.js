// Shows what is heard while it happens: how much in the past minutes, and the newest notices.
import { draw } from "./charts.js";

const EVERY_S = 5;
const BARS = 60;
const NEWEST = 10;
const section = document.getElementById("activity");
const words = new Map(
  Array.from(document.querySelectorAll("#activity-words dt"), (each) => [each.textContent, each.nextElementSibling.textContent]),
);
const format = new Intl.DateTimeFormat("en-GB", { timeStyle: "medium", timeZone: document.documentElement.dataset.zone });
const counts = new Map();
let newest = [];

const bar = () => Math.floor(Date.now() / 1000 / EVERY_S);

function note(event) {
  const notice = JSON.parse(event.data);
  counts.set(bar(), (counts.get(bar()) ?? 0) + 1);
  newest = [notice, ...newest].slice(0, NEWEST);
}

function row(...cells) {
  const made = document.createElement("tr");
  cells.forEach(([text, name, value], place) => {
    const cell = made.appendChild(document.createElement(place ? "td" : "th"));
    if (!place) cell.scope = "row";
    cell.textContent = text;
    if (name) cell.dataset[name] = value;
  });
  return made;
}

function showNewest() {
  document.querySelector("#newest tbody").replaceChildren(
    ...newest.map((each) =>
      row(
        [format.format(each.time_us / 1000)],
        [words.get(each.kind)],
        [words.get(each.what) ?? each.what],
        [each.device === null ? "" : each.device.toString(16).padStart(8, "0"), "label", ""],
      ),
    ),
  );
}

function showTraffic() {
  const last = bar();
  const rows = [];
  for (let place = last - BARS; place < last; place += 1) {
    const count = counts.get(place) ?? 0;
    rows.push(row([format.format(place * EVERY_S * 1000), "x", place * EVERY_S], [count, "y", count]));
  }
  for (const place of counts.keys()) if (place < last - BARS) counts.delete(place);
  document.querySelector("#traffic tbody").replaceChildren(...rows);
  draw(section.querySelector(".chart"));
}

document.addEventListener("htmx:sseOpen", ({ detail }) => {
  for (const kind of section.dataset.kinds.split(" ")) detail.source.addEventListener(kind, note);
});
section.hidden = false;
setInterval(showNewest, 1000);
setInterval(showTraffic, EVERY_S * 1000);
showTraffic();
