// <archipel-redaction data-version data-brouillon>: keeps a draft as one types, says who else is there, Ctrl+S saves,
// adds lines to tables. Without it the form saves all the same.
const PAUSE = 1200;
const SIGN = 20000;
const token = () => JSON.parse(document.body.getAttribute("hx-headers") || "{}")["X-CSRFToken"] || "";

class ArchipelRedaction extends HTMLElement {
  connectedCallback() {
    this.form = this.querySelector("form.redaction");
    if (!this.form || "lecture" in this.dataset) return;
    this.kept = this.querySelector("[data-garde]");
    this.presence = this.querySelector("[data-presence]");
    this.dirty = false;
    this.rows();
    this.form.addEventListener("input", () => this.typed());
    this.form.addEventListener("submit", () => { this.leaving = true; clearTimeout(this.pause); });
    this.onkeys = (event) => {
      if (!(event.ctrlKey || event.metaKey) || event.key.toLowerCase() !== "s") return;
      event.preventDefault();
      this.form.requestSubmit(this.form.querySelector("button[value=rester]"));
    };
    document.addEventListener("keydown", this.onkeys);
    this.onleave = (event) => { if (this.dirty && !this.leaving) event.preventDefault(); };
    addEventListener("beforeunload", this.onleave);
    this.sign = setInterval(() => this.send(true), SIGN);
    this.send(true);
  }

  disconnectedCallback() {
    clearInterval(this.sign);
    clearTimeout(this.pause);
    document.removeEventListener("keydown", this.onkeys);
    removeEventListener("beforeunload", this.onleave);
  }

  typed() {
    this.dirty = true;
    this.kept.textContent = "Modifié, pas encore gardé.";
    clearTimeout(this.pause);
    this.pause = setTimeout(() => this.send(false), PAUSE);
  }

  async send(onlyPresent) {
    if (this.leaving || (onlyPresent && document.hidden)) return;
    const body = onlyPresent ? new URLSearchParams({ acte: "present" }) : new URLSearchParams(new FormData(this.form));
    try {
      const answer = await fetch(this.dataset.brouillon, {
        method: "POST", body, headers: { "X-CSRFToken": token() }, credentials: "same-origin", redirect: "error",
      });
      const said = await answer.json();
      if (!answer.ok) throw new Error(said.message);
      this.told(said, onlyPresent);
    } catch (error) {
      if (!onlyPresent) this.kept.textContent = `Brouillon non gardé : ${error.message || "Archipel ne répond pas"}. Ne fermez pas cette page.`;
    }
  }

  told({ heure, version, auteur, presents }, onlyPresent) {
    if (!onlyPresent) {
      this.dirty = false;
      this.kept.textContent = `Brouillon gardé à ${heure}.`;
    }
    const there = presents.map((name) => `${name} est sur cette rubrique.`);
    if (version > Number(this.dataset.version)) {
      there.push(`${auteur} a enregistré la version ${version} : votre texte sera réuni au sien quand vous enregistrerez.`);
    }
    const sentence = there.join(" ");
    if (this.presence.textContent.trim() !== sentence) this.presence.textContent = sentence;
  }

  // Lines are numbered by their fields' names; an added one takes the next number.
  rows() {
    const table = this.querySelector("[data-lignes]");
    const add = this.querySelector("[data-ajouter]");
    const model = table?.tBodies[0].querySelector("tr[data-vide]");
    if (!model || !add) return;
    add.hidden = false;
    add.addEventListener("click", () => {
      const rank = table.tBodies[0].rows.length;
      const row = model.cloneNode(true);
      row.querySelectorAll("[name]").forEach((field) => {
        field.name = field.name.replace(/^ligne-\d+-/, `ligne-${rank}-`);
        if (field.type === "checkbox") field.checked = false;
        else field.value = "";
        if (field.hasAttribute("aria-label")) field.setAttribute("aria-label", field.getAttribute("aria-label").replace(/ligne \d+$/, `ligne ${rank + 1}`));
      });
      table.tBodies[0].append(row);
      row.querySelector("input:not([type=hidden]), select, textarea")?.focus();
    });
  }
}

customElements.define("archipel-redaction", ArchipelRedaction);
