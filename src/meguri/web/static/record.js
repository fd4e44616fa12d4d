// Recording with one hand: the camera reads the code, the form is sent in the background, and what cannot be sent waits.

import "./queue.js";

const queue = self.meguriQueue;
const language = document.documentElement.lang;
const panel = document.querySelector("[data-queue]");
const REMEMBERED = ["by", "country", "site"];
document.body.classList.add("alive");

if ("serviceWorker" in navigator) {
  navigator.serviceWorker.register("/sw.js", { scope: "/battery/" }).catch(() => {});
}

// What waits

const say = (name, values = {}) => {
  const told = panel.dataset[`said${name[0].toUpperCase()}${name.slice(1)}`];
  return Object.entries(values).reduce((text, [key, value]) => text.replace(`{${key}}`, value), told);
};

const recorded = new Map();

async function show() {
  const items = [];
  for (const item of await queue.all()) {
    if (item.done) {
      recorded.set(item.id, item.done);
      await queue.remove(item.id);
    } else {
      items.push(item);
    }
  }
  const waiting = items.filter((item) => !item.fault).length;
  const parts = [];
  if (waiting) parts.push(say("waiting", { count: waiting }));
  if (recorded.size) parts.push(say("sent", { count: recorded.size }));
  panel.hidden = !parts.length && !items.length;
  panel.dataset.waiting = waiting;
  panel.querySelector("[data-count]").textContent = parts.join(" · ");
  const list = panel.querySelector("[data-list]");
  list.replaceChildren(...items.map(line), ...[...recorded.values()].map(receipt));
}

function line(item) {
  const held = document.createElement("li");
  held.textContent = `${item.fields.battery} · ${item.fields.word} `;
  if (item.fault) {
    const why = document.createElement("small");
    why.textContent = say("refused", { reason: item.fault });
    const button = document.createElement("button");
    button.type = "button";
    button.textContent = say("discard");
    button.addEventListener("click", async () => { await queue.remove(item.id); await show(); });
    held.append(why, button);
  }
  return held;
}

function receipt(told) {
  const held = document.createElement("li"), link = document.createElement("a");
  link.href = told.page;
  link.textContent = say("open");
  held.append(`${told.receipt.battery} `, link);
  return held;
}

async function send() {
  await queue.send(language);
  await show();
}

addEventListener("online", send);
navigator.serviceWorker?.addEventListener("message", show);
addEventListener("pageshow", (event) => { if (event.persisted) renewed(); });
show().then(send);

// The form

const twoDigits = (number) => String(number).padStart(2, "0");

// UUIDv7: 48 bits of milliseconds, then random, so that a record sent twice is recorded once.
function newId() {
  const bytes = crypto.getRandomValues(new Uint8Array(16));
  let now = Date.now();
  for (let place = 5; place >= 0; place -= 1) { bytes[place] = now % 256; now = Math.floor(now / 256); }
  bytes[6] = (bytes[6] & 0x0f) | 0x70;
  bytes[8] = (bytes[8] & 0x3f) | 0x80;
  const digits = [...bytes].map((byte) => byte.toString(16).padStart(2, "0")).join("");
  return [digits.slice(0, 8), digits.slice(8, 12), digits.slice(12, 16), digits.slice(16, 20), digits.slice(20)].join("-");
}

function now(form) {
  const when = new Date(), minutes = -when.getTimezoneOffset(), ahead = Math.abs(minutes);
  const offset = `${minutes < 0 ? "-" : "+"}${twoDigits(Math.floor(ahead / 60))}:${twoDigits(ahead % 60)}`;
  const field = form.querySelector("[data-offset]");
  if (field instanceof HTMLSelectElement && ![...field.options].some((option) => option.value === offset)) {
    field.add(new Option(`UTC${offset}`, offset));
  }
  field.value = offset;
  form.querySelector("[data-time]").value = `${when.getFullYear()}-${twoDigits(when.getMonth() + 1)}-${twoDigits(when.getDate())}T${twoDigits(when.getHours())}:${twoDigits(when.getMinutes())}`;
}

