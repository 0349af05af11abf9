// Draws a map on a canvas. Pure: everything comes from the state, { data, view: { x, y, k }, at, found, near, inks }.
const MANY = 600; // links: above it, the whole map shows them joined between boxes
const STRONGEST = 60; // of those, how many are drawn
const READABLE = 0.42; // scale from which the names of tiles are written
const PAPER = { encre: "#000000", doux: "#333333", fond: "#f2f2f2", carte: "#ffffff", trait: "#999999", focus: "#0b4a8f", series: ["#0b4a8f", "#9c3a0a", "#0a5c3b", "#6a2789", "#6b4a00", "#8c1650"] };

export const inks = (paper) => {
  if (paper) return PAPER;
  const style = getComputedStyle(document.body);
  const token = (name) => style.getPropertyValue(`--a-${name}`).trim();
  const named = Object.fromEntries(["encre", "doux", "fond", "carte", "trait", "focus"].map((name) => [name, token(name)]));
  return { ...named, font: style.fontFamily, series: [..."abcdef"].map((name) => token(`serie-${name}`)) };
};

// What the drawing needs to know of the data, once.
export const prepared = (data) => {
  const near = data.noeuds.map(() => []);
  data.liens.forEach(([source, target], rank) => { near[source].push(rank); if (target !== source) near[target].push(rank); });
  return { near, bundles: data.liens.length > MANY && data.boites.length > 1 ? bundles(data) : null, names: new Map() };
};

const bundles = (data) => {
  const sums = new Map();
  for (const [source, target, , , count] of data.liens) {
    const [first, second] = [data.noeuds[source][6], data.noeuds[target][6]].sort((a, b) => a - b);
    if (first < 0 || first === second) continue;
    const key = first * 10_000 + second;
    sums.set(key, (sums.get(key) ?? 0) + count);
  }
  return [...sums].map(([key, count]) => ({ first: Math.floor(key / 10_000), second: key % 10_000, count })).sort((a, b) => b.count - a.count).slice(0, STRONGEST);
};

export const neighbours = (state, rank) => new Set(state.near[rank].flatMap((link) => state.data.liens[link].slice(0, 2)));

export const draw = (context, state, width, height) => {
  const { data, view, inks: ink } = state;
  const ratio = devicePixelRatio || 1;
  context.setTransform(ratio, 0, 0, ratio, 0, 0);
  context.fillStyle = ink.carte;
  context.fillRect(0, 0, width, height);
  context.setTransform(ratio * view.k, 0, 0, ratio * view.k, ratio * view.x, ratio * view.y);
  const seen = { left: -view.x / view.k, top: -view.y / view.k, right: (width - view.x) / view.k, bottom: (height - view.y) / view.k };
  const lit = state.at === null ? state.found : neighbours(state, state.at);
  boxes(context, state, seen);
  if (state.at === null && state.bundles && !state.found) joined(context, state);
  else if (state.at === null && !state.bundles) links(context, state, data.liens.keys(), 0.45);
  tiles(context, state, seen, lit);
  if (state.at !== null) links(context, state, state.near[state.at], 1);
  titles(context, state, seen);
};

const outside = (seen, x, y, width, height) => x > seen.right || y > seen.bottom || x + width < seen.left || y + height < seen.top;

const boxes = (context, { data, view, inks: ink }, seen) => {
  context.lineWidth = 1 / view.k;
  for (const [, x, y, width, height] of data.boites) {
    if (outside(seen, x, y, width, height)) continue;
    context.fillStyle = ink.fond;
    context.strokeStyle = ink.trait;
    context.beginPath();
    context.roundRect(x, y, width, height, 10);
    context.fill();
    context.stroke();
  }
};

// Titles of boxes stay legible at every scale: they are written over the tiles when these are too small to be read.
const titles = (context, { data, view, inks: ink }, seen) => {
  const size = Math.max(15, 12.5 / view.k);
  context.textBaseline = "middle";
  context.textAlign = "left";
  context.lineJoin = "round";
  for (const [label, x, y, width, height, count] of data.boites) {
    if (outside(seen, x, y, width, height)) continue;
    context.font = `600 ${size}px ${ink.font}`;
    const text = cut(context, `${label} (${count})`, width - 16);
    const high = y + Math.max(18, size * 0.55);
    context.lineWidth = size * 0.22;
    context.strokeStyle = ink.fond;
    context.strokeText(text, x + 10, high);
    context.fillStyle = ink.encre;
    context.fillText(text, x + 10, high);
  }
};

const cut = (context, text, room) => {
  if (context.measureText(text).width <= room) return text;
  let [low, high] = [1, text.length];
  while (low < high) {
    const middle = (low + high + 1) >> 1;
    if (context.measureText(`${text.slice(0, middle)}…`).width <= room) low = middle;
    else high = middle - 1;
  }
  return `${text.slice(0, low)}…`;
};

