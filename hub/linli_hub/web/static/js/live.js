// Tells whether the page still hears from the hub, shows what changed when it does again, and shows
// why something was not done.
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

// What somebody has chosen or unfolded stays so when the part around it is shown anew.
let kept = [];
document.addEventListener("htmx:beforeSwap", ({ detail }) => {
  kept = Array.from(detail.target.querySelectorAll("select[id], details[id]"), ({ id, value, open }) => ({ id, value, open }));
});
document.addEventListener("htmx:afterSwap", () => {
  for (const { id, value, open } of kept.splice(0)) {
    const anew = document.getElementById(id);
    if (anew?.matches("select")) anew.value = value || anew.value;
    else if (anew) anew.open = open;
  }
});

document.addEventListener("htmx:beforeSwap", ({ detail }) => {
  if (detail.requestConfig.verb !== "post" || detail.xhr.status < 400) return;
  detail.shouldSwap = true;
  detail.isError = false;
  detail.target = document.getElementById("contents");
  detail.selectOverride = "#contents";
  detail.swapOverride = "outerHTML";
});
