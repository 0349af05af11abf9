// The plan of a unit: arrows from bed to bed, Enter or Menu to act, a patient dragged onto a bed asks for a move.
const live = document.getElementById("plan");
const sheet = document.getElementById("fiche");
const body = sheet?.querySelector("[data-corps]");
let back = null; // where the focus returns

const beds = () => [...live.querySelectorAll("a.lit-nom")];
const plan = () => live.querySelector("[data-url-agir]");

// --- keyboard: one stop for Tab, arrows inside
const rove = (current) => beds().forEach((link) => { link.tabIndex = link === current ? 0 : -1; });

const start = () => {
  const all = beds();
  if (all.length) rove(all.includes(document.activeElement) ? document.activeElement : all.find((link) => link.id === back) || all[0]);
};

const center = (node) => {
  const box = node.closest(".lit").getBoundingClientRect();
  return [box.left + box.width / 2, box.top + box.height / 2];
};

const nearest = (from, key) => {
  const [x, y] = center(from);
  const horizontal = key === "ArrowLeft" || key === "ArrowRight";
  const sign = key === "ArrowRight" || key === "ArrowDown" ? 1 : -1;
  let best = null;
  for (const link of beds()) {
    if (link === from) continue;
    const [a, b] = center(link);
    const along = sign * (horizontal ? a - x : b - y);
    if (along < 4) continue;
    const score = along + 3 * Math.abs(horizontal ? b - y : a - x);
    if (!best || score < best[0]) best = [score, link];
  }
  return best?.[1];
};

live.addEventListener("keydown", (event) => {
  const link = event.target.closest("a.lit-nom");
  if (!link || event.altKey || event.ctrlKey || event.metaKey) return;
  const all = beds();
  let next = null;
  if (event.key.startsWith("Arrow")) next = nearest(link, event.key);
  else if (event.key === "Home") next = all[0];
  else if (event.key === "End") next = all[all.length - 1];
  else if (event.key === "ContextMenu" || (event.shiftKey && event.key === "F10")) { event.preventDefault(); return open(link); }
  else return;
  event.preventDefault();
  if (next) { rove(next); next.focus(); }
});

live.addEventListener("focusin", (event) => { const link = event.target.closest("a.lit-nom"); if (link) rove(link); });

// --- the sheet of a bed, in a dialog
const open = async (link) => {
  back = link.id;
  try {
    const answer = await fetch(link.href, { headers: { "HX-Request": "true", "HX-Current-URL": location.href }, credentials: "same-origin" });
    if (!answer.ok || answer.redirected) return location.assign(link.href);
    body.innerHTML = await answer.text();
  } catch {
    return location.assign(link.href);
  }
  window.htmx?.process(body);
  if (!sheet.open) sheet.showModal();
  body.querySelector("h2")?.focus();
};

live.addEventListener("click", (event) => {
  const link = event.target.closest("a[data-fiche]");
  if (!link || !sheet || event.ctrlKey || event.metaKey || event.shiftKey) return;
  event.preventDefault();
  open(link);
});

sheet?.addEventListener("close", () => {
  body.replaceChildren();
  const link = back && document.getElementById(back);
  if (link) { rove(link); link.focus(); }
});

// A refusal is said in the dialog, since nothing under it can be reached; an act closes it.
const refused = (html) => {
  const page = new DOMParser().parseFromString(html, "text/html");
  let alert = body.querySelector("[role=alert]");
  if (!alert) {
    alert = document.createElement("p");
    alert.className = "erreurs";
    alert.setAttribute("role", "alert");
    body.prepend(alert);
  }
  alert.textContent = page.querySelector("[data-annonce] p, .reponse")?.textContent.trim() || "Refusé : rien n'a été enregistré.";
  alert.scrollIntoView({ block: "nearest" });
};

document.body.addEventListener("htmx:afterRequest", (event) => {
  const { xhr, requestConfig } = event.detail;
  if (requestConfig?.verb !== "post" || !xhr?.status) return;
  if (xhr.status >= 400) return void (sheet?.open && refused(xhr.responseText));
  if (sheet?.open) sheet.close();
  live.soon?.();
});

// --- drag and drop: a patient onto a bed
let carried = null;
const target = (event) => event.target.closest?.(".lit");

live.addEventListener("dragstart", (event) => {
  const patient = event.target.closest("[data-venue]");
  if (!patient) return;
  carried = { venue: patient.dataset.venue, from: patient.closest(".lit") };
  event.dataTransfer.effectAllowed = "move";
  event.dataTransfer.setData("text/plain", "patient");
  patient.dataset.occupe = "";
  plan().classList.add("en-deplacement");
});

live.addEventListener("dragover", (event) => {
  const bed = target(event);
  if (!carried || !bed || bed === carried.from) return;
  event.preventDefault();
  live.querySelectorAll(".survole").forEach((node) => node !== bed && node.classList.remove("survole"));
  bed.classList.add("survole");
});

live.addEventListener("dragend", () => {
  live.querySelectorAll("[data-occupe]").forEach((node) => delete node.dataset.occupe);
  live.querySelectorAll(".survole").forEach((node) => node.classList.remove("survole"));
  plan()?.classList.remove("en-deplacement");
  carried = null;
});

live.addEventListener("drop", (event) => {
  const bed = target(event);
  if (!carried || !bed || bed === carried.from) return;
  event.preventDefault();
  const values = { action: "deplacer", lit: bed.dataset.lit, venue: carried.venue };
  window.htmx.ajax("POST", plan().dataset.urlAgir, { source: document.body, target: document.body, swap: "none", values });
});

live.addEventListener("archipel:image", start);
start();