const tiles = (context, state, seen, lit) => {
  const { data, view, inks: ink } = state;
  const [width, height] = data.tuile;
  const written = view.k >= READABLE;
  context.textAlign = "left";
  context.textBaseline = "middle";
  data.noeuds.forEach((node, rank) => {
    const [x, y, , , , level] = node;
    if (outside(seen, x, y, width, height)) return;
    const on = !lit || lit.has(rank);
    context.globalAlpha = on ? 1 : 0.28;
    const colour = ink.series[level % ink.series.length];
    context.fillStyle = ink.carte;
    context.fillRect(x, y, width, height);
    context.fillStyle = colour;
    context.fillRect(x, y, written ? 5 : width * 0.24, height);
    context.strokeStyle = rank === state.at ? ink.focus : on && lit ? ink.encre : ink.trait;
    context.lineWidth = (rank === state.at ? 3.5 : on && lit ? 2 : 1) / Math.min(1, view.k * 1.4);
    context.strokeRect(x, y, width, height);
    if (written) names(context, state, node, rank, width, ink);
  });
  context.globalAlpha = 1;
};

const names = (context, state, [x, y, , name, detail], rank, width, ink) => {
  if (!state.names.has(rank)) {
    context.font = `600 13px ${ink.font}`;
    const first = cut(context, name, width - 18);
    context.font = `11px ${ink.font}`;
    state.names.set(rank, [first, cut(context, detail, width - 18)]);
  }
  const [first, second] = state.names.get(rank);
  context.fillStyle = ink.encre;
  context.font = `600 13px ${ink.font}`;
  context.fillText(first, x + 12, y + (second ? 14 : 20));
  if (!second) return;
  context.fillStyle = ink.doux;
  context.font = `11px ${ink.font}`;
  context.fillText(second, x + 12, y + 29);
};

const joined = (context, { data, view, bundles: all, inks: ink }) => {
  const middle = ([, x, y, width, height]) => [x + width / 2, y + height / 2];
  const most = all[0]?.count ?? 1;
  context.strokeStyle = ink.series[0];
  context.globalAlpha = 0.4;
  for (const { first, second, count } of all) {
    const [x1, y1] = middle(data.boites[first]);
    const [x2, y2] = middle(data.boites[second]);
    context.lineWidth = (1 + 7 * (count / most)) / view.k;
    context.beginPath();
    context.moveTo(x1, y1);
    context.lineTo(x2, y2);
    context.stroke();
  }
  context.globalAlpha = 1;
};

const DASHES = [[], [8, 4], [2, 4], [12, 4, 2, 4], [4, 4], [1, 3], [10, 2], [6, 6]];

const links = (context, state, ranks, alpha) => {
  const { data, view, inks: ink } = state;
  const [width, height] = data.tuile;
  const fine = view.k >= 0.15;
  context.globalAlpha = alpha;
  context.lineWidth = (alpha === 1 ? 2 : 1.2) / Math.min(1, view.k * 1.3);
  for (const rank of ranks) {
    const [source, target, kind] = data.liens[rank];
    const [from, to] = [data.noeuds[source], data.noeuds[target]];
    const colour = ink.series[kind % ink.series.length];
    context.strokeStyle = context.fillStyle = colour;
    context.setLineDash(DASHES[kind % DASHES.length]);
    const [x1, y1, x2, y2, right, down] = ends(from, to, width, height);
    context.beginPath();
    context.moveTo(x1, y1);
    context.bezierCurveTo(x1 + right, y1 + down, x2 - right, y2 - down, x2, y2);
    context.stroke();
    if (fine) arrow(context, x2, y2, Math.sign(right), Math.sign(down));
  }
  context.setLineDash([]);
  context.globalAlpha = 1;
};

// From the side of the first tile that looks at the second: top or bottom between two levels or one above the other.
const ends = ([x1, y1, , , , level1], [x2, y2, , , , level2], width, height) => {
  const [high1, high2] = [y1 + height / 2, y2 + height / 2];
  const apart = x2 >= x1 + width || x1 >= x2 + width;
  if ((level1 !== level2 || !apart) && Math.abs(y2 - y1) > height) {
    const way = y2 > y1 ? 1 : -1;
    const room = Math.max(24, Math.abs(y2 - y1 - way * height) / 2);
    return [x1 + width / 2, high1 + (way * height) / 2, x2 + width / 2, high2 - (way * height) / 2, 0, way * room];
  }
  if (x2 >= x1 + width) return [x1 + width, high1, x2, high2, Math.max(30, (x2 - x1 - width) / 2), 0];
  if (x1 >= x2 + width) return [x1, high1, x2 + width, high2, -Math.max(30, (x1 - x2 - width) / 2), 0];
  return [x1 + width, high1, x2, high2, 60, 0];
};

const arrow = (context, x, y, right, down) => {
  context.beginPath();
  context.moveTo(x, y);
  context.lineTo(x - 10 * right - 5 * down, y - 10 * down - 5 * right);
  context.lineTo(x - 10 * right + 5 * down, y - 10 * down + 5 * right);
  context.fill();
};
