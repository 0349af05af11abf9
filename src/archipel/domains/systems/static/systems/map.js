// <archipel-map data-fiches data-ici data-requete data-titre> draws the map whose JSON it holds, and lets it be explored
// with a pointer, a finger or the keyboard. The page shows the same things in a table.
import { draw, inks, neighbours, prepared } from "./map-draw.js";

const [LEAST, MOST] = [0.04, 3];
const LISTED = 30;

const element = (tag, properties = {}, ...children) => {
  const node = Object.assign(document.createElement(tag), properties);
  node.append(...children);
  return node;
};

const plain = (text) => text.normalize("NFKD").replace(/\p{M}/gu, "").toLowerCase();
const some = (count, one, many) => `${count.toLocaleString("fr-FR")} ${count > 1 ? many : one}`;

class ArchipelMap extends HTMLElement {
  connectedCallback() {
    const source = this.querySelector("script");
    if (!source || this.canvas) return;
    const data = JSON.parse(source.textContent);
    this.state = { data, view: { x: 0, y: 0, k: 1 }, at: null, found: null, inks: inks(false), ...prepared(data) };
    this.frame();
    if (data.centre !== null) this.choose(data.centre, false);
    this.size();
    this.fit();
    this.draw();
    this.dataset.dessine = String(data.noeuds.length);
    performance.mark("carte-dessinee");
    this.follow();
  }

  disconnectedCallback() {
    this.watchers?.forEach((watcher) => watcher.disconnect());
    removeEventListener("beforeprint", this.onbefore);
    removeEventListener("afterprint", this.onafter);
  }

  // What is around the drawing.
  frame() {
    this.canvas = element("canvas", { className: "carte-toile", tabIndex: 0 });
    this.canvas.setAttribute("role", "application");
    this.canvas.setAttribute("aria-roledescription", "carte");
    this.canvas.setAttribute("aria-describedby", "carte-aide");
    const { noeuds, liens, boites } = this.state.data;
    const told = [some(noeuds.length, "chose", "choses"), some(liens.length, "lien", "liens"), boites.length ? some(boites.length, "groupe", "groupes") : ""];
    this.canvas.setAttribute("aria-label", `${this.dataset.titre}. ${told.filter(Boolean).join(", ")}. Les mêmes choses sont dans le tableau qui suit.`);
    this.search = element("input", { type: "search", className: "form-control form-control-sm", id: "carte-chercher", placeholder: "Nom, éditeur…" });
    this.count = element("span", { className: "sous" });
    this.count.setAttribute("role", "status");
    this.voice = element("p", { className: "visually-hidden" });
    this.voice.setAttribute("aria-live", "polite");
    this.panel = element("div", { className: "carte-panneau", hidden: true });
    this.panel.setAttribute("role", "region");
    this.panel.setAttribute("aria-label", "Ce qui est choisi sur la carte");
    const label = element("label", { className: "visually-hidden", htmlFor: "carte-chercher", textContent: "Chercher sur la carte" });
    const tools = element("div", { className: "carte-outils no-print" }, label, this.search, this.count, ...this.buttons());
    const help = element("p", { className: "sous no-print", id: "carte-aide", textContent: this.help() });
    this.append(tools, element("div", { className: "carte-corps" }, this.canvas, this.panel), this.key(), help, this.voice);
  }

  help() {
    const joined = this.state.bundles ? "Les liens sont réunis entre groupes, les plus nombreux seulement ; choisissez une chose pour voir les siens. " : "";
    return `${joined}Glisser pour se déplacer, Ctrl et la molette ou + et − pour agrandir, 0 pour tout voir. Au clavier : flèches d'une chose à l'autre, V pour ses voisins un à un, Entrée pour ne montrer qu'eux, Échap pour revenir.`;
  }

  buttons() {
    const made = [["Agrandir", "+", () => this.zoom(1.4)], ["Réduire", "−", () => this.zoom(1 / 1.4)], ["Tout voir", "Tout voir", () => this.fit()]];
    return made.map(([label, text, act]) => {
      const button = element("button", { type: "button", className: "btn btn-sm", textContent: text, title: label });
      button.setAttribute("aria-label", label);
      button.addEventListener("click", () => { act(); this.later(); });
      return button;
    });
  }

  // The key: levels by colour and name, kinds of links by dash and name.
  key() {
    const { niveaux, genres, noeuds, liens } = this.state.data;
    const levels = new Set(noeuds.map((node) => node[5]));
    const kinds = new Set(liens.map((link) => link[2]));
    const entry = (name, rank, className) => {
      const sign = element("span", { className: `${className} carte-rang-${rank % 6} carte-tirets-${rank % 8}` });
      sign.setAttribute("aria-hidden", "true");
      return element("li", {}, sign, name);
    };
    return element("ul", { className: "carte-cle" },
      ...niveaux.map((name, rank) => [name, rank]).filter(([, rank]) => levels.has(rank)).map(([name, rank]) => entry(name, rank, "carte-niveau")),
      ...genres.map((name, rank) => [name, rank]).filter(([, rank]) => kinds.has(rank)).map(([name, rank]) => entry(name, rank, "carte-lien")));
  }

