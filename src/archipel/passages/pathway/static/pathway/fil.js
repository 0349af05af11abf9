// Asks for the page again every minute, changes only what changed, and says when there is no network.
const state = document.getElementById("etat");
const offline = document.getElementById("hors-ligne");
function told(lost) {
  offline.hidden = !lost;
  offline.textContent = lost ? `${offline.dataset.mot} ${document.getElementById("heure").textContent}` : "";
}
async function again() {
  try {
    const response = await fetch(location.href, { cache: "no-store", referrerPolicy: "no-referrer" });
    if (response.status === 404) return location.reload();
    if (!response.ok) return;
    const fresh = new DOMParser().parseFromString(await response.text(), "text/html").getElementById("etat");
    if (fresh && fresh.innerHTML !== state.innerHTML) state.innerHTML = fresh.innerHTML;
    told(!navigator.onLine);
  } catch {
    told(true);
  }
}
setInterval(again, Number(state.dataset.secondes) * 1000);
addEventListener("online", again);
addEventListener("offline", () => told(true));
if (!navigator.onLine) told(true);
if ("serviceWorker" in navigator) navigator.serviceWorker.register(state.dataset.travailleur, { scope: "/fil/" }).catch(() => {});
