// The tools above a table: filter, columns, exports, count.
const element = (tag, properties = {}, ...children) => {
  const node = Object.assign(document.createElement(tag), properties);
  node.append(...children);
  return node;
};

let serial = 0;

export const tools = (host) => {
  const id = `tableau-${++serial}`;
  const filter = element("input", { type: "search", id, className: "form-control form-control-sm", autocomplete: "off" });
  const count = element("p", { className: "table-compte" });
  count.setAttribute("role", "status");
  const columns = element("details", { className: "colonnes" }, element("summary", { className: "btn btn-sm", textContent: "Colonnes" }), element("fieldset"));
  columns.dataset.menu = "";
  const bar = element("div", { className: "table-outils no-print" }, element("div", {}, element("label", { htmlFor: id, className: "form-label", textContent: "Filtrer" }), filter), columns);
  const exports = host.dataset.export
    ? ["csv", "xlsx"].map((format) => element("a", { className: "btn btn-sm", textContent: format.toUpperCase(), title: `Télécharger en ${format.toUpperCase()}` }))
    : [];
  bar.append(...exports, count);
  let timer = 0;
  filter.addEventListener("input", () => { clearTimeout(timer); timer = setTimeout(() => host.apply(), 120); });
  const links = (url) => exports.forEach((link, rank) => {
    const target = new URL(host.dataset.export, location.href);
    url.searchParams.forEach((value, name) => target.searchParams.has(name) || target.searchParams.set(name, value));
    target.searchParams.set("format", ["csv", "xlsx"][rank]);
    link.href = target.href;
  });
  links(new URL(location.href));
  return { bar, filter, count, columns, links };
};

export const columnChooser = (host) => {
  const box = host.tools.columns.querySelector("fieldset");
  box.replaceChildren(element("legend", { className: "visually-hidden", textContent: "Colonnes affichées" }));
  host.heads.forEach((head, index) => {
    const code = host.code(index);
    const input = element("input", { type: "checkbox", className: "form-check-input", checked: !host.hiddenColumns.has(code) });
    input.addEventListener("change", () => {
      const visible = host.heads.length - host.hiddenColumns.size;
      if (!input.checked && visible <= 1) return void (input.checked = true);
      if (input.checked) host.hiddenColumns.delete(code);
      else host.hiddenColumns.add(code);
      host.apply();
    });
    box.append(element("label", {}, input, head.textContent.trim() || `Colonne ${index + 1}`));
  });
};
