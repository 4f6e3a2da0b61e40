"use strict";
// What every page uses: parts that refresh themselves, copying, filters, curves, slides, the command of a form.

const $ = (query, root = document) => root.querySelector(query);
const $$ = (query, root = document) => [...root.querySelectorAll(query)];

// A part with data-refresh is fetched again; when its data-state changes, the page has other buttons and is loaded anew.
for (const part of $$("[data-refresh]")) {
  let failures = 0;
  const wait = () => setTimeout(refresh, 1000 * (+part.dataset.every || 2) * (1 + Math.min(failures, 10)));
  const refresh = async () => {
    if (document.hidden || part.dataset.held) return wait();
    try {
      const answer = await fetch(part.dataset.refresh, { headers: { "x-part": "1" } });
      if (!answer.ok) throw new Error(answer.status);
      const text = await answer.text();
      failures = 0;
      const fresh = document.createElement("template");
      fresh.innerHTML = text;
      const state = $("[data-state]", fresh.content);
      if (part.dataset.state && state && state.dataset.state !== part.dataset.state) return location.reload();
      if (part.dataset.last !== text) {
        part.dataset.last = text;
        const focused = part.contains(document.activeElement) ? document.activeElement.id : "";
        part.replaceChildren(fresh.content);
        if (focused) document.getElementById(focused)?.focus();
      }
    } catch { failures += 1; }
    wait();
  };
  wait();
}

document.addEventListener("click", async event => {
  const button = event.target.closest("[data-copy]");
  if (!button) return;
  try { await navigator.clipboard.writeText(button.dataset.copy); button.textContent = "Copied"; }
  catch { getSelection().selectAllChildren(button.parentElement.querySelector("code")); button.textContent = "Selected"; }
  setTimeout(() => { button.textContent = "Copy"; }, 1500);
});

for (const input of $$("[data-filter]")) {
  input.addEventListener("input", () => {
    const words = input.value.toLowerCase().split(/\s+/).filter(Boolean);
    let found = 0;
    for (const entry of $$(input.dataset.filter)) {
      entry.hidden = !words.every(word => entry.dataset.text.includes(word));
      if (!entry.hidden) found += 1;
    }
    for (const group of $$("[data-group]")) group.hidden = !$(`${input.dataset.filter.split(" ").pop()}:not([hidden])`, group.querySelector("tbody") || group);
    const count = $("[data-found]");
    if (count) count.textContent = found;
  });
}

// The value of a curve under the pointer.
document.addEventListener("pointermove", event => {
  const curve = event.target.closest?.(".curve");
  for (const other of $$(".curve[data-newest]")) if (other !== curve) leave(other);
  const svg = curve && $("svg", curve);
  if (!svg || !svg.contains(event.target)) return;
  const points = curve.dataset.points.split(";").map(one => one.split(",").map(Number));
  const drawn = $("polyline", curve).points, label = $("output", curve), here = $(".here", curve);
  curve.dataset.newest ??= label.textContent;
  const x = (event.clientX - svg.getBoundingClientRect().left) * svg.viewBox.baseVal.width / svg.clientWidth;
  let n = 0;
  for (let i = 1; i < points.length; i++) if (Math.abs(drawn[i].x - x) < Math.abs(drawn[n].x - x)) n = i;
  here.setAttribute("cx", drawn[n].x); here.setAttribute("cy", drawn[n].y); here.setAttribute("visibility", "visible");
  label.textContent = `${points[n][1]} at ${Math.round(points[n][0]).toLocaleString("en")} ${curve.dataset.unit}`;
});
const leave = curve => {
  $("output", curve).textContent = curve.dataset.newest;
  $(".here", curve).setAttribute("visibility", "hidden");
  delete curve.dataset.newest;
};

// A slider over the steps of a picture. While it is moved, the part around it is not replaced.
document.addEventListener("input", event => {
  const slider = event.target.closest("[data-slides]");
  if (!slider) return;
  const one = JSON.parse(slider.dataset.slides)[+slider.value], figure = slider.closest("figure");
  const part = slider.closest("[data-refresh]");
  if (part) { if (+slider.value < +slider.max) part.dataset.held = "1"; else delete part.dataset.held; }
  $("img", figure).src = slider.dataset.base + one.file;
  $("output", figure).textContent = `${one.step.toLocaleString("en")} ${slider.dataset.unit}`;
});

// The preset's values stand in the fields, so another preset is another page.
for (const choice of $$("[data-go]")) choice.addEventListener("change", () => { location.href = choice.dataset.go + encodeURIComponent(choice.value); });

// The command that does what the form would do.
for (const form of $$("form[data-command]")) {
  const quoted = text => /^[\w@%+=:,./-]+$/.test(text) ? text : `'${text.replaceAll("'", `'"'"'`)}'`;
  const code = $(".command code", form), copy = $("[data-copy]", form);
  form.addEventListener("input", () => {
    const of = name => (form.elements[name]?.value || "").trim();
    const sweep = ["seeds", "jobs", "name"].some(of);
    const words = ["lab", sweep ? "sweep" : "run", of("task")];
    if (of("preset") !== "default") words.push("--preset", of("preset"));
    for (const field of form.elements) if (field.name.startsWith("set:") && field.value.trim()) words.push("--set", `${field.name.slice(4)}=${field.value}`);
    if (!sweep && of("seed") && of("seed") !== "0") words.push("--seed", of("seed"));
    for (const name of sweep ? ["seeds", "jobs", "name", "time", "threads"] : ["time", "threads"]) if (of(name)) words.push(`--${name}`, of(name));
    if (of("device") && of("device") !== "auto") words.push("--device", of("device"));
    code.textContent = copy.dataset.copy = words.map(quoted).join(" ") + form.dataset.place;
    copy.setAttribute("aria-label", `Copy command: ${copy.dataset.copy}`);
  });
}
