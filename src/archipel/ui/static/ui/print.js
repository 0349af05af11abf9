// <archipel-print>: a button that prints what is on the screen; the print sheet dates it.
class ArchipelPrint extends HTMLElement {
  connectedCallback() {
    if (this.querySelector("button")) return;
    const button = document.createElement("button");
    button.type = "button";
    button.className = "btn no-print";
    button.textContent = this.dataset.label || "Imprimer";
    button.addEventListener("click", () => print());
    this.append(button);
  }
}

customElements.define("archipel-print", ArchipelPrint);
