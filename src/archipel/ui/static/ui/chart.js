// <archipel-chart data-kind="line|step|bar|stacked|lying|radar" data-unit data-source data-name data-max data-marks>
// draws the table that it holds. The table stays: it is what a screen reader reads, and all there is without scripts.
import { read } from "./chart-table.js";
import { isDirect, look, option, palette, sentence, summary } from "./chart-option.js";
import { savers } from "./chart-save.js";

const ENGINE = "../vendor/echarts.esm.min.js";
let engine = null;
const load = () => (engine ??= import(ENGINE));

const element = (tag, properties = {}, ...children) => {
  const node = Object.assign(document.createElement(tag), properties);
  node.append(...children);
  return node;
};

const marks = (text) =>
  (text || "").split(";").filter(Boolean).map((part) => {
    const [at, name] = part.split("|");
    return { at: Number(at), name: name || at };
  });

class ArchipelChart extends HTMLElement {
  connectedCallback() {
    this.table = this.querySelector("table");
    if (!this.table || this.surface) return;
    this.frame();
    this.later = () => { cancelAnimationFrame(this.frameId); this.frameId = requestAnimationFrame(() => this.draw()); };
    this.watchers = [
      [new MutationObserver(this.later), document.documentElement, { attributes: true, attributeFilter: ["data-bs-theme"] }],
      [new MutationObserver(this.later), this.table, { childList: true, subtree: true, characterData: true, attributes: true, attributeFilter: ["hidden", "data-sort"] }],
      [new ResizeObserver(() => this.width() !== this.drawnWidth && this.later()), this.surface, undefined],
    ];
    this.watchers.forEach(([watcher, target, options]) => watcher.observe(target, options));
    this.onbefore = () => this.draw(true);
    this.onafter = () => this.draw(false);
    addEventListener("beforeprint", this.onbefore);
    addEventListener("afterprint", this.onafter);
    load().then((module) => { this.engine = module; this.draw(); }, () => this.classList.add("graphique-sans"));
  }

  disconnectedCallback() {
    this.watchers?.forEach(([watcher]) => watcher.disconnect());
    removeEventListener("beforeprint", this.onbefore);
    removeEventListener("afterprint", this.onafter);
    this.chart?.dispose();
    this.chart = null;
  }

  get settings() {
    const { kind = "bar", unit = "", max, marks: lines, axe, echelle, entier } = this.dataset;
    return { kind, unit, max: max ? Number(max) : undefined, marks: marks(lines), time: axe === "temps", free: echelle === "libre", lying: kind === "lying", whole: entier !== undefined };
  }

  get heading() {
    return this.dataset.title || this.table.caption?.textContent.trim() || "Graphique";
  }

  frame() {
    this.surface = element("div", { className: "graphique-toile", tabIndex: 0 });
    this.surface.setAttribute("role", "img");
    this.key = element("ul", { className: "graphique-cle" });
    this.voice = element("p", { className: "visually-hidden" });
    this.voice.setAttribute("aria-live", "polite");
    this.tools = element("div", { className: "graphique-outils no-print" }, ...savers(this));
    const place = this.querySelector(".graphique-place");
    const parts = [this.surface, this.key, this.tools, this.voice];
    if (place) place.append(...parts);
    else this.prepend(...parts);
    this.surface.addEventListener("keydown", (event) => this.walk(event));
    this.surface.addEventListener("blur", () => { this.at = undefined; this.chart?.dispatchAction({ type: "hideTip" }); });
  }

  width() {
    return Math.round(this.surface.clientWidth);
  }

  read() {
    const kind = this.settings.kind === "lying" ? "bar" : this.settings.kind;
    return read(this.table, kind);
  }

  draw(paper = matchMedia("print").matches) {
    if (!this.engine || !this.isConnected || !this.width()) return;
    this.data = this.read();
    const settings = this.settings;
    const colours = palette(paper);
    this.drawnWidth = this.width();
    const width = paper ? Math.min(this.drawnWidth, 660) : this.drawnWidth;
    if (settings.lying) this.surface.style.height = `${Math.max(8, this.data.categories.length * (1.5 + 0.7 * this.data.series.length) + 4)}rem`;
    this.chart ??= this.engine.init(this.surface, null, { renderer: "svg" });
    this.chart.resize({ width, height: this.surface.clientHeight, silent: true });
    this.chart.setOption(option(this.data, settings, colours, width), { notMerge: true });
    this.surface.setAttribute("aria-label", `${this.heading}. ${summary(this.data, settings.unit)} Flèches : un point après l'autre. Le tableau dit les mêmes valeurs.`);
    this.names(settings, colours, width);
    this.dataset.dessine = String(this.data.series.length);
  }

  // The key, where names do not fit beside the series: colour, line or hatching, and the word.
  names(settings, colours, width) {
    const needed = this.data.series.length > 1 && !isDirect(this.data, settings, width);
    this.key.hidden = !needed;
    this.key.replaceChildren(...(needed ? this.data.series.map((one, rank) => this.entry(one, rank, colours)) : []));
  }

  entry(one, rank, colours) {
    const sample = element("span", { className: `graphique-trait graphique-${one.kind === "bar" ? "plein" : "ligne"} graphique-rang-${rank % 6}` });
    sample.style.setProperty("--trait", look(rank, colours).colour);
    sample.setAttribute("aria-hidden", "true");
    return element("li", {}, sample, one.name);
  }

  walk(event) {
    const count = this.data?.categories.length ?? 0;
    const steps = { ArrowRight: 1, ArrowDown: 1, ArrowLeft: -1, ArrowUp: -1, Home: -Infinity, End: Infinity };
    if (event.key === "Escape") return void this.chart?.dispatchAction({ type: "hideTip" });
    if (!count || !(event.key in steps)) return;
    event.preventDefault();
    const from = this.at ?? (steps[event.key] > 0 ? -1 : count);
    this.at = Math.min(count - 1, Math.max(0, from + steps[event.key]));
    this.voice.textContent = sentence(this.data, this.at, this.settings.unit);
    if (this.settings.kind !== "radar") this.chart.dispatchAction({ type: "showTip", seriesIndex: 0, dataIndex: this.at });
  }
}

customElements.define("archipel-chart", ArchipelChart);
