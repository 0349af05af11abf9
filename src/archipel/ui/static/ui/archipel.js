// Entry point: the components of the screens. Pages work without it; it makes them live and quick.
import "./age.js";
