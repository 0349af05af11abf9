// From what the table says to what ECharts draws: few kinds, direct labels, bars from zero, uncertainty as a band.
const whole = new Intl.NumberFormat("fr-FR", { maximumFractionDigits: 2 });
const compact = new Intl.NumberFormat("fr-FR", { notation: "compact", maximumFractionDigits: 1 });
const short = { format: (value) => (Math.abs(value) < 10_000 ? whole : compact).format(value) };
const months = new Intl.DateTimeFormat("fr-FR", { month: "short", year: "2-digit" });
const days = new Intl.DateTimeFormat("fr-FR", { day: "numeric", month: "short" });
const DASHES = ["solid", "dashed", "dotted", [8, 3, 2, 3], [2, 2], [12, 4]];
const SYMBOLS = ["circle", "rect", "triangle", "diamond", "emptyCircle", "emptyRect"];
const DECALS = [
  { symbol: "none" },
  { symbol: "rect", dashArrayX: [1, 0], dashArrayY: [3, 5], rotation: -Math.PI / 4 },
  { symbol: "circle", dashArrayX: [[6, 6], [0, 6, 6, 0]], dashArrayY: [6, 0], symbolSize: 0.7 },
  { symbol: "rect", dashArrayX: [1, 0], dashArrayY: [2, 6] },
  { symbol: "rect", dashArrayX: [1, 0], dashArrayY: [3, 5], rotation: Math.PI / 4 },
  { symbol: "triangle", dashArrayX: [[9, 9], [0, 9, 9, 0]], dashArrayY: [7, 2], symbolSize: 0.7 },
];

export const said = (value, unit) => (value === null || value === undefined ? "inconnu" : `${whole.format(value)}${unit ? `\u202f${unit}` : ""}`);

const PALETTES = {
  paper: { ink: "#000000", soft: "#333333", rule: "#bbbbbb", ground: "#ffffff", series: ["#0b4a8f", "#9c3a0a", "#0a5c3b", "#6a2789", "#6b4a00", "#8c1650"] },
};

// The colours of the page as it is shown now: light, dark or paper.
export const palette = (paper) => {
  if (paper) return PALETTES.paper;
  const style = getComputedStyle(document.body);
  const token = (name) => style.getPropertyValue(`--a-${name}`).trim();
  return { ink: token("encre"), soft: token("doux"), rule: token("trait"), ground: token("carte"), series: [..."abcdef"].map((name) => token(`serie-${name}`)) };
};

export const look = (rank, colours) => ({ colour: colours.series[rank % colours.series.length], dash: DASHES[rank % DASHES.length], symbol: SYMBOLS[rank % SYMBOLS.length], decal: DECALS[rank % DECALS.length] });

export const summary = (data, unit) => {
  const ends = data.series.map((one) => {
    const known = one.values.map((value, rank) => [value, data.categories[rank]]).filter(([value]) => value !== null);
    if (!known.length) return `${one.name} : inconnu`;
    const [last, where] = known[known.length - 1];
    const top = known.reduce((best, item) => (item[0] > best[0] ? item : best));
    return `${one.name} : ${said(last, unit)} (${where}), au plus ${said(top[0], unit)} (${top[1]})`;
  });
  return `${data.categories.length} points. ${ends.join(" ; ")}.`;
};

export const sentence = (data, rank, unit) =>
  `${data.categories[rank]} : ${data.series.map((one) => {
    const around = one.low?.[rank] != null && one.high?.[rank] != null ? ` (entre ${said(one.low[rank], unit)} et ${said(one.high[rank], unit)})` : "";
    return `${data.series.length > 1 ? `${one.name} ` : ""}${said(one.values[rank], unit)}${around}`;
  }).join(", ")}`;

const marks = (settings, colours, along) =>
  settings.marks.length && {
    silent: true,
    symbol: "none",
    lineStyle: { color: colours.soft, type: "dashed", width: 1.5 },
    data: settings.marks.map(({ at, name }) => ({ [along]: at, label: { formatter: name, color: colours.ink, position: "insideEndTop" } })),
  };

