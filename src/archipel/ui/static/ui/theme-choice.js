// <archipel-theme>: the choice of theme applies at once and is remembered by the server.
class ArchipelTheme extends HTMLElement {
  connectedCallback() {
    const form = this.querySelector("form");
    const select = this.querySelector("select");
    select?.addEventListener("change", () => {
      document.documentElement.dataset.themeChoisi = select.value;
      window.archipelTheme?.();
      fetch(this.dataset.url, { method: "POST", body: new FormData(form), credentials: "same-origin", redirect: "manual" });
    });
  }
}

customElements.define("archipel-theme", ArchipelTheme);
