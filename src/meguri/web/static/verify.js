// The log verified in the visitor's browser, from its public files alone (C2SP tlog-tiles, RFC 6962 hashes, Ed25519).
// Every line is hashed and held against its tile, every level of tiles rebuilt up to the root that the log has signed,
// and every recording against its recorder's signature.

const WIDTH = 256;
const settings = document.querySelector("[data-verifier]")?.dataset;
const text = new TextDecoder("utf-8", { fatal: true });
const bytes = new TextEncoder();

class Fault extends Error {
  constructor(kind, values = {}) { super(kind); this.kind = kind; this.values = values; }
}

// Hashes

const joined = (...parts) => {
  const whole = new Uint8Array(parts.reduce((sum, part) => sum + part.length, 0));
  let at = 0;
  for (const part of parts) { whole.set(part, at); at += part.length; }
  return whole;
};
const sha256 = async (data) => new Uint8Array(await crypto.subtle.digest("SHA-256", data));
const leafHash = (entry) => sha256(joined(new Uint8Array([0]), entry));
const nodeHash = (left, right) => sha256(joined(new Uint8Array([1]), left, right));
const same = (one, other) => one.length === other.length && one.every((byte, place) => byte === other[place]);
const fromBase64 = (told) => Uint8Array.from(atob(told), (one) => one.charCodeAt(0));
const toBase64 = (held) => btoa(String.fromCharCode(...held));

// The root of hashes (RFC 6962): the largest power of two on the left.
async function rootOf(hashes) {
  if (!hashes.length) return sha256(new Uint8Array());
  let row = hashes;
  while (row.length > 1) {
    const above = [];
    for (let place = 0; place + 1 < row.length; place += 2) above.push(nodeHash(row[place], row[place + 1]));
    const made = await Promise.all(above);
    if (row.length % 2) made.push(row.at(-1));
    row = made;
  }
  return row[0];
}

// Files of the log

const part = (n, width) => {
  const digits = String(n).padStart(Math.ceil(String(n).length / 3) * 3, "0");
  const groups = digits.match(/\d{3}/g);
  return `${groups.map((group, place) => (place < groups.length - 1 ? `x${group}` : group)).join("/")}${width < WIDTH ? `.p/${width}` : ""}`;
};

async function read(file, signal) {
  let reply;
  try {
    reply = await fetch(`${settings.log}${file}`, { signal, cache: file === "checkpoint" ? "no-store" : "default" });
  } catch (fault) {
    if (fault.name === "AbortError") throw fault;
    throw new Fault("unreachable", { file });
  }
  if (!reply.ok) throw new Fault("unreachable", { file });
  return new Uint8Array(await reply.arrayBuffer());
}

function entriesOf(bundle) {
  const entries = [];
  for (let at = 0; at + 2 <= bundle.length;) {
    const end = at + 2 + bundle[at] * 256 + bundle[at + 1];
    if (end > bundle.length) break;
    entries.push(bundle.subarray(at + 2, end));
    at = end;
  }
  return entries;
}

const hashesOf = (tile) => Array.from({ length: tile.length / 32 }, (_, place) => tile.subarray(place * 32, place * 32 + 32));

function eventIn(entry) {
  return /"event":"([0-9a-f-]{36})"/.exec(new TextDecoder().decode(entry))?.[1] ?? "–";
}

// Signatures

const canSign = crypto.subtle?.importKey("raw", new Uint8Array(32).fill(1), { name: "Ed25519" }, false, ["verify"]).then(() => true, () => false);

function keyOf(vkey) {
  const [, name, id, encoded] = /^(.+)\+([0-9a-f]{8})\+(.+)$/.exec(vkey);
  return { name, id, signer: `${name}+${id}`, raw: fromBase64(encoded).subarray(1) };
}

async function signed(key, message, signature) {
  key.imported ??= await crypto.subtle.importKey("raw", key.raw, { name: "Ed25519" }, false, ["verify"]);
  return crypto.subtle.verify({ name: "Ed25519" }, key.imported, signature, message);
}

async function checkpointOf(note) {
  const end = note.lastIndexOf("\n\n");
  const body = note.slice(0, end + 1);
  const [origin, size, root] = body.split("\n");
  const key = keyOf(settings.vkey);
  const line = note.slice(end + 2).split("\n").find((one) => one.startsWith(`— ${key.name} `) && hexOf(fromBase64(one.split(" ").at(-1)).subarray(0, 4)) === key.id);
  if (end < 0 || !line || origin !== key.name) throw new Fault("signature");
  if (await canSign && !await signed(key, bytes.encode(body), fromBase64(line.split(" ").at(-1)).subarray(4))) throw new Fault("signature");
  return { origin, size: Number(size), root: fromBase64(root) };
}