const band = (one, style, point) => {
  if (!one.low || !one.high) return [];
  const known = (rank) => one.low[rank] !== null && one.high[rank] !== null;
  const base = { type: "line", silent: true, symbol: "none", stack: `bande-${one.name}`, stackStrategy: "all", lineStyle: { opacity: 0 }, tooltip: { show: false }, z: 1 };
  return [
    { ...base, name: `${one.name} (bas)`, data: one.low.map((value, rank) => point(known(rank) ? value : null, rank)) },
    { ...base, name: `${one.name} (haut)`, areaStyle: { color: style.colour, opacity: 0.2 }, data: one.high.map((value, rank) => point(known(rank) ? value - one.low[rank] : null, rank)) },
  ];
};

const lastKnown = (values) => values.reduce((last, value, rank) => (value === null ? last : rank), -1);

const drawn = (one, rank, data, settings, colours, direct) => {
  const style = look(rank, colours);
  const point = (value, index) => (settings.time ? [data.moments[index], value] : value);
  const common = { name: one.name, itemStyle: { color: style.colour }, labelLayout: { moveOverlap: "shiftY", hideOverlap: false }, emphasis: { disabled: true }, z: 3 };
  const name = { color: style.colour, fontWeight: 600, textBorderColor: colours.ground, textBorderWidth: 3 };
  if (one.kind === "bar") return bar(one, { ...common, name: one.name }, { style, name, data, settings, colours, direct });
  const values = one.values.map(point);
  return [
    ...band(one, style, point),
    {
      ...common,
      type: "line",
      step: one.kind === "step" ? "end" : false,
      symbol: style.symbol,
      symbolSize: 7,
      showSymbol: data.categories.length <= 40,
      lineStyle: { color: style.colour, type: style.dash, width: 2.5 },
      endLabel: { show: direct, ...name, formatter: ({ value }) => `${data.series.length > 1 ? `${one.name} ` : ""}${short.format(Array.isArray(value) ? value[1] : value)}` },
      data: values,
    },
  ];
};

const bar = (one, common, { style, name, data, settings, colours, direct }) => {
  const alone = data.series.filter((other) => other.kind === "bar").length === 1;
  const last = one.values.length - 1;
  const roomy = data.categories.length <= 14;
  const label = alone
    ? { show: roomy, position: settings.lying ? "right" : "top", color: colours.ink, formatter: ({ value }) => (value === null ? "" : short.format(value)) }
    : { show: false };
  const values = one.values.map((value, rank) =>
    one.pile && direct && rank === last ? { value, label: { show: true, position: "right", distance: 10, ...name, formatter: one.name } } : value,
  );
  return [{ ...common, type: "bar", stack: one.pile || undefined, barMaxWidth: 56, itemStyle: { ...common.itemStyle, decal: alone ? undefined : { color: colours.ground, ...style.decal } }, label, data: values }];
};

// The sum of a pile, above it: only where every part is known, and where there is one pile.
const totals = (data, settings, colours) => {
  const piled = data.series.filter((one) => one.pile);
  if (piled.length < 2 || new Set(piled.map((one) => one.pile)).size > 1 || settings.lying || data.categories.length > 14) return [];
  const sums = data.categories.map((_, rank) => (piled.some((one) => one.values[rank] === null) ? null : piled.reduce((sum, one) => sum + one.values[rank], 0)));
  return [{ type: "scatter", name: "Total", silent: true, symbolSize: 0.1, itemStyle: { color: "transparent" }, tooltip: { show: false }, label: { show: true, position: "top", color: colours.ink, fontWeight: 600, formatter: ({ value }) => short.format(value[1]) }, data: sums.flatMap((sum, rank) => (sum === null ? [] : [[rank, sum]])), z: 4 }];
};

const radar = (data, settings, colours) => {
  const top = settings.max ?? Math.max(...data.series.flatMap((one) => one.values.map((value) => value ?? 0)), 1);
  return {
    radar: {
      radius: "62%",
      indicator: data.categories.map((name) => ({ name, max: top, min: 0 })),
      axisName: { color: colours.ink, width: 120, overflow: "break" },
      splitArea: { show: false },
      splitNumber: settings.max && settings.max <= 6 ? settings.max : 4,
      splitLine: { lineStyle: { color: colours.rule } },
      axisLine: { lineStyle: { color: colours.rule } },
    },
    series: [{
      type: "radar",
      emphasis: { disabled: true },
      data: data.series.map((one, rank) => {
        const style = look(rank, colours);
        return { name: one.name, value: one.values.map((value) => value ?? "-"), symbol: style.symbol, symbolSize: 7, itemStyle: { color: style.colour }, lineStyle: { color: style.colour, type: style.dash, width: 2.5 }, areaStyle: { color: style.colour, opacity: rank ? 0 : 0.12 } };
      }),
    }],
  };
};

