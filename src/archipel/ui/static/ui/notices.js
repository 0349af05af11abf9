// Notices: leave after a while (longer when they can be undone), stay under the pointer or the focus.
// A refused HTMX request shows its French sentence there too, instead of failing without a word.
const STAY = 8000;
const STAY_UNDO = 20000;
const zone = document.getElementById("annonces");

const leave = (notice) => {
  if (notice.matches(":hover, :focus-within")) return void setTimeout(() => leave(notice), 2000);
  notice.remove();
};

const arm = (notice) => {
  if (notice.dataset.arme) return;
  notice.dataset.arme = "1";
  if (!notice.classList.contains("annonce-erreur")) setTimeout(() => leave(notice), notice.querySelector("form") ? STAY_UNDO : STAY);
};

if (zone) {
  new MutationObserver(() => zone.querySelectorAll("[data-annonce]").forEach(arm)).observe(zone, { childList: true, subtree: true });
  zone.addEventListener("click", (event) => event.target.closest("[data-fermer]")?.closest("[data-annonce]")?.remove());
  zone.addEventListener("submit", (event) => setTimeout(() => event.target.closest("[data-annonce]")?.remove(), 300));
}

export const announce = (sentence, kind = "info") => {
  if (!zone) return;
  const notice = document.createElement("div");
  notice.className = `annonce annonce-${kind}`;
  notice.dataset.annonce = "";
  const text = document.createElement("p");
  text.textContent = sentence;
  const close = document.createElement("button");
  close.type = "button";
  close.className = "btn btn-sm";
  close.dataset.fermer = "";
  close.textContent = "Fermer";
  notice.append(text, close);
  zone.append(notice);
};

document.body.addEventListener("htmx:beforeSwap", (event) => {
  const { xhr } = event.detail;
  if (xhr.status < 400) return;
  event.detail.shouldSwap = false;
  event.detail.isError = false;
  if (!zone || !/^text\/html/.test(xhr.getResponseHeader("Content-Type") || "") || xhr.status >= 500) {
    return announce(`Archipel n'a pas pu faire cela (${xhr.status}). Rien n'a été enregistré.`, "erreur");
  }
  const page = new DOMParser().parseFromString(xhr.responseText, "text/html");
  const notice = page.querySelector("[data-annonce]");
  if (notice) zone.append(document.importNode(notice, true));
  else announce(page.querySelector(".reponse")?.textContent.trim() || `Refusé (${xhr.status}).`, "erreur");
});

document.body.addEventListener("htmx:sendError", () => announce("Archipel ne répond pas : rien n'a été enregistré.", "erreur"));
