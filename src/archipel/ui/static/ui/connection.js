// One event stream for the whole page: what it follows, who is told, and what the page says when it is cut.
import { now } from "./age.js";

const address = document.querySelector('meta[name="archipel-events"]')?.content;
const followers = new Map(); // element -> { topics: Set, changed(sujets), refresh() }
const POLL = 15000;
const PATIENCE = 1000;

let source = null;
let opened = "";
let planned = 0;
let polling = 0;
let cut = 0;
let lastPicture = now();

const clock = (moment) =>
  new Intl.DateTimeFormat("fr-FR", { hour: "2-digit", minute: "2-digit", timeZone: "Europe/Paris" }).format(moment);

// "Hors ligne" is about the picture: it shows when neither the stream nor a refresh brings news.
const show = (state) => {
  if (document.documentElement.dataset.connexion === state) return;
  document.documentElement.dataset.connexion = state;
  const banner = document.getElementById("hors-ligne");
  if (!banner) return;
  const image = banner.querySelector("[data-image]");
  if (image) image.textContent = clock(lastPicture);
  banner.hidden = state !== "hors-ligne";
};

export const pictureTaken = () => {
  lastPicture = now();
  show(source?.readyState === 1 ? "en-ligne" : "releve");
};

export const pictureFailed = () => show("hors-ligne");

const refreshAll = () => followers.forEach((follower) => follower.refresh());

const poll = (on) => {
  if (on && !polling) polling = setInterval(refreshAll, POLL);
  if (!on && polling) polling = clearInterval(polling) || 0;
};

const wanted = () => [...new Set([...followers.values()].flatMap((follower) => [...follower.topics]))].sort().join(" ");

const lost = () => {
  if (!cut) cut = setTimeout(() => { refreshAll(); poll(true); }, PATIENCE);
};

const open = () => {
  planned = 0;
  const topics = wanted();
  if (source && opened === topics) return;
  source?.close();
  source = null;
  opened = topics;
  if (!followers.size) return;
  if (!window.EventSource || !address) return poll(true);
  const stream = (source = new EventSource(`${address}?topics=${encodeURIComponent(topics)}`, { withCredentials: true }));
  let first = true;
  stream.addEventListener("open", () => {
    clearTimeout(cut);
    const returned = cut || polling || !first;
    cut = 0;
    first = false;
    poll(false);
    show("en-ligne");
    if (returned) refreshAll();
  });
  stream.addEventListener("changement", (event) => {
    const { sujets, tout } = JSON.parse(event.data);
    const subjects = new Set(sujets);
    followers.forEach((follower) => {
      if (tout || !follower.topics.size || [...follower.topics].some((topic) => subjects.has(topic))) follower.changed();
    });
  });
  stream.addEventListener("resync", refreshAll);
  stream.addEventListener("fin", () => { stream.close(); location.reload(); });
  stream.addEventListener("error", () => {
    lost();
    if (stream.readyState === EventSource.CLOSED && source === stream) {
      source = null;
      opened = "";
      setTimeout(plan, POLL);
    }
  });
};

const plan = () => { planned ||= setTimeout(open, 20); };

export const follow = (element, follower) => { followers.set(element, follower); plan(); };
export const unfollow = (element) => { followers.delete(element); plan(); };

addEventListener("offline", () => show("hors-ligne"));
addEventListener("online", refreshAll);
addEventListener("pagehide", () => { source?.close(); source = null; opened = ""; });
addEventListener("pageshow", (event) => { if (event.persisted) { plan(); refreshAll(); } });
document.addEventListener("visibilitychange", () => { if (!document.hidden && source?.readyState !== 1) refreshAll(); });
