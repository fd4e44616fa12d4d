// Charts that answer to the pointer: the server's drawing is replaced by the same drawing made here, and its rows can
// be swapped. The library loads once, after the first paint, and only where a chart comes near.

const views = new Map();
let library;
let words = new URLSearchParams(location.search);

export function begin(address) {
  library ??= { address, ready: null };
  const near = new IntersectionObserver(
    (entries) => {
      for (const entry of entries) {
        if (!entry.isIntersecting) continue;
        near.unobserve(entry.target);
        draw(entry.target);
      }
    },
    { rootMargin: "200px" },
  );
  for (const chart of document.querySelectorAll("[data-chart]")) near.observe(chart);
  addEventListener("resize", laid);
}

export function loaded() {
  library.ready ??= new Promise((resolve, reject) => {
    const script = document.createElement("script");
    script.src = library.address;
    script.onload = () => resolve(window.vegaEmbed);
    script.onerror = reject;
    document.head.append(script);
  });
  return library.ready;
}

export async function draw(chart) {
  const name = chart.dataset.chart;
  const picture = chart.querySelector(".picture");
  const width = Math.round(picture.clientWidth);
  if (!width || views.get(name)?.width === width) return;
  const asked = new URLSearchParams(words);
  asked.set("lang", document.documentElement.lang);
  asked.set("theme", "page");
  asked.set("width", String(Math.max(280, Math.min(width, 1120))));
  const held = { width, view: null };
  views.set(name, held);
  try {
    const [embed, reply] = await Promise.all([loaded(), fetch(`/api/charts/${name}.json?${asked}`)]);
    if (!reply.ok) throw new Error(reply.statusText);
    const place = document.createElement("div");
    place.className = "drawn";
    const { view } = await embed(place, await reply.json(), {
      ast: true, actions: false, renderer: "svg", defaultStyle: false, mode: "vega-lite",
      tooltip: (...told) => tip(picture, ...told),
    });
    const svg = place.querySelector("svg");
    svg.setAttribute("aria-hidden", "true");
    picture.querySelector(".drawn")?.remove();
    for (const old of picture.querySelectorAll(":scope > :not(.tip)")) old.hidden = true;
    picture.append(place);
    held.view?.finalize();
    held.view = view;
    years(chart, view);
    if (held.waiting) put(name, held.waiting);
    chart.dataset.interactive = "";
  } catch (fault) {
    views.delete(name);
    console.warn(`${name}: ${fault}`);
  }
}

// Put new rows into the charts drawn here; `query` is what a chart drawn later asks with.
export function renew(query, datasets) {
  words = query;
  for (const [name, rows] of Object.entries(datasets)) put(name, rows);
}

function put(name, rows) {
  const held = views.get(name);
  if (!held) return;
  if (!held.view) { held.waiting = rows; return; }
  const known = held.view.getState({ data: () => true, signals: () => false }).data;
  for (const [dataset, values] of Object.entries(rows)) {
    if (dataset in known) held.view.data(dataset, values);
  }
  held.view.runAsync();
}

// A chart that holds several years gets a slider for the one shown.
function years(chart, view) {
  const { signals, data } = view.getState({ data: () => true, signals: (name) => name === "year" });
  if (!("year" in signals)) return;
  let slider = chart.querySelector("[data-years]");
  if (!slider) {
    const held = new Set(Object.values(data).flat().map((row) => row?.year).filter(Number.isFinite));
    if (held.size < 2) return;
    const label = document.createElement("label");
    const shown = document.createElement("output");
    slider = document.createElement("input");
    Object.assign(slider, { type: "range", min: Math.min(...held), max: Math.max(...held), step: 1, value: signals.year });
    slider.dataset.years = "";
    label.className = "years";
    shown.textContent = signals.year;
    label.append(chart.dataset.year, slider, shown);
    chart.querySelector(".picture").after(label);
    slider.addEventListener("input", () => {
      shown.textContent = slider.value;
      views.get(chart.dataset.chart)?.view?.signal("year", Number(slider.value)).runAsync();
    });
  } else view.signal("year", Number(slider.value)).runAsync();
}

let settling;
function laid() {
  clearTimeout(settling);
  settling = setTimeout(() => {
    for (const name of views.keys()) {
      const chart = document.querySelector(`[data-chart="${name}"]`);
      if (chart) draw(chart);
    }
  }, 250);
}

function tip(picture, handler, event, item, value) {
  let box = picture.querySelector(":scope > .tip");
  if (!value) { if (box) box.hidden = true; return; }
  if (!box) {
    box = document.createElement("div");
    box.className = "tip";
    picture.append(box);
  }
  box.replaceChildren();
  const pairs = typeof value === "object" ? Object.entries(value) : [["", value]];
  for (const [label, text] of pairs) {
    const line = document.createElement("div");
    line.textContent = label ? `${label} ${text}` : String(text);
    box.append(line);
  }
  box.hidden = false;
  const place = picture.getBoundingClientRect();
  const x = event.clientX - place.left, y = event.clientY - place.top;
  box.style.left = `${Math.max(0, Math.min(x + 12, place.width - box.offsetWidth))}px`;
  box.style.top = `${y + 16}px`;
}