  follow() {
    const { canvas } = this;
    const theme = new MutationObserver(() => { this.state.inks = inks(false); this.later(); });
    theme.observe(document.documentElement, { attributes: true, attributeFilter: ["data-bs-theme"] });
    const room = new ResizeObserver(() => { if (this.size()) { if (this.whole) this.fit(); this.draw(); } });
    room.observe(canvas);
    this.watchers = [theme, room];
    this.onbefore = () => { this.state.inks = { ...inks(true), font: inks(false).font }; this.draw(); };
    this.onafter = () => { this.state.inks = inks(false); this.draw(); };
    addEventListener("beforeprint", this.onbefore);
    addEventListener("afterprint", this.onafter);
    canvas.addEventListener("pointerdown", (event) => this.grab(event));
    canvas.addEventListener("pointermove", (event) => this.drag(event));
    for (const name of ["pointerup", "pointercancel"]) canvas.addEventListener(name, (event) => this.drop(event));
    canvas.addEventListener("dblclick", () => this.isolate());
    canvas.addEventListener("wheel", (event) => this.wheel(event), { passive: false });
    canvas.addEventListener("keydown", (event) => this.keyed(event));
    this.search.addEventListener("input", () => this.seek());
    this.search.addEventListener("keydown", (event) => { if (event.key === "Enter") { event.preventDefault(); this.next(); } });
    this.hands = new Map();
  }

  size() {
    const [width, height] = [this.canvas.clientWidth, this.canvas.clientHeight];
    if (width === this.wide && height === this.high) return false;
    [this.wide, this.high] = [width, height];
    const ratio = devicePixelRatio || 1;
    [this.canvas.width, this.canvas.height] = [Math.round(width * ratio), Math.round(height * ratio)];
    return true;
  }

  fit() {
    const [width, height] = this.state.data.taille;
    const k = Math.min(1.2, (this.wide - 24) / Math.max(width, 1), (this.high - 24) / Math.max(height, 1));
    this.state.view = { k, x: (this.wide - width * k) / 2, y: (this.high - height * k) / 2 };
    this.whole = true;
  }

  later() {
    cancelAnimationFrame(this.frameId);
    this.frameId = requestAnimationFrame(() => this.draw());
  }

  draw() {
    draw(this.canvas.getContext("2d"), this.state, this.wide, this.high);
  }

  zoom(factor, x = this.wide / 2, y = this.high / 2) {
    const { view } = this.state;
    this.whole = false;
    const k = Math.min(MOST, Math.max(LEAST, view.k * factor));
    this.state.view = { k, x: x - ((x - view.x) * k) / view.k, y: y - ((y - view.y) * k) / view.k };
  }

  // Pointer and fingers.
  grab(event) {
    this.canvas.setPointerCapture(event.pointerId);
    this.hands.set(event.pointerId, [event.offsetX, event.offsetY]);
    this.moved = this.hands.size > 1;
  }

  drag(event) {
    const was = this.hands.get(event.pointerId);
    if (!was) return;
    const now = [event.offsetX, event.offsetY];
    const other = [...this.hands].find(([id]) => id !== event.pointerId)?.[1];
    if (other) this.zoom(Math.hypot(now[0] - other[0], now[1] - other[1]) / Math.max(1, Math.hypot(was[0] - other[0], was[1] - other[1])), other[0], other[1]);
    else if (this.moved || Math.hypot(now[0] - was[0], now[1] - was[1]) > 4) {
      this.moved = true;
      this.whole = false;
      this.state.view.x += now[0] - was[0];
      this.state.view.y += now[1] - was[1];
    } else return;
    this.hands.set(event.pointerId, now);
    this.later();
  }

  drop(event) {
    this.hands.delete(event.pointerId);
    if (event.type === "pointerup" && !this.moved) this.choose(this.under(event.offsetX, event.offsetY), false);
  }

  wheel(event) {
    if (!event.ctrlKey && !event.metaKey && document.activeElement !== this.canvas) return;
    event.preventDefault();
    this.zoom(Math.exp(-event.deltaY * 0.0016), event.offsetX, event.offsetY);
    this.later();
  }

  under(x, y) {
    const { data, view } = this.state;
    const [width, height] = data.tuile;
    const [px, py] = [(x - view.x) / view.k, (y - view.y) / view.k];
    const rank = data.noeuds.findIndex(([left, top]) => px >= left && px <= left + width && py >= top && py <= top + height);
    return rank < 0 ? null : rank;
  }

  // Keyboard.
  keyed(event) {
    const ways = { ArrowRight: [1, 0], ArrowLeft: [-1, 0], ArrowDown: [0, 1], ArrowUp: [0, -1] };
    const acts = { "+": () => this.zoom(1.4), "-": () => this.zoom(1 / 1.4), 0: () => this.fit(), Escape: () => this.choose(null), v: () => this.turn(), V: () => this.turn(), Enter: () => this.isolate() };
    if (event.ctrlKey || event.metaKey || event.altKey) return;
    if (event.key in ways) this.choose(this.towards(...ways[event.key]));
    else if (event.key in acts) acts[event.key]();
    else return;
    event.preventDefault();
    this.later();
  }

