// Assumptions that answer while one drags: the server runs the ensemble again, texts and charts take the new figures,
// and the address bar holds the assumptions. One question at a time; the latest one wins.

import { renew } from "./charts.js";

const STALE_AFTER_MS = 400;
let form, running = null, wanted = false, settled;

export function begin(element) {
  form = element;
  form.classList.add("alive");
  form.querySelector("[data-submit]").hidden = true;
  for (const slider of form.querySelectorAll("[data-slider]")) {
    slider.hidden = false;
    const field = form.elements[slider.dataset.slider];
    slider.addEventListener("input", () => { field.value = slider.value; ask(); });
    field.addEventListener("input", () => {
      const middle = Number(field.value.split("..").at(Math.floor(field.value.split("..").length / 2)));
      if (field.value !== "" && Number.isFinite(middle)) slider.value = middle;
      ask();
    });
  }
  for (const field of form.querySelectorAll("select, input[type=date]")) field.addEventListener("input", ask);
  form.addEventListener("submit", (event) => { event.preventDefault(); ask(); });
  for (const choice of form.querySelectorAll("[data-choice]")) {
    choice.addEventListener("click", (event) => {
      event.preventDefault();
      if ("alone" in choice.dataset) clear();
      const [name, value] = choice.dataset.choice.split("=");
      set(name, value);
      ask();
    });
  }
  form.querySelector("[data-reset]").addEventListener("click", (event) => { event.preventDefault(); clear(); ask(); });
  addEventListener("popstate", () => location.reload());
}

function set(name, value) {
  form.elements[name].value = value;
  const slider = form.querySelector(`[data-slider="${name}"]`);
  if (slider) slider.value = value;
}

function clear() {
  for (const field of form.querySelectorAll("input:not([type=range]):not([type=hidden]), select")) {
    if (field instanceof HTMLSelectElement) field.selectedIndex = 0;
    else field.value = "";
  }
  for (const slider of form.querySelectorAll("[data-slider]")) slider.value = slider.defaultValue;
}

export function query() {
  const words = new URLSearchParams();
  for (const [name, value] of new FormData(form)) {
    if (value !== "" && name !== "lang" && !(name === "method" && value === "meguri")) words.set(name, value);
  }
  return words;
}

function ask() {
  wanted = true;
  if (running && performance.now() - running.since > STALE_AFTER_MS) running.abort.abort();
  if (!running) run();
}

async function run() {
  wanted = false;
  const words = query();
  running = { abort: new AbortController(), since: performance.now() };
  document.body.classList.add("waiting");
  try {
    const asked = new URLSearchParams(words);
    asked.set("lang", document.documentElement.lang);
    const reply = await fetch(`${form.dataset.live}?${asked}`, { signal: running.abort.signal });
    const told = await reply.json();
    if (reply.ok) show(words, told);
    else say([told.what, told.mend].filter(Boolean).join(" — "), true);
  } catch (fault) {
    if (fault.name !== "AbortError") say(form.dataset.unreachable, true);
  } finally {
    running = null;
    if (wanted) run();
    else document.body.classList.remove("waiting");
  }
}

function show(words, told) {
  for (const [place, text] of Object.entries(told.texts)) {
    for (const element of document.querySelectorAll(`[data-live="${place}"]`)) element.textContent = text;
  }
  for (const [name, message] of Object.entries(told.messages)) {
    const picture = document.querySelector(`[data-chart="${name}"] .picture`);
    picture?.setAttribute("aria-label", message);
  }
  renew(words, told.rows);
  for (const control of form.querySelectorAll("[data-control]")) {
    control.classList.toggle("set", form.elements[control.dataset.control].value !== "");
  }
  const here = new URLSearchParams(words);
  const language = new URLSearchParams(location.search).get("lang");
  if (language) here.set("lang", language);
  history.replaceState(null, "", here.size ? `?${here}` : location.pathname);
  for (const link of document.querySelectorAll("[data-with-options]")) {
    const address = new URL(link.href);
    const kept = ["lang", "theme", "width"].map((name) => [name, address.searchParams.get(name)]);
    address.search = new URLSearchParams([...words, ...kept.filter(([, value]) => value !== null)]);
    link.href = address;
  }
  say("");
  clearTimeout(settled);
  settled = setTimeout(() => { say(told.said); tables(words); }, 500);
}

// Tables that are open follow at rest; a closed one is fetched when it is opened.
function tables(words) {
  for (const table of document.querySelectorAll("[data-rows-of]")) {
    const details = table.closest("details");
    const fill = async () => {
      const asked = new URLSearchParams(words);
      asked.set("lang", document.documentElement.lang);
      const reply = await fetch(`${form.dataset.tables}${table.dataset.rowsOf}?${asked}`);
      if (reply.ok) table.innerHTML = await reply.text();
    };
    if (details?.open) fill();
    else if (details) details.ontoggle = () => { details.ontoggle = null; fill(); };
  }
}

function say(text, problem = false) {
  const line = form.querySelector("[data-status]");
  line.textContent = text;
  line.classList.toggle("problem-line", problem);
}
