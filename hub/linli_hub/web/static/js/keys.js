// One key for what is done often: the first visible thing with that `data-key` is pressed.
const STORED = "linli-keys";
const toggle = document.getElementById("keys-toggle");
const help = document.getElementById("keys-help");

const isOff = () => localStorage.getItem(STORED) === "off";
const isTyping = (element) => element.matches("input, select, textarea, [contenteditable]");

document.addEventListener("keydown", (event) => {
  if (isOff() || event.repeat || event.ctrlKey || event.altKey || event.metaKey) return;
  if (isTyping(event.target) || document.querySelector("dialog[open]")) return;
  if (event.key === "?") {
    help?.showModal();
    event.preventDefault();
    return;
  }
  const wanted = document.querySelectorAll(`[data-key="${CSS.escape(event.key.toLowerCase())}"]`);
  const found = Array.from(wanted).find((each) => each.checkVisibility());
  if (found) {
    event.preventDefault();
    found.click();
  }
});

function show() {
  toggle.setAttribute("aria-pressed", String(!isOff()));
  toggle.textContent = isOff() ? toggle.dataset.off : toggle.dataset.on;
}

if (toggle) {
  toggle.hidden = false;
  toggle.addEventListener("click", () => {
    localStorage.setItem(STORED, isOff() ? "on" : "off");
    show();
  });
  show();
}
for (const each of document.querySelectorAll("[data-opens]")) {
  each.hidden = false;
  each.addEventListener("click", () => document.getElementById(each.dataset.opens).showModal());
}