  // The nearest tile in a direction: straight ahead counts more than aside.
  towards(right, down) {
    const { data, at } = this.state;
    if (at === null) return this.state.found?.size ? [...this.state.found][0] : 0;
    const [x, y] = data.noeuds[at];
    let [best, least] = [at, Infinity];
    data.noeuds.forEach(([left, top], rank) => {
      const ahead = (left - x) * right + (top - y) * down;
      const aside = Math.abs((left - x) * down) + Math.abs((top - y) * right);
      const far = ahead + 3 * aside;
      if (ahead > 0.5 && far < least) [best, least] = [rank, far];
    });
    return best;
  }

  // One neighbour after the other of what was last chosen otherwise.
  turn() {
    if (this.state.at === null) return;
    if (!this.ring?.includes(this.state.at)) this.ring = [this.state.at, ...[...neighbours(this.state, this.state.at)].filter((rank) => rank !== this.state.at)];
    this.choose(this.ring[(this.ring.indexOf(this.state.at) + 1) % this.ring.length], true, this.ring);
  }

  choose(rank, move = true, ring = null) {
    this.ring = ring;
    this.state.at = rank;
    if (rank !== null && move) this.show(rank);
    this.tell(rank);
    this.later();
  }

  show(rank) {
    const { data, view } = this.state;
    const [x, y] = data.noeuds[rank];
    const [left, top] = [x * view.k + view.x, y * view.k + view.y];
    const [width, height] = data.tuile.map((side) => side * view.k);
    if (left < 0 || top < 0 || left + width > this.wide || top + height > this.high) {
      this.whole = false;
      view.x += this.wide / 2 - left - width / 2;
      view.y += this.high / 2 - top - height / 2;
    }
  }

  // Where only the neighbours are shown.
  around(rank) {
    const words = new URLSearchParams(this.dataset.requete);
    words.set("autour", this.state.data.noeuds[rank][2]);
    return `${this.dataset.ici}?${words}`;
  }

  isolate() {
    if (this.state.at !== null) location.assign(this.around(this.state.at));
  }

  seek() {
    const words = plain(this.search.value.trim());
    const { noeuds } = this.state.data;
    this.state.found = words ? new Set([...noeuds.keys()].filter((rank) => plain(`${noeuds[rank][3]} ${noeuds[rank][4]}`).includes(words))) : null;
    this.count.textContent = words ? some(this.state.found.size, "trouvée", "trouvées") : "";
    this.state.at = null;
    this.tell(null);
    this.later();
  }

  next() {
    const found = [...(this.state.found ?? [])];
    if (!found.length) return;
    if (this.state.view.k < 0.6) this.zoom(0.8 / this.state.view.k);
    this.choose(found[(found.indexOf(this.state.at) + 1) % found.length]);
  }

  // What is chosen, in words.
  tell(rank) {
    this.panel.hidden = rank === null;
    if (rank === null) return void (this.voice.textContent = "");
    const { data, near } = this.state;
    const [, , , name, detail, level, box, sheet] = data.noeuds[rank];
    const links = near[rank].map((link) => data.liens[link]);
    const [goes, comes] = [links.filter(([source]) => source === rank), links.filter(([, target]) => target === rank)];
    const counts = `${some(comes.length, "lien entrant", "liens entrants")}, ${some(goes.length, "lien sortant", "liens sortants")}`;
    this.voice.textContent = `${name}, ${data.niveaux[level].toLowerCase()}, ${detail}. ${counts}.`;
    const where = box >= 0 ? data.boites[box][0] : "";
    const ways = element("p", { className: "carte-liens" });
    if (sheet) ways.append(element("a", { href: this.dataset.fiches + sheet.split("/").map(encodeURIComponent).join("/"), textContent: "Sa fiche" }), " · ");
    ways.append(element("a", { href: this.around(rank), textContent: "Ses voisins seulement" }));
    this.panel.replaceChildren(
      element("h2", { textContent: name }), element("p", { className: "sous", textContent: [detail, where].filter(Boolean).join(" · ") }), ways,
      ...this.sides("Reçoit de, ou porte", comes, 0), ...this.sides("Va vers", goes, 1));
  }

  sides(title, links, end) {
    if (!links.length) return [];
    const { data } = this.state;
    const list = element("ul", {}, ...links.slice(0, LISTED).map((link) => {
      const button = element("button", { type: "button", className: "carte-voisin", textContent: data.noeuds[link[end]][3] });
      button.addEventListener("click", () => { this.choose(link[end]); this.canvas.focus(); });
      const what = [data.textes[link[3]] || data.genres[link[2]], link[4] > 1 ? `× ${link[4]}` : ""].filter(Boolean).join(", ");
      return element("li", {}, button, element("span", { className: "sous", textContent: ` ${what}` }));
    }));
    const rest = links.length > LISTED ? [element("p", { className: "sous", textContent: `et ${links.length - LISTED} autres` })] : [];
    return [element("h3", { textContent: `${title} (${links.length})` }), list, ...rest];
  }
}

customElements.define("archipel-map", ArchipelMap);