function renewed() {
  for (const form of document.querySelectorAll("[data-record]")) form.querySelector("[data-id]").value = newId();
}

function begin(form) {
  const refused = document.querySelector("#fault");
  if (!refused) {
    form.querySelector("[data-id]").value = newId();
    now(form);
    for (const name of REMEMBERED) {
      const field = form.elements[name];
      if (field && !field.value) field.value = localStorage.getItem(`meguri.${name}`) ?? "";
    }
  }
  form.addEventListener("submit", async (event) => {
    event.preventDefault();
    const button = form.querySelector("button[type=submit]");
    button.disabled = true;
    const fields = Object.fromEntries([...new FormData(form)].filter(([, value]) => value !== ""));
    for (const name of REMEMBERED) if (fields[name]) localStorage.setItem(`meguri.${name}`, fields[name]);
    let reply = null;
    try {
      if (navigator.onLine) reply = await queue.post(fields, language);
    } catch (fault) {
      if (!(fault instanceof TypeError)) throw fault;
    }
    if (reply?.ok) {
      location.assign((await reply.json()).page);
    } else if (reply && reply.status < 500 && reply.status !== 429) {
      form.submit();
    } else {
      await keep(form, fields);
      button.disabled = false;
    }
  });
}

async function keep(form, fields) {
  delete fields.token;
  await queue.add(fields);
  form.querySelector("[data-id]").value = newId();
  await show();
  panel.querySelector("[data-count]").append(` ${say("kept")}`);
  panel.scrollIntoView({ block: "nearest" });
  const ready = await navigator.serviceWorker?.getRegistration("/battery/");
  ready?.sync?.register("meguri-send").catch(() => {});
}

for (const form of document.querySelectorAll("[data-record]")) begin(form);

// The page for where there is no connection: one form of all is shown

const chosen = document.querySelector("[data-offline-word]");
if (chosen) {
  const asked = new URLSearchParams(location.search);
  const battery = document.querySelector("[data-offline-battery]");
  battery.value = asked.get("battery") ?? "";
  if (asked.get("word")) chosen.value = asked.get("word");
  const choose = () => {
    for (const form of document.querySelectorAll("[data-offline]")) {
      form.hidden = form.dataset.offline !== chosen.value;
      form.elements.battery.value = battery.value;
    }
  };
  chosen.addEventListener("change", choose);
  battery.addEventListener("input", choose);
  choose();
}

// The code of the battery

const scan = document.querySelector("[data-scan]");
if (scan) {
  const status = scan.querySelector("[data-scanned]");
  const next = (code) => {
    status.textContent = say("found", { code });
    document.querySelector("#battery").value = code;
    document.querySelector("[data-battery]").requestSubmit();
  };
  const photo = scan.querySelector("[data-photo]");
  photo.addEventListener("change", () => { if (photo.files.length) scan.submit(); });
  if ("BarcodeDetector" in self && navigator.mediaDevices?.getUserMedia) live(scan, status, next);
}

async function live(form, status, next) {
  const wanted = ["qr_code", "data_matrix", "code_128"];
  const formats = (await BarcodeDetector.getSupportedFormats()).filter((name) => wanted.includes(name));
  if (!formats.length) return;
  const detector = new BarcodeDetector({ formats });
  const button = form.querySelector("[data-camera]"), video = form.querySelector("[data-video]");
  let stream = null;
  const stop = () => {
    stream?.getTracks().forEach((track) => track.stop());
    stream = null;
    video.hidden = true;
  };
  button.hidden = false;
  addEventListener("pagehide", stop);
  button.addEventListener("click", async () => {
    if (stream) { stop(); return; }
    try {
      stream = await navigator.mediaDevices.getUserMedia({ video: { facingMode: "environment" } });
    } catch {
      status.textContent = say("camera");
      return;
    }
    video.srcObject = stream;
    video.hidden = false;
    await video.play();
    while (stream) {
      const [found] = await detector.detect(video).catch(() => []);
      if (found?.rawValue) { stop(); next(found.rawValue); return; }
      await new Promise((resolve) => setTimeout(resolve, 150));
    }
  });
}
