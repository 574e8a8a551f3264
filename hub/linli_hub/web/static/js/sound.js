// Beeps while a call for help waits for an answer. It can be muted, on this browser only.
const button = document.getElementById("sound");
const EVERY_MS = 4000;
const STORED = "linli-sound";
const TOUCHED = "linli-touched";
let context = null;
let lastWaiting = 0;

const isMuted = () => localStorage.getItem(STORED) === "off";
const waiting = () =>
  Math.max(0, ...Array.from(document.querySelectorAll("[data-waiting]"), (each) => Number(each.dataset.waiting)));

function beep() {
  const begin = context.currentTime;
  for (const [at, hertz] of [[0, 880], [0.25, 660], [0.5, 880]]) {
    const tone = context.createOscillator();
    const volume = context.createGain();
    tone.frequency.value = hertz;
    volume.gain.setValueAtTime(0.0001, begin + at);
    volume.gain.exponentialRampToValueAtTime(0.4, begin + at + 0.02);
    volume.gain.exponentialRampToValueAtTime(0.0001, begin + at + 0.2);
    tone.connect(volume).connect(context.destination);
    tone.start(begin + at);
    tone.stop(begin + at + 0.22);
  }
  button.dataset.beeps = Number(button.dataset.beeps || 0) + 1;
}

function show() {
  const is = isMuted() ? "off" : context?.state === "running" ? "on" : "waits";
  button.textContent = button.dataset[is];
  button.setAttribute("aria-pressed", String(is === "on"));
}

function sound() {
  if (waiting() > 0 && !isMuted() && context?.state === "running") beep();
}

// Browsers let nothing sound before whoever sits there has touched something; then they let the next
// pages of the tab sound, too.
async function wake() {
  if (!context) {
    context = new AudioContext();
    context.addEventListener("statechange", show);
  }
  if (context.state === "suspended") await context.resume();
  sessionStorage.setItem(TOUCHED, "yes");
  show();
}

if (button) {
  button.hidden = false;
  button.addEventListener("click", async () => {
    localStorage.setItem(STORED, isMuted() ? "on" : "off");
    await wake();
  });
  for (const event of ["pointerdown", "keydown"]) document.addEventListener(event, wake);
  document.addEventListener("htmx:afterSettle", () => {
    if (waiting() > lastWaiting) sound();
    lastWaiting = waiting();
  });
  lastWaiting = waiting();
  setInterval(sound, EVERY_MS);
  if (sessionStorage.getItem(TOUCHED)) wake();
  show();
}
