// Entry point: the components of the screens. Pages work without it; it makes them live and quick.
import "./age.js";
import "./live.js";
import "./table.js";
import "./palette.js";
import "./print.js";
import "./theme-choice.js";
import "./notices.js";
import "./names.js";
import "./menus.js";
import "./chart.js";
