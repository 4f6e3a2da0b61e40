"use strict";
// The page of a model: what it can do is asked of its process; an input is drawn, typed or chosen and sent; the answer is shown.

const place = document.getElementById("try");
const load = async () => {
  const answer = await fetch(place.dataset.form, { headers: { "x-part": "1" } });
  place.innerHTML = await answer.text();
  for (const form of place.querySelectorAll("form")) start(form);
};

function start(form) {
  const result = form.querySelector(".result"), kind = form.dataset.kind;
  const canvas = form.querySelector("canvas") && drawing(form);
  let running = false, again = false, chosen = null;

  const options = query => {
    for (const field of form.querySelectorAll("[data-option]")) if (field.value.trim()) query.append("with", `${field.dataset.option}=${field.value}`);
    for (const box of form.querySelectorAll("[data-picture]")) if (box.checked) query.append("with", `${box.dataset.picture}=1`);
    return query;
  };
  const body = async query => {
    const text = form.querySelector("#text");
    if (canvas) return canvas.data(query);
    if (chosen && !(text && text.value.trim())) { query.set("name", chosen.name); return chosen; }
    if (kind !== "text") query.set("name", "input.csv");
    return text.value;
  };
  const send = async () => {
    if (running) { again = true; return; }
    running = true;
    result.classList.add("busy");
    form.setAttribute("aria-busy", "true");
    try {
      const query = options(new URLSearchParams());
      let address = form.dataset.apply, data;
      if (form.dataset.sample) {
        address = form.dataset.sample;
        for (const name of ["count", "seed", "label"]) { const field = form.querySelector(`#${name}`); if (field && field.value) query.set(name, field.value); }
      } else data = await body(query);
      if (!result.firstElementChild) result.innerHTML = "<progress aria-label='Working'></progress>";
      const answer = await fetch(`${address}?${query}`, { method: "POST", body: data, headers: { "x-part": "1" } });
      result.innerHTML = await answer.text();
    } catch (error) { result.textContent = `The server did not answer (${error.message}).`; }
    running = false;
    result.classList.remove("busy");
    form.removeAttribute("aria-busy");
    if (again) { again = false; send(); }
  };
  form.addEventListener("submit", event => { event.preventDefault(); send(); });
  form.addEventListener("keydown", event => { if (event.key === "Enter" && (event.ctrlKey || event.metaKey)) { event.preventDefault(); send(); } });
  form.querySelector("#again")?.addEventListener("click", () => { const seed = form.querySelector("#seed"); seed.value = +seed.value + 1; send(); });

  const file = form.querySelector("#file");
  const take = async one => {
    if (!one) return;
    if (canvas) { await canvas.show(one); send(); } else { chosen = one; const text = form.querySelector("#text"); if (text) text.value = ""; }
  };
  file?.addEventListener("change", () => take(file.files[0]));
  for (const name of ["dragover", "drop"]) form.addEventListener(name, event => { event.preventDefault(); if (name === "drop") take(event.dataTransfer.files[0]); });
  document.addEventListener("paste", event => { const one = [...event.clipboardData.files].find(each => each.type.startsWith("image/")); if (canvas && one) take(one); });

  let number = 0;
  form.querySelector("#example")?.addEventListener("click", async event => {
    event.target.disabled = true;
    try {
      const answer = await fetch(`${form.dataset.example}?number=${number++}`, { headers: { "x-part": "1" } });
      if (!answer.ok) { result.innerHTML = await answer.text(); return; }
      const given = await answer.json();
      if (canvas) await canvas.show(await (await fetch(given.picture)).blob(), true);
      else form.querySelector("#text").value = given.text;
      send();
    } finally { event.target.disabled = false; }
  });
  canvas?.changed(() => { if (form.querySelector("#live").checked) send(); });
}

// Drawing. A picture that was chosen and not drawn on is sent as the file it is.
function drawing(form) {
  const canvas = form.querySelector("canvas"), pen = canvas.getContext("2d", { willReadFrequently: true }), steps = [];
  const colour = form.querySelector("#colour"), width = form.querySelector("#width"), dark = form.querySelector("#dark");
  let file = null, last = null, notify = () => {};
  const keep = () => { steps.push(pen.getImageData(0, 0, canvas.width, canvas.height)); if (steps.length > 30) steps.shift(); };
  const clear = () => { file = null; pen.fillStyle = dark.checked ? "#000" : "#fff"; pen.fillRect(0, 0, canvas.width, canvas.height); };
  const at = event => {
    const box = canvas.getBoundingClientRect();
    return [(event.clientX - box.left) * canvas.width / box.width, (event.clientY - box.top) * canvas.height / box.height];
  };
  const stroke = point => {
    pen.strokeStyle = colour.value; pen.lineWidth = +width.value; pen.lineCap = pen.lineJoin = "round";
    pen.beginPath(); pen.moveTo(...last); pen.lineTo(...point); pen.stroke();
    last = point;
  };
  canvas.addEventListener("pointerdown", event => { canvas.setPointerCapture(event.pointerId); keep(); file = null; last = at(event); stroke(last); });
  canvas.addEventListener("pointermove", event => { if (last) for (const one of event.getCoalescedEvents?.() ?? [event]) stroke(at(one)); });
  for (const name of ["pointerup", "pointercancel"]) canvas.addEventListener(name, () => { if (last) { last = null; notify(); } });
  form.querySelector("#undo").addEventListener("click", () => { if (steps.length) { pen.putImageData(steps.pop(), 0, 0); file = null; notify(); } });
  form.querySelector("#clear").addEventListener("click", () => { keep(); clear(); });
  dark.addEventListener("change", () => { colour.value = dark.checked ? "#ffffff" : "#000000"; clear(); });
  clear();
  return {
    changed: callback => { notify = callback; },
    data: async query => {
      if (file) { query.set("name", file.name || "image"); return file; }
      query.set("name", "drawing.png");
      const small = document.createElement("canvas");
      small.width = small.height = +form.querySelector("#size").value;
      const copy = small.getContext("2d");
      copy.imageSmoothingQuality = "high";
      copy.drawImage(canvas, 0, 0, small.width, small.height);
      return new Promise(done => small.toBlob(done, "image/png"));
    },
    show: async one => {
      keep();
      const picture = await createImageBitmap(one), scale = Math.min(canvas.width / picture.width, canvas.height / picture.height);
      clear();
      pen.imageSmoothingEnabled = scale < 1;
      const size = [picture.width * scale, picture.height * scale];
      pen.drawImage(picture, (canvas.width - size[0]) / 2, (canvas.height - size[1]) / 2, ...size);
      file = one;
    },
  };
}

load().catch(error => { place.textContent = `The model's form could not be loaded (${error.message}).`; });
