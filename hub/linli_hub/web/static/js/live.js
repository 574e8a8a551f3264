// Tells whether the page still hears from the hub, and shows what changed when it does again.
const sign = document.getElementById("live");

function show(isHeard) {
  if (!sign) return;
  const wasLost = sign.classList.contains("lost");
  sign.classList.toggle("lost", !isHeard);
  sign.textContent = isHeard ? sign.dataset.heard : sign.dataset.lost;
  if (isHeard && wasLost) {
    for (const each of document.querySelectorAll("[data-live]")) htmx.trigger(each, "again");
  }
}

document.addEventListener("htmx:sseOpen", () => show(true));
document.addEventListener("htmx:sseError", () => show(false));
