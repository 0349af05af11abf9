// Key N shows the names for a minute on a screen that hides them (the server leaves a trace), or hides them at once.
import { now } from "./age.js";

const form = document.querySelector("form[data-noms]");
const typing = (target) => target.closest?.("input, select, textarea, [contenteditable], dialog[open]");

addEventListener("keydown", (event) => {
  if (!form || event.key.toLowerCase() !== "n" || event.ctrlKey || event.metaKey || event.altKey || typing(event.target)) return;
  event.preventDefault();
  form.requestSubmit(form.querySelector("button"));
});

if (form?.dataset.jusquA) {
  const wait = Date.parse(form.dataset.jusquA) - now();
  setTimeout(() => location.reload(), Math.max(500, wait));
}
