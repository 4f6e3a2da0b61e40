"""How a run's page looks, and the few lines that move its sliders and read its curves."""

STYLE = """
:root { color-scheme: light dark; --paper: #fbfbf9; --card: #fff; --ink: #1d2027; --soft: #6c717c; --rule: #e4e4df;
  --line: #2f6fde; --band: #2f6fde2e; --good: #1d7f4b; --bad: #b3372f; --mark: #fff4d0; }
@media (prefers-color-scheme: dark) { :root { --paper: #14161b; --card: #1b1e25; --ink: #e6e8ee; --soft: #9298a5;
  --rule: #2c303a; --line: #74a5ff; --band: #74a5ff30; --good: #5fc892; --bad: #ff8d84; --mark: #3b3416; } }
* { box-sizing: border-box; }
body { margin: 0 auto; padding: 2.5rem 1.25rem 4rem; max-width: 70rem; background: var(--paper); color: var(--ink);
  font: 15px/1.5 system-ui, -apple-system, "Segoe UI", Roboto, sans-serif; }
h1 { margin: .1rem 0; font-size: 2rem; letter-spacing: -.02em; }
h2 { margin: 2.75rem 0 .75rem; font-size: 1.15rem; }
h3 { margin: 1.25rem 0 .5rem; font-size: 1rem; }
header p, small { color: var(--soft); margin: 0; font-weight: normal; }
.status { display: inline-block; padding: .1rem .6rem; border: 1px solid; border-radius: 1rem; font-size: .8rem; }
.status.completed { color: var(--good); } .status.failed, .error { color: var(--bad) !important; }
dl, dd, figure { margin: 0; }
.tiles { display: flex; flex-wrap: wrap; gap: .75rem; margin-top: 1.25rem; }
.tiles div { flex: 1 1 14rem; padding: .8rem 1rem; background: var(--card); border: 1px solid var(--rule); border-radius: .6rem; }
.tiles dt { color: var(--soft); font-size: .8rem; } .tiles dd { font-size: 1.6rem; font-variant-numeric: tabular-nums; }
.grid { display: grid; gap: .75rem; grid-template-columns: repeat(auto-fill, minmax(min(20rem, 100%), 1fr)); align-items: start; }
figure { padding: .7rem .9rem; background: var(--card); border: 1px solid var(--rule); border-radius: .6rem; min-width: 0; }
figcaption { display: flex; justify-content: space-between; gap: 1rem; margin-bottom: .4rem; font-size: .9rem; }
output { color: var(--soft); font-variant-numeric: tabular-nums; white-space: nowrap; }
svg { display: block; width: 100%; overflow: visible; touch-action: pan-y; }
svg line { stroke: var(--rule); } svg text { fill: var(--soft); font-size: 10px; }
svg polygon { fill: var(--band); } svg polyline { fill: none; stroke: var(--line); stroke-width: 1.6; stroke-linejoin: round; }
svg circle { fill: var(--line); }
.gallery { grid-column: span 2; } @media (max-width: 46rem) { .gallery { grid-column: auto; } }
.gallery img, video { display: block; width: 100%; height: auto; image-rendering: pixelated; border-radius: .3rem; }
pre { margin: 0; max-height: 24rem; overflow: auto; white-space: pre-wrap; font-size: .85rem; }
.slider { display: flex; gap: .6rem; margin-top: .6rem; } .slider input { flex: 1; accent-color: var(--line); }
button { width: 2rem; border: 1px solid var(--rule); border-radius: .4rem; background: none; color: inherit; cursor: pointer; }
.scroll { overflow-x: auto; }
table { border-collapse: collapse; font-variant-numeric: tabular-nums; font-size: .9rem; }
th { color: var(--soft); font-weight: normal; } th, td { padding: .3rem .9rem .3rem 0; border-bottom: 1px solid var(--rule);
  text-align: right; white-space: nowrap; } th:first-child, td:first-child { text-align: left; }
.pairs { columns: 24rem auto; column-gap: 2.5rem; font-size: .9rem; }
.pairs div { display: flex; justify-content: space-between; gap: 1rem; padding: .2rem .3rem; break-inside: avoid;
  border-bottom: 1px solid var(--rule); }
.pairs dt { color: var(--soft); } .pairs dd { text-align: right; overflow-wrap: anywhere; } .changed { background: var(--mark); }
"""

SCRIPT = """
for (const gallery of document.querySelectorAll(".gallery")) {
  const items = [...gallery.querySelectorAll("[data-step]")], slider = gallery.querySelector("input");
  if (!slider) continue;
  const label = gallery.querySelector("output"), button = gallery.querySelector("button");
  let timer = 0;
  const show = n => {
    items.forEach((item, i) => { item.hidden = i !== n; });
    slider.value = n;
    label.textContent = items[n].dataset.step + " " + gallery.dataset.unit;
  };
  const stop = () => { clearInterval(timer); timer = 0; button.textContent = "▶"; };
  slider.addEventListener("input", () => { stop(); show(+slider.value); });
  button.addEventListener("click", () => {
    if (timer) return stop();
    button.textContent = "❚❚";
    timer = setInterval(() => show((+slider.value + 1) % items.length), 200);
  });
}
for (const curve of document.querySelectorAll(".curve")) {
  const points = curve.dataset.points.split(";").map(one => one.split(",").map(Number));
  const svg = curve.querySelector("svg"), here = curve.querySelector(".here"), label = curve.querySelector("output");
  const drawn = curve.querySelector("polyline").points, newest = label.textContent;
  svg.addEventListener("pointermove", event => {
    const x = (event.clientX - svg.getBoundingClientRect().left) * svg.viewBox.baseVal.width / svg.clientWidth;
    let n = 0;
    for (let i = 1; i < points.length; i++) if (Math.abs(drawn[i].x - x) < Math.abs(drawn[n].x - x)) n = i;
    here.setAttribute("cx", drawn[n].x); here.setAttribute("cy", drawn[n].y); here.setAttribute("visibility", "visible");
    label.textContent = points[n][1] + " at " + Math.round(points[n][0]).toLocaleString("en") + " " + curve.dataset.unit;
  });
  svg.addEventListener("pointerleave", () => { here.setAttribute("visibility", "hidden"); label.textContent = newest; });
}
"""
