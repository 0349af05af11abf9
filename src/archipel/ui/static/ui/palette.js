// <archipel-palette data-url>: Ctrl K reaches any page, establishment or unit by keyboard (combobox with a listbox).
const WAIT = 120;

class ArchipelPalette extends HTMLElement {
  connectedCallback() {
    this.onkey = (event) => {
      if ((event.ctrlKey || event.metaKey) && event.key.toLowerCase() === "k") {
        event.preventDefault();
        this.show();
      }
    };
    addEventListener("keydown", this.onkey);
    document.querySelectorAll("[data-palette]").forEach((button) => button.addEventListener("click", () => this.show()));
  }

  disconnectedCallback() {
    removeEventListener("keydown", this.onkey);
  }

  build() {
    this.innerHTML = `<dialog aria-label="Aller à">
      <label class="form-label" for="palette-q">Page, établissement, site ou unité</label>
      <input class="form-control" id="palette-q" type="text" role="combobox" autocomplete="off" aria-expanded="true"
        aria-controls="palette-liste" aria-autocomplete="list" spellcheck="false">
      <ul id="palette-liste" role="listbox" aria-label="Résultats"></ul>
      <p class="visually-hidden" role="status" aria-live="polite"></p>
    </dialog>`;
    this.dialog = this.querySelector("dialog");
    this.input = this.querySelector("input");
    this.list = this.querySelector("ul");
    this.status = this.querySelector("[role=status]");
    this.input.addEventListener("input", () => {
      clearTimeout(this.timer);
      this.timer = setTimeout(() => this.search(), WAIT);
    });
    this.input.addEventListener("keydown", (event) => this.key(event));
    this.list.addEventListener("click", (event) => this.go(event.target.closest("li")));
    this.dialog.addEventListener("click", (event) => event.target === this.dialog && this.dialog.close());
  }

  show() {
    if (!this.dialog) this.build();
    if (this.dialog.open) return;
    this.dialog.showModal();
    this.input.select();
    this.search();
  }

  async search() {
    const query = this.input.value;
    this.pending?.abort();
    this.pending = new AbortController();
    try {
      const answer = await fetch(`${this.dataset.url}?q=${encodeURIComponent(query)}`, { signal: this.pending.signal });
      if (!answer.ok || answer.redirected) throw new Error(String(answer.status));
      this.fill((await answer.json()).resultats, query);
    } catch (error) {
      if (error.name === "AbortError") return;
      this.list.replaceChildren();
      this.status.textContent = "La recherche ne répond pas.";
    }
  }

  fill(results, query) {
    this.list.replaceChildren(
      ...results.map((result, index) => {
        const item = document.createElement("li");
        item.id = `palette-${index}`;
        item.setAttribute("role", "option");
        item.dataset.url = result.url;
        const name = document.createElement("span");
        name.textContent = result.titre;
        const kind = document.createElement("small");
        kind.textContent = result.genre;
        item.append(name, kind);
        return item;
      }),
    );
    this.status.textContent = results.length ? `${results.length} résultats` : `Rien ne correspond à « ${query} »`;
    this.choose(0);
  }

  choose(index) {
    const items = [...this.list.children];
    this.index = items.length ? (index + items.length) % items.length : -1;
    items.forEach((item, rank) => item.setAttribute("aria-selected", String(rank === this.index)));
    const chosen = items[this.index];
    if (chosen) {
      this.input.setAttribute("aria-activedescendant", chosen.id);
      chosen.scrollIntoView({ block: "nearest" });
    } else {
      this.input.removeAttribute("aria-activedescendant");
    }
  }

  key(event) {
    if (event.key === "ArrowDown") this.choose(this.index + 1);
    else if (event.key === "ArrowUp") this.choose(this.index - 1);
    else if (event.key === "Enter") this.go(this.list.children[this.index]);
    else return;
    event.preventDefault();
  }

  go(item) {
    if (item) location.assign(item.dataset.url);
  }
}

customElements.define("archipel-palette", ArchipelPalette);
