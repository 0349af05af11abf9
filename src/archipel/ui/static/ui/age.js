// <archipel-age data-vieux data-perime><time datetime>: keeps the age of a figure true while the page stays open.
export const duration = (seconds) => {
  const minutes = Math.floor(Math.abs(seconds) / 60);
  const [d, h, m] = [Math.floor(minutes / 1440), Math.floor(minutes / 60) % 24, minutes % 60];
  if (d) return h ? `${d}\u00a0j\u00a0${h}\u00a0h` : `${d}\u00a0j`;
  if (h) return m ? `${h}\u00a0h\u00a0${String(m).padStart(2, "0")}` : `${h}\u00a0h`;
  return m ? `${m}\u00a0min` : "moins d'une minute";
};

export const age = (seconds) => {
  if (Math.abs(seconds) < 60) return "à l'instant";
  return seconds > 0 ? `il y a ${duration(seconds)}` : `dans ${duration(seconds)}`;
};

// The server's clock is the one that counts: an old PC may be minutes away from it.
const served = document.querySelector(".pied time")?.dateTime;
const skew = served ? Date.now() - Date.parse(served) : 0;
export const now = () => Date.now() - skew;

class ArchipelAge extends HTMLElement {
  connectedCallback() {
    all.add(this);
    this.tick();
  }

  disconnectedCallback() {
    all.delete(this);
  }

  tick() {
    const time = this.querySelector("time");
    if (!time) return;
    const seconds = (now() - Date.parse(time.dateTime)) / 1000;
    const text = "depuis" in this.dataset ? duration(seconds) : age(seconds);
    if (time.textContent !== text) time.textContent = text;
    const stale = seconds >= Number(this.dataset.perime || Infinity);
    const old = seconds >= Number(this.dataset.vieux || Infinity);
    this.classList.toggle("age-perime", stale);
    this.classList.toggle("age-vieux", old && !stale);
    const word = this.querySelector(".age-mot");
    if (word) word.hidden = !stale;
  }
}

const all = new Set();
setInterval(() => document.hidden || all.forEach((element) => element.tick()), 5000);
document.addEventListener("visibilitychange", () => document.hidden || all.forEach((element) => element.tick()));
customElements.define("archipel-age", ArchipelAge);
