// Saving a chart: a picture that carries its title, unit, source and date, or the table behind it.
import { csv } from "./chart-table.js";
import { look, option, palette } from "./chart-option.js";

const [WIDTH, HEIGHT] = [1100, 620];

const save = (name, href) => {
  const link = Object.assign(document.createElement("a"), { href, download: name });
  link.click();
  if (href.startsWith("blob:")) setTimeout(() => URL.revokeObjectURL(href), 10_000);
};

const blob = (text, type) => URL.createObjectURL(new Blob([text], { type }));

const name = (chart, kind) => {
  const day = new Date().toLocaleDateString("sv-SE");
  return `${chart.dataset.name || "graphique"}-${day}.${kind}`;
};

// The picture leaves the page: what stands around the chart there goes inside it.
const whole = (chart) => {
  const colours = palette(false);
  const drawn = option(chart.data, chart.settings, colours, WIDTH);
  const told = [chart.settings.unit && `en ${chart.settings.unit}`, chart.dataset.source, chart.dataset.at].filter(Boolean).join(" · ");
  const key = chart.data.series.length > 1 ? chart.data.series.map((one, rank) => ({ name: one.name, itemStyle: { color: look(rank, colours).colour } })) : [];
  if (drawn.grid) Object.assign(drawn.grid, { top: 110, left: 16, bottom: key.length ? 48 : 16 });
  if (drawn.radar) Object.assign(drawn.radar, { center: ["50%", "56%"], radius: "58%" });
  return {
    ...drawn,
    tooltip: undefined,
    backgroundColor: colours.ground,
    title: { text: chart.heading, subtext: told, left: 16, top: 12, textStyle: { color: colours.ink, fontSize: 20 }, subtextStyle: { color: colours.soft, fontSize: 14 } },
    legend: key.length ? { data: key, bottom: 8, left: 16, textStyle: { color: colours.ink } } : undefined,
  };
};

const pictured = (chart, renderer, use) => {
  const box = document.createElement("div");
  const copy = chart.engine.init(box, null, { renderer, width: WIDTH, height: HEIGHT, ssr: renderer === "svg" });
  copy.setOption(whole(chart));
  try {
    return use(copy);
  } finally {
    copy.dispose();
  }
};

const WAYS = {
  png: (chart) => save(name(chart, "png"), pictured(chart, "canvas", (copy) => copy.getDataURL({ type: "png", pixelRatio: 2 }))),
  svg: (chart) => save(name(chart, "svg"), blob(pictured(chart, "svg", (copy) => copy.renderToSVGString()), "image/svg+xml")),
  csv: (chart) => save(name(chart, "csv"), blob(csv(chart.table), "text/csv;charset=utf-8")),
};

export const savers = (chart) =>
  Object.entries(WAYS).map(([kind, way]) => {
    const label = kind === "csv" ? "Enregistrer le tableau (CSV)" : `Enregistrer le graphique (${kind.toUpperCase()})`;
    const button = Object.assign(document.createElement("button"), { type: "button", className: "btn btn-sm", textContent: kind.toUpperCase(), title: label });
    button.setAttribute("aria-label", label);
    button.addEventListener("click", () => chart.data && way(chart));
    return button;
  });
