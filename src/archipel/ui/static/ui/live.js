// <archipel-live data-url data-topics>: asks again for its fragment when what it shows has changed.
// At most once a second, never under the user's hand: focus, selection in a form, open menus and scroll stay.
import { follow, pictureFailed, pictureTaken, unfollow } from "./connection.js";

const EVERY = 1000;
const HINT = 2000;

const snapshot = (root) =>
  new Map([...root.querySelectorAll("[data-key]")].map((node) => [node.dataset.key, fingerprint(node)]));

// Ages tick by themselves: they are not a change.
const fingerprint = (node) => {
  const copy = node.cloneNode(true);
  copy.querySelectorAll("archipel-age, time, [data-key]").forEach((part) => part.remove());
  copy.classList.remove("change");
  copy.querySelectorAll(".change").forEach((part) => part.classList.remove("change"));
  [copy, ...copy.querySelectorAll("[data-sort], [data-rang]")].forEach((part) => {
    part.removeAttribute("data-sort");
    part.removeAttribute("data-rang");
  });
  copy.querySelectorAll('input[name="csrfmiddlewaretoken"]').forEach((part) => part.remove());
  return `${[...copy.attributes].map((a) => `${a.name}=${a.value}`).join(" ")}|${copy.innerHTML.replace(/\s+/g, " ")}`;
};

const FOCUSABLE = "a[href], button, input, summary, [tabindex]";

// While somebody points at the picture, what they see keeps its place: newcomers go to the end of their list.
const keyedLists = (root) => [...root.querySelectorAll("tbody, [data-liste]")];
const lists = (root) => keyedLists(root).map((list) => [...list.children].map((node) => node.dataset.key).filter(Boolean));

const settle = (list, keys) => {
  if (!list || !keys.length) return;
  const place = new Map(keys.map((key, rank) => [key, rank]));
  const nodes = [...list.children];
  const rank = (node) => place.get(node.dataset.key) ?? Infinity;
  const sorted = [...nodes].sort((a, b) => (rank(a) === rank(b) ? 0 : rank(a) - rank(b)));
  if (sorted.some((node, index) => node !== nodes[index])) list.append(...sorted);
};

class ArchipelLive extends HTMLElement {
  connectedCallback() {
    this.last = 0;
    this.timer = 0;
    this.waiting = false;
    this.topics = new Set((this.dataset.topics || "").split(/\s+/).filter(Boolean));
    follow(this, { topics: this.topics, changed: () => this.soon(), refresh: () => this.soon() });
    this.onfocusout = () => this.waiting && setTimeout(() => this.waiting && this.soon(), 50);
    this.addEventListener("focusout", this.onfocusout);
    this.addEventListener("dragend", this.onfocusout);
    this.addEventListener("htmx:afterRequest", this.onfocusout);
  }

  disconnectedCallback() {
    clearTimeout(this.timer);
    unfollow(this);
  }

  // Somebody is typing, choosing, dragging, or waiting for an answer in here: the new picture waits. A form taken away
  // before its answer came would lose the notice that goes with it.
  busy() {
    if (this.querySelector("[data-occupe], dialog[open], details[data-menu][open], .htmx-request")) return true;
    const active = document.activeElement;
    if (!active || !this.contains(active)) return false;
    return active.matches("input:not([type=checkbox]):not([type=radio]), select, textarea, [contenteditable]");
  }

  soon() {
    if (this.timer) return;
    this.timer = setTimeout(() => { this.timer = 0; this.load(); }, Math.max(0, this.last + EVERY - performance.now()));
  }

  async load() {
    if (this.loading) return this.soon();
    if (this.busy()) { this.waiting = true; return; }
    this.waiting = false;
    this.loading = true;
    this.last = performance.now();
    const url = this.dataset.url || location.pathname + location.search;
    try {
      const answer = await fetch(url, {
        headers: { "HX-Request": "true", "HX-Current-URL": location.href, "Archipel-Live": "1" },
        credentials: "same-origin",
      });
      const elsewhere = answer.headers.get("HX-Redirect");
      if (elsewhere || answer.redirected) return location.reload();
      if (!answer.ok) throw new Error(String(answer.status));
      this.swap(await answer.text());
      pictureTaken();
    } catch {
      pictureFailed();
    } finally {
      this.loading = false;
    }
  }

  swap(html) {
    if (this.busy()) { this.waiting = true; return; }
    const before = snapshot(this);
    const held = this.matches(":hover") || this.contains(document.activeElement) ? lists(this) : [];
    const keep = this.position();
    this.innerHTML = html;
    window.htmx?.process(this);
    held.forEach((keys, rank) => settle(keyedLists(this)[rank], keys));
    this.restore(keep);
    for (const [key, print] of snapshot(this)) {
      if (before.size && before.get(key) !== print) this.hint(key);
    }
    this.dispatchEvent(new CustomEvent("archipel:image", { bubbles: true }));
  }

  position() {
    const active = document.activeElement;
    const inside = active && active !== this && this.contains(active);
    const keyed = inside ? active.closest("[data-key]") : null;
    const scrolls = [...this.querySelectorAll("[data-defile], .table-cadre")].map((node) => [node.scrollLeft, node.scrollTop]);
    const open = [...this.querySelectorAll("details[id][open]")].map((node) => node.id);
    if (!inside) return { scrolls, open };
    const around = keyed || this;
    return {
      scrolls,
      open,
      id: active.id && !/^tableau-/.test(active.id) ? CSS.escape(active.id) : null,
      key: keyed?.dataset.key,
      rank: [...around.querySelectorAll(FOCUSABLE)].indexOf(active),
      text: active.textContent.trim(),
      page: [scrollX, scrollY],
    };
  }

  restore({ scrolls, open, id, key, rank, text, page }) {
    open.forEach((name) => { const node = document.getElementById(name); if (node) node.open = true; });
    [...this.querySelectorAll("[data-defile], .table-cadre")].forEach((node, index) => {
      if (scrolls[index]) [node.scrollLeft, node.scrollTop] = scrolls[index];
    });
    let target = id ? this.querySelector(`#${id}`) : null;
    if (!target && key) {
      const keyed = this.querySelector(`[data-key="${CSS.escape(key)}"]`);
      target = rank < 0 ? keyed : keyed?.querySelectorAll(FOCUSABLE)[rank] || keyed;
    } else if (!target && rank >= 0) {
      const same = this.querySelectorAll(FOCUSABLE)[rank];
      target = same?.textContent.trim() === text ? same : null;
    }
    target?.focus({ preventScroll: true });
    if (page) scrollTo(...page);
  }

  hint(key) {
    const node = this.querySelector(`[data-key="${CSS.escape(key)}"]`);
    if (!node) return;
    node.classList.add("change");
    setTimeout(() => node.classList.remove("change"), HINT);
  }
}

customElements.define("archipel-live", ArchipelLive);