const hexOf = (held) => [...held].map((byte) => byte.toString(16).padStart(2, "0")).join("");

// The whole log

async function verifyLog(progress, signal) {
  const { origin, size, root } = await checkpointOf(text.decode(await read("checkpoint", signal)));
  const keys = new Map(settings.recorders.split(" ").filter(Boolean).map((vkey) => [keyOf(vkey).signer, keyOf(vkey)]));
  const levels = [[]];
  const state = { open: [], recordings: 0, origin, keys };
  for (let n = 0; n * WIDTH < size; n += 1) {
    if (signal.aborted) throw new Fault("stopped", { done: n * WIDTH, all: size });
    const width = Math.min(WIDTH, size - n * WIDTH), file = `tile/entries/${part(n, width)}`;
    const [bundle, tile] = await Promise.all([read(file, signal), read(`tile/0/${part(n, width)}`, signal)]);
    const entries = entriesOf(bundle), told = hashesOf(tile);
    const leaves = await Promise.all(entries.map(leafHash));
    for (let place = 0; place < width; place += 1) {
      if (!leaves[place] || !told[place] || !same(leaves[place], told[place])) {
        throw new Fault("line", { line: n * WIDTH + place, file, event: entries[place] ? eventIn(entries[place]) : "–" });
      }
    }
    if (entries.length !== width) throw new Fault("line", { line: n * WIDTH + width, file, event: "–" });
    for (let place = 0; place < width; place += 1) await follow(entries[place], leaves[place], n * WIDTH + place, state);
    await climb(levels, 0, leaves, n, size, signal);
    progress(n * WIDTH + width, size);
  }
  if (state.open.length) throw new Fault("recording", { line: size - 1 });
  if (!same(await rootFrom(levels), root)) throw new Fault("root");
  return { size, root, recordings: state.recordings };
}

// A line is a statement, or closes the recording of those before it.
async function follow(entry, leaf, line, state) {
  const told = text.decode(entry);
  if (told.startsWith('{"commit":')) { state.open.push(leaf); return; }
  let closing;
  try { closing = JSON.parse(told); } catch { throw new Fault("recording", { line }); }
  const key = state.keys.get(closing.recorder);
  const right = closing.count === state.open.length && closing.root === toBase64(await rootOf(state.open));
  const message = bytes.encode(`meguri/recording/v1\n${state.origin}\n${closing.count}\n${closing.root}\n`);
  if (!right || !key || (await canSign && !await signed(key, message, fromBase64(closing.signature)))) throw new Fault("recording", { line });
  state.open = [];
  state.recordings += 1;
}

// `levels[k]` holds the hashes of the tile of level k that is not full yet; a full tile is one hash of the level above.
async function climb(levels, level, hashes, n, size, signal) {
  levels[level] = hashes;
  if (hashes.length < WIDTH) return;
  const above = levels[level + 1] ??= [];
  above.push(await rootOf(hashes));
  levels[level] = [];
  const known = Math.floor(size / WIDTH ** (level + 1)), at = Math.floor((n + 1) / WIDTH ** level) - 1;
  const place = at % WIDTH, tileN = Math.floor(at / WIDTH);
  const width = Math.min(WIDTH, known - tileN * WIDTH);
  if (place === width - 1) {
    const file = `tile/${level + 1}/${part(tileN, width)}`;
    const told = hashesOf(await read(file, signal));
    for (let one = 0; one < width; one += 1) {
      if (!told[one] || !same(told[one], above[one])) throw new Fault("tile", { file, line: (tileN * WIDTH + one) * WIDTH ** (level + 1) });
    }
    if (width === WIDTH) await climb(levels, level + 1, above, n, size, signal);
  }
}

// From the right edge: each tile that is not full stands to the right of those of the levels above.
async function rootFrom(levels) {
  let root = null;
  for (const hashes of levels) root = await mixed(hashes, root);
  return root ?? sha256(new Uint8Array());
}

