// Reads a chart out of the table that says the same thing: one row is a category, one column marked data-serie a series.
//   <th data-serie>              a series of the chart's own kind; data-serie="line|step|bar" gives it another
//   <th data-pile="a">           series of one pile are stacked
//   <th data-bas-de="prevu">     lower bound of the series whose column has data-col="prevu"; data-haut-de: upper bound
//   <tr data-hors-graphique>     a row that the chart leaves out
import { number } from "./table.js";

const text = (cell) => (cell?.innerText || cell?.textContent || "").replace(/\s+/g, " ").trim(); // innerText is empty in what is folded

// What is unknown is a hole in the chart, never a zero.
const figure = (cell) => {
  const value = number(cell?.dataset.sort ?? cell?.textContent ?? "");
  return Number.isFinite(value) ? value : null;
};

const columns = (head, name) => [...head.cells].map((cell, index) => [cell, index]).filter(([cell]) => name in cell.dataset);

export const read = (table, kind) => {
  const head = table.tHead.rows[table.tHead.rows.length - 1];
  const heads = [...head.cells];
  const category = Math.max(0, heads.findIndex((cell) => "categorie" in cell.dataset));
  const rows = [...(table.tBodies[0]?.rows ?? [])].filter((row) => !row.hidden && !("horsGraphique" in row.dataset));
  const values = (index) => (index < 0 ? null : rows.map((row) => figure(row.cells[index])));
  const bound = (name, code) => heads.findIndex((cell) => cell.dataset[name] && cell.dataset[name] === code);
  const series = columns(head, "serie").map(([cell, index]) => ({
    name: text(cell),
    kind: cell.dataset.serie || (kind === "stacked" ? "bar" : kind),
    pile: cell.dataset.pile || (kind === "stacked" && (cell.dataset.serie || "bar") === "bar" ? "pile" : ""),
    values: values(index),
    low: values(bound("basDe", cell.dataset.col)),
    high: values(bound("hautDe", cell.dataset.col)),
  }));
  return {
    heading: text(heads[category]),
    categories: rows.map((row) => text(row.cells[category])),
    moments: rows.map((row) => row.cells[category]?.dataset.sort || ""),
    series,
  };
};

// The table as the spreadsheet file that the reader saves: UTF-8 with its mark, ";", and no cell that starts a formula.
const BLANK = /^[\s\u00a0\u202f]*/;
const harmless = (value) => (/^[=+\-@\t\r|%]/.test(value.replace(BLANK, "")) ? `'${value}` : value);
const quoted = (value) => (/[;"\n\r]/.test(value) ? `"${value.replaceAll('"', '""')}"` : value);

export const csv = (table) => {
  const heads = [...table.tHead.rows[table.tHead.rows.length - 1].cells];
  const numeric = heads.map((cell) => "serie" in cell.dataset || "basDe" in cell.dataset || "hautDe" in cell.dataset || cell.dataset.type === "number");
  const cell = (one, index) => {
    const value = numeric[index] ? figure(one) : null;
    return value === null ? harmless(text(one)) : String(value).replace(".", ",");
  };
  const rows = [...table.tBodies, ...(table.tFoot ? [table.tFoot] : [])].flatMap((part) => [...part.rows]);
  const lines = [heads.map((one) => harmless(text(one))), ...rows.map((row) => [...row.cells].map(cell))];
  return `\ufeff${lines.map((line) => line.map(quoted).join(";")).join("\r\n")}\r\n`;
};