const highest = (data) => Math.max(0, ...data.series.flatMap((one) => [...one.values, ...(one.high ?? [])]).map((value) => value ?? 0));

const dated = (data) => {
  const moments = data.moments.map(Date.parse).filter(Number.isFinite);
  const long = Math.max(...moments) - Math.min(...moments) > 120 * 86_400_000;
  return (value) => (long ? months : days).format(value);
};

const axes = (data, settings, colours, width) => {
  const text = { color: colours.soft, fontSize: 12 };
  const categories = settings.time
    ? { type: "time", axisLabel: { ...text, hideOverlap: true, formatter: dated(data) }, splitNumber: Math.max(2, Math.floor(width / 110)) }
    : { type: "category", data: data.categories, inverse: settings.lying, axisLabel: { ...text, interval: data.categories.length > 40 ? "auto" : 0, hideOverlap: data.categories.length > 14, width: settings.lying ? Math.min(220, width * 0.4) : Math.max(40, (width - 80) / Math.max(1, data.categories.length) - 6), overflow: "break", lineHeight: 14 } };
  const above = Math.max(0, ...settings.marks.map((mark) => mark.at));
  const values = {
    type: "value",
    scale: settings.free,
    max: settings.max ?? (above > highest(data) ? above : undefined),
    splitNumber: settings.lying && width < 560 ? 2 : 5,
    minInterval: settings.whole ? 1 : undefined,
    axisLabel: { ...text, formatter: (value) => short.format(value) },
    splitLine: { lineStyle: { color: colours.rule } },
    name: settings.unit,
    nameTextStyle: { ...text, align: settings.lying ? "right" : "left" },
  };
  const line = { axisLine: { lineStyle: { color: colours.soft } }, axisTick: { show: false } };
  return settings.lying ? { yAxis: { ...categories, ...line }, xAxis: { ...values, name: "" } } : { xAxis: { ...categories, ...line }, yAxis: values };
};

// Whether there is room to write the name of each series beside it; otherwise the key under the chart does.
const named = (one, data) => (one.kind !== "bar" ? lastKnown(one.values) >= 0 : data.series.length === 1 || (one.pile && one.values[one.values.length - 1]));

export const isDirect = (data, settings, width) =>
  width >= 560 && !settings.lying && settings.kind !== "radar" && data.series.length > 0 && data.series.every((one) => named(one, data));

const LETTER = 7.2;

export const option = (data, settings, colours, width) => {
  const direct = isDirect(data, settings, width);
  const longest = Math.max(0, ...data.series.map((one) => one.name.length + (one.kind === "bar" ? 0 : 7)));
  const needed = direct && (data.series.length > 1 || data.series[0].kind !== "bar");
  const font = getComputedStyle(document.body).fontFamily;
  const base = { animation: false, textStyle: { fontFamily: font, color: colours.ink }, aria: { enabled: false } };
  if (settings.kind === "radar") return { ...base, ...radar(data, settings, colours) };
  const series = data.series.flatMap((one, rank) => drawn(one, rank, data, settings, colours, direct));
  const lines = marks(settings, colours, settings.lying ? "xAxis" : "yAxis");
  if (lines && series.length) series[series.length - 1].markLine = lines;
  return {
    ...base,
    grid: { left: 8, top: 36, bottom: 8, right: needed ? Math.min(longest * LETTER + 16, width * 0.35) : settings.lying ? 56 : 16, outerBoundsMode: "same", outerBoundsContain: "axisLabel" },
    ...axes(data, settings, colours, width),
    tooltip: { trigger: "axis", renderMode: "richText", confine: true, backgroundColor: colours.ground, borderColor: colours.soft, textStyle: { color: colours.ink }, axisPointer: { type: data.series.some((one) => one.kind === "bar") ? "shadow" : "line" }, formatter: (points) => sentence(data, points[0]?.dataIndex ?? 0, settings.unit).replace(" : ", "\n").replaceAll(", ", "\n") },
    series: [...series, ...totals(data, settings, colours)],
  };
};
