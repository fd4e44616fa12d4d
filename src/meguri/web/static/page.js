// What every page does beyond reading: the language switch keeps the assumptions, and richer parts load when needed.

const bundle = document.documentElement.dataset.bundle;

for (const link of document.querySelectorAll("[data-keep-options]")) {
  link.addEventListener("click", () => {
    const here = new URLSearchParams(location.search);
    here.set("lang", link.hreflang);
    link.href = `${location.pathname}?${here}`;
  });
}

const charts = document.querySelectorAll("[data-chart]");
if (charts.length && bundle) {
  const begin = () => import("./charts.js").then((module) => module.begin(bundle));
  const whenIdle = window.requestIdleCallback ?? ((task) => setTimeout(task, 600));
  const afterPaint = () => setTimeout(() => whenIdle(begin, { timeout: 4000 }), 300);
  if (document.readyState === "complete") afterPaint();
  else addEventListener("load", afterPaint, { once: true });
}

const form = document.querySelector("[data-assumptions]");
if (form) import("./live.js").then((module) => module.begin(form));
