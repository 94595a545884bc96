// Keeps the map live, and turns the sketch into one that can be moved, where the browser can draw that.
import { keepLive } from "/static/live.js";

const VENDOR = "/static/vendor/maplibre/";
const view = document.getElementById("map-gl");
const sketch = document.getElementById("map-sketch");
const button = document.getElementById("map-zoom");
const failed = document.getElementById("map-failed");
let map = null;
let maplibre = null;
let markers = [];

const canDraw = () => Boolean(document.createElement("canvas").getContext("webgl2"));

const colour = (name) => getComputedStyle(document.documentElement).getPropertyValue(name).trim();

const json = async (address) => {
  const answer = await fetch(address, { cache: "no-store" });
  if (!answer.ok) throw new Error(String(answer.status));
  return answer.json();
};

const element = (kind, text, note = "") => {
  const found = document.createElement("div");
  found.className = kind;
  const name = document.createElement("span");
  name.textContent = text;
  found.append(name);
  if (note) {
    const small = document.createElement("small");
    small.textContent = note;
    found.append(small);
  }
  return found;
};

// Vehicles that stand together share a label: a fleet at one site is one line, not thirty on top of each other.
const grouped = (features) => {
  const groups = new Map();
  for (const feature of features) {
    const key = feature.geometry.coordinates.map((one) => one.toFixed(3)).join(" ");
    if (!groups.has(key)) groups.set(key, []);
    groups.get(key).push(feature);
  }
  return groups.values();
};

const MOST_TOGETHER = 2;

const label = (features) => {
  const names = features.slice(0, MOST_TOGETHER).map((one) => one.properties.name);
  const more = features.length - names.length;
  const states = new Set(features.map((one) => one.properties.state));
  const note = features.length === 1 ? features[0].properties.old : "";
  const state = states.size === 1 ? [...states][0] : "mixed";
  return element(`gl-fix ${state}`, names.join(", ") + (more ? ` +${more}` : ""), note);
};

// A large fleet comes in pages: no answer grows with it.
const fixes = async () => {
  const features = [];
  let after = "";
  do {
    const page = await json(`${view.dataset.liveFrom}?after=${encodeURIComponent(after)}`);
    features.push(...page.features);
    after = page.after;
  } while (after);
  return features;
};

const showVehicles = async () => {
  if (!map) return;
  const found = await fixes();
  for (const one of markers) one.remove();
  markers = [...grouped(found)].map((features) =>
    new maplibre.Marker({ element: label(features), anchor: "top-left" })
      .setLngLat(features[0].geometry.coordinates).addTo(map));
};

const style = (ground) => ({
  version: 8,
  sources: { ground: { type: "geojson", data: ground } },
  layers: [
    { id: "paper", type: "background", paint: { "background-color": colour("--paper") } },
    { id: "areas", type: "fill", source: "ground", filter: ["==", ["get", "what"], "area"],
      paint: { "fill-color": colour("--bad"), "fill-opacity": 0.15 } },
    { id: "roads", type: "line", source: "ground",
      filter: ["all", ["==", ["get", "what"], "road"], ["!=", ["get", "state"], "closed"]],
      paint: { "line-color": ["case", ["get", "used"], colour("--accent"), colour("--quiet")],
        "line-width": ["case", ["get", "used"], 4, 1.5] } },
    { id: "closed", type: "line", source: "ground",
      filter: ["all", ["==", ["get", "what"], "road"], ["==", ["get", "state"], "closed"]],
      paint: { "line-color": colour("--bad"), "line-width": 2, "line-dasharray": [1, 2] } },
    { id: "sites", type: "circle", source: "ground", filter: ["==", ["get", "what"], "site"],
      paint: { "circle-radius": 5, "circle-color": colour("--ink"), "circle-stroke-color": colour("--paper"),
        "circle-stroke-width": 1.5 } },
  ],
});

const MOST_NAMED = 60;

const begin = async () => {
  const [library, ground] = await Promise.all([import(`${VENDOR}maplibre-gl.js`), json(view.dataset.ground)]);
  maplibre = library;
  maplibre.setWorkerUrl(new URL(`${VENDOR}maplibre-gl-worker.js`, location.href).href);
  const sheet = document.createElement("link");
  sheet.rel = "stylesheet";
  sheet.href = `${VENDOR}maplibre-gl.css`;
  document.head.append(sheet);
  const sites = ground.features.filter((one) => one.properties.what === "site");
  const bounds = new maplibre.LngLatBounds();
  for (const site of sites) bounds.extend(site.geometry.coordinates);
  const { title, closer, farther } = view.dataset;
  map = new maplibre.Map({
    container: view, style: style(ground), attributionControl: false, maxPitch: 0,
    locale: { "Map.Title": title, "NavigationControl.ZoomIn": closer, "NavigationControl.ZoomOut": farther },
  });
  map.addControl(new maplibre.NavigationControl({ showCompass: false }));
  map.addControl(new maplibre.ScaleControl());
  map.fitBounds(bounds, { padding: 60, animate: false, maxZoom: 15 });
  if (sites.length <= MOST_NAMED) {
    for (const site of sites) {
      const name = element("gl-site", site.properties.name);
      new maplibre.Marker({ element: name, anchor: "bottom" }).setLngLat(site.geometry.coordinates).addTo(map);
    }
  }
  await map.once("load");
  await showVehicles();
  view.dataset.ready = "yes";
};

if (canDraw() && sketch.querySelector("svg")) {
  document.getElementById("map-switch").hidden = false;
  button.addEventListener("click", async () => {
    const on = button.getAttribute("aria-pressed") !== "true";
    button.setAttribute("aria-pressed", String(on));
    view.hidden = !on;
    sketch.hidden = on;
    failed.hidden = true;
    if (!on || map) return;
    try {
      await begin();
    } catch {
      failed.hidden = false;
      view.hidden = true;
      sketch.hidden = false;
      map = null;
      button.setAttribute("aria-pressed", "false");
    }
  });
}

keepLive("/map/now" + location.search, showVehicles);
