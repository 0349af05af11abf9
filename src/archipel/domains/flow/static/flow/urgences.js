// The board of an emergency department: a passage opens beside the board, which stays live; arrows go from one to another.
const drawer = document.getElementById("passage");
const body = drawer?.querySelector("[data-corps]");
let opener = "";

const links = () => [...document.querySelectorAll("a[data-passage]")];

const load = (url, focus = true) =>
  window.htmx.ajax("GET", url, { target: body, swap: "innerHTML" }).then(() => {
    const close = body.querySelector("[data-fermer-passage]");
    if (close) close.hidden = false;
    if (focus) body.querySelector("h2")?.focus();
  });

const close = () => {
  if (!drawer?.open) return;
  drawer.close();
  body.replaceChildren();
  links().find((link) => link.pathname === opener)?.focus();
};

document.addEventListener("click", (event) => {
  if (event.target.closest("[data-fermer-passage]")) return close();
  const link = event.target.closest("a[data-passage]");
  if (!link || !window.htmx || event.ctrlKey || event.metaKey || event.shiftKey || event.button) return;
  event.preventDefault();
  opener = link.pathname;
  if (!drawer.open) drawer.show();
  load(link.href);
});

document.addEventListener("keydown", (event) => {
  if (event.key === "Escape" && drawer?.open && !event.defaultPrevented) return close();
  const step = { ArrowDown: 1, ArrowUp: -1 }[event.key];
  const here = document.activeElement?.matches("a[data-passage]") ? document.activeElement : null;
  if (!step || !here) return;
  const all = links();
  const next = all[all.indexOf(here) + step];
  if (next) { event.preventDefault(); next.focus(); }
});

// An act answered inside the drawer brings a new sheet: its close button too.
document.body.addEventListener("htmx:afterSettle", () => {
  const button = drawer?.open && body.querySelector("[data-fermer-passage]");
  if (button) button.hidden = false;
});

// What the board learnt, the open sheet learns, unless somebody is writing in it.
document.addEventListener("archipel:image", () => {
  const sheet = drawer?.open && body.querySelector("[data-source]");
  const active = document.activeElement;
  if (!sheet || (body.contains(active) && active.matches("input, select, textarea"))) return;
  const inside = body.contains(active);
  const rank = inside ? [...body.querySelectorAll("a, button, summary")].indexOf(active) : -1;
  const open = body.querySelector("details")?.open;
  load(sheet.dataset.source, false).then(() => {
    const details = body.querySelector("details");
    if (details && open !== undefined) details.open = open;
    if (inside) ([...body.querySelectorAll("a, button, summary")][rank] || body.querySelector("h2"))?.focus();
  });
});
