// Clocks that run: the site's time, how long something has lasted, how long is left.
const root = document.documentElement;
// The hub's clock counts, not that of whoever looks.
const ahead = Number(root.dataset.now) * 1000 - Date.now();

const now = () => (Date.now() + ahead) / 1000;
const two = (number) => String(number).padStart(2, "0");

/** "0:45", "12:03", "3:20:11", "2 d 03:20", as `Formats.lasting` on the hub writes it. */
function lasting(seconds) {
  const whole = Math.max(0, Math.floor(seconds));
  const [days, hours] = [Math.floor(whole / 86400), Math.floor(whole / 3600) % 24];
  const [minutes, rest] = [Math.floor(whole / 60) % 60, whole % 60];
  if (days) return `${root.dataset.days.replace("0", days)} ${two(hours)}:${two(minutes)}`;
  return hours ? `${hours}:${two(minutes)}:${two(rest)}` : `${minutes}:${two(rest)}`;
}

const siteTime = new Intl.DateTimeFormat("en-GB", { timeStyle: "medium", timeZone: root.dataset.zone });

function tick() {
  for (const each of document.querySelectorAll("[data-since]")) {
    each.textContent = lasting(now() - Number(each.dataset.since));
  }
  for (const each of document.querySelectorAll("[data-until]")) {
    const left = Number(each.dataset.until) - now();
    each.textContent = (left < 0 ? "+" : "") + lasting(Math.abs(left));
    each.closest(".clock")?.classList.toggle("missed", left < 0);
  }
  for (const each of document.querySelectorAll("[data-clock]")) {
    each.textContent = siteTime.format(new Date(now() * 1000));
  }
}

tick();
setInterval(tick, 1000);
document.addEventListener("htmx:afterSettle", tick);
