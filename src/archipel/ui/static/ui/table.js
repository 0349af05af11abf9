// <archipel-table><table>…: sort, filter, choose columns, totals; the choices live in the address, so a link keeps them.
// Columns: <th data-type="number|date|text" data-col="code" data-total>; cells may carry data-sort with a machine value.
import { columnChooser, tools } from "./table-tools.js";

const french = new Intl.Collator("fr", { numeric: true, sensitivity: "base" });
const figures = new Intl.NumberFormat("fr-FR");
export const plain = (text) => text.normalize("NFD").replace(/\p{M}/gu, "").toLowerCase();

export const number = (text) => {
  const cleaned = text.replace(/[\s\u00a0\u202f]/g, "").replace("\u2212", "-").replace(",", ".");
  return cleaned === "" ? NaN : Number(cleaned.match(/^-?[\d.]+/)?.[0] ?? NaN);
};

class ArchipelTable extends HTMLElement {
  connectedCallback() {
    this.setup();
    this.onimage = () => this.setup();
    this.closest("archipel-live")?.addEventListener("archipel:image", this.onimage);
  }

  disconnectedCallback() {
    this.closest("archipel-live")?.removeEventListener("archipel:image", this.onimage);
  }

  setup() {
    const table = this.querySelector("table");
    if (!table || table === this.table) return;
    this.table = table;
    this.mark = this.dataset.name ? `${this.dataset.name}.` : "";
    this.heads = [...table.tHead.rows[table.tHead.rows.length - 1].cells];
    this.frame();
    this.heads.forEach((head, index) => this.sortable(head, index));
    this.querySelector(".table-outils")?.remove();
    this.tools = tools(this);
    this.prepend(this.tools.bar);
    this.read();
    this.apply(false);
  }

  frame() {
    if (this.table.parentElement.classList.contains("table-cadre")) return;
    const box = document.createElement("div");
    box.className = "table-cadre";
    box.tabIndex = 0;
    box.setAttribute("role", "region");
    box.setAttribute("aria-label", this.table.caption?.textContent.trim() || "Tableau");
    this.table.replaceWith(box);
    box.append(this.table);
  }

  code(index) {
    return this.heads[index].dataset.col || String(index + 1);
  }

  sortable(head, index) {
    head.scope ||= "col";
    if (head.dataset.type === "number") this.column(index).forEach((cell) => cell.classList.add("nombre"));
    if ("sansTri" in head.dataset || head.querySelector("button")) return;
    const button = document.createElement("button");
    button.type = "button";
    button.className = "tri";
    button.append(...head.childNodes);
    head.append(button);
    button.addEventListener("click", () => {
      const [by, order] = this.sort || [];
      this.sort = by === index && order === 1 ? [index, -1] : by === index ? null : [index, 1];
      this.apply();
    });
  }

  column(index) {
    return [...this.table.rows].map((row) => row.cells[index]).filter(Boolean);
  }

  rows() {
    return [...this.table.tBodies[0].rows];
  }

  value(row, index) {
    const cell = row.cells[index];
    const text = cell?.dataset.sort ?? cell?.textContent.trim() ?? "";
    return this.heads[index].dataset.type === "number" ? number(text) : text;
  }

  read() {
    const query = new URLSearchParams(location.search);
    const sort = query.get(`${this.mark}tri`) || this.dataset.tri || "";
    const index = this.heads.findIndex((_, rank) => this.code(rank) === sort.replace(/^-/, ""));
    this.sort = index < 0 ? null : [index, sort.startsWith("-") ? -1 : 1];
    this.tools.filter.value = query.get(`${this.mark}filtre`) || "";
    this.hiddenColumns = new Set((query.get(`${this.mark}masque`) ?? this.dataset.masque ?? "").split(",").filter(Boolean));
    columnChooser(this);
  }

  write() {
    const url = new URL(location.href);
    const set = (name, value) => (value ? url.searchParams.set(this.mark + name, value) : url.searchParams.delete(this.mark + name));
    set("tri", this.sort ? (this.sort[1] < 0 ? "-" : "") + this.code(this.sort[0]) : "");
    set("filtre", this.tools.filter.value.trim());
    set("masque", [...this.hiddenColumns].join(","));
    history.replaceState(history.state, "", url);
    this.tools.links(url);
  }

  apply(write = true) {
    const words = plain(this.tools.filter.value).split(/\s+/).filter(Boolean);
    const rows = this.rows();
    rows.forEach((row, rank) => (row.dataset.rang ??= String(rank)));
    rows.forEach((row) => { const text = plain(row.textContent); row.hidden = !words.every((word) => text.includes(word)); });
    this.order(rows);
    this.heads.forEach((head, index) => {
      const off = this.hiddenColumns.has(this.code(index));
      this.column(index).forEach((cell) => (cell.hidden = off));
      if (this.sort?.[0] === index) head.ariaSort = this.sort[1] > 0 ? "ascending" : "descending";
      else head.removeAttribute("aria-sort");
    });
    const shown = rows.filter((row) => !row.hidden);
    this.tools.count.textContent = shown.length === rows.length ? `${figures.format(rows.length)} lignes` : `${figures.format(shown.length)} lignes sur ${figures.format(rows.length)}`;
    this.totals(shown);
    if (write) this.write();
  }

  order(rows) {
    const [index, direction] = this.sort || [-1, 1];
    const key = (row) => (index < 0 ? Number(row.dataset.rang) : this.value(row, index));
    const compare = (a, b) => {
      const [x, y] = [key(a), key(b)];
      const [noX, noY] = [x === "" || Number.isNaN(x), y === "" || Number.isNaN(y)];
      if (noX || noY) return noX - noY; // what is unknown comes last, whichever way
      return direction * (typeof x === "number" ? x - y : french.compare(x, y));
    };
    const sorted = [...rows].sort((a, b) => compare(a, b) || a.dataset.rang - b.dataset.rang);
    const body = this.table.tBodies[0];
    if (sorted.some((row, rank) => row !== body.rows[rank])) body.append(...sorted);
  }

  totals(shown) {
    const summed = this.heads.map((head, index) => ("total" in head.dataset ? index : -1)).filter((index) => index >= 0);
    if (!summed.length) return;
    const foot = this.table.tFoot || this.table.createTFoot();
    const row = foot.rows[0] || foot.insertRow();
    while (row.cells.length < this.heads.length) row.insertCell();
    if (!row.cells[0].textContent.trim()) row.cells[0].textContent = "Total";
    summed.forEach((index) => {
      const sum = shown.reduce((total, line) => total + (this.value(line, index) || 0), 0);
      row.cells[index].textContent = figures.format(sum);
      row.cells[index].classList.add("nombre");
    });
  }
}

customElements.define("archipel-table", ArchipelTable);