// The root of complete trees of one size with a smaller one, or none, at their right.
async function mixed(hashes, smaller) {
  let right = smaller, row = hashes;
  while (row.length > 1 || (row.length === 1 && right)) {
    if (row.length === 1) return nodeHash(row[0], right);
    const above = [];
    for (let place = 0; place + 1 < row.length; place += 2) above.push(nodeHash(row[place], row[place + 1]));
    if (row.length % 2) right = right ? await nodeHash(row.at(-1), right) : row.at(-1);
    row = await Promise.all(above);
  }
  return row[0] ?? right ?? null;
}

// One event by its proof (C2SP tlog-proof)

async function verifyEvent(id) {
  const address = `/api/v1/events/${id}`;
  const fetched = await Promise.all([fetch(`${address}/proof`), fetch(`${address}/receipt`)]).catch(() => []);
  if (fetched.length < 2 || fetched.some((reply) => !reply.ok)) throw new Fault("unreachable", { file: address });
  const [proof, receipt] = [await fetched[0].text(), await fetched[1].json()];
  const end = proof.indexOf("\n\n");
  const lines = proof.slice(0, end).split("\n").slice(1).filter((line) => !line.startsWith("extra "));
  const index = Number(lines.shift().slice("index ".length));
  const { size, root } = await checkpointOf(proof.slice(end + 2));
  const entry = bytes.encode(receipt.entry);
  const computed = await climbed(await leafHash(entry), index, size, lines.map(fromBase64));
  if (!computed || !same(computed, root) || eventIn(entry) !== id) throw new Fault("unproven");
  return { line: index, all: size };
}

// RFC 9162, section 2.1.3.2
async function climbed(leaf, index, size, path) {
  if (index >= size) return null;
  let here = index, last = size - 1, hash = leaf;
  for (const beside of path) {
    if (!last) return null;
    if (here % 2 || here === last) {
      hash = await nodeHash(beside, hash);
      while (here % 2 === 0 && here) { here = Math.floor(here / 2); last = Math.floor(last / 2); }
    } else {
      hash = await nodeHash(hash, beside);
    }
    here = Math.floor(here / 2);
    last = Math.floor(last / 2);
  }
  return last ? null : hash;
}

// The page

const said = (name, values = {}) =>
  Object.entries(values).reduce(
    (told, [key, value]) => told.replace(`{${key}}`, typeof value === "number" ? value.toLocaleString("en") : value),
    settings[`said${name[0].toUpperCase()}${name.slice(1)}`],
  );

function tell(place, told, holds = null) {
  place.textContent = told;
  place.classList.toggle("holds", holds === true);
  place.classList.toggle("fails", holds === false);
}

function failed(place, fault) {
  if (!(fault instanceof Fault)) throw fault;
  tell(place, said(fault.kind, fault.values), fault.kind === "stopped" || fault.kind === "unreachable" ? null : false);
}

function watchLog(section) {
  const [begin, cancel] = [section.querySelector("[data-begin]"), section.querySelector("[data-cancel]")];
  const [bar, place] = [section.querySelector("progress"), section.querySelector("[data-verdict]")];
  begin.hidden = false;
  begin.addEventListener("click", async () => {
    const stop = new AbortController();
    let done = 0, all = 0;
    cancel.onclick = () => stop.abort();
    [begin.hidden, cancel.hidden, bar.hidden] = [true, false, false];
    try {
      const told = await verifyLog((so, many) => {
        [done, all] = [so, many];
        [bar.value, bar.max] = [so, many];
        tell(place, said("running", { done, all }));
      }, stop.signal);
      const signatures = await canSign ? said("signed", { count: told.recordings }) : said("unsigned");
      tell(place, `${said("holds", { all: told.size, root: toBase64(told.root) })} ${signatures}`, true);
    } catch (fault) {
      failed(place, fault.name === "AbortError" ? new Fault("stopped", { done, all }) : fault);
    } finally {
      [begin.hidden, cancel.hidden, bar.hidden] = [false, true, true];
    }
  });
}

if (settings && self.crypto?.subtle) {
  for (const section of document.querySelectorAll("[data-verify-log]")) watchLog(section);
  for (const button of document.querySelectorAll("[data-verify-event]")) {
    const id = button.dataset.verifyEvent, place = document.querySelector(`[data-verdict="${id}"]`);
    button.hidden = false;
    button.addEventListener("click", async () => {
      try {
        const proven = await verifyEvent(id);
        tell(place, `${said("proven", proven)}${await canSign ? "" : ` ${said("unsigned")}`}`, true);
      } catch (fault) {
        failed(place, fault);
      }
    });
  }
}
