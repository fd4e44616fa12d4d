// Records that wait for a connection: kept in IndexedDB under the event's id, sent oldest first, each recorded once.
// A record that was sent stays until a page has shown its receipt.
// Used by the recording pages and by the service worker.

self.meguriQueue = (() => {
  const NAME = "meguri", STORE = "waiting";

  const open = () => new Promise((resolve, reject) => {
    const asked = indexedDB.open(NAME, 1);
    asked.onupgradeneeded = () => asked.result.createObjectStore(STORE, { keyPath: "id" });
    asked.onsuccess = () => resolve(asked.result);
    asked.onerror = () => reject(asked.error);
  });

  async function within(mode, work) {
    const base = await open();
    try {
      return await new Promise((resolve, reject) => {
        const change = base.transaction(STORE, mode);
        const asked = work(change.objectStore(STORE));
        change.oncomplete = () => resolve(asked.result);
        change.onabort = change.onerror = () => reject(change.error);
      });
    } finally {
      base.close();
    }
  }

  const keep = (item) => within("readwrite", (store) => store.put(item));
  const add = (fields) => keep({ id: fields.id, fields, since: Date.now(), fault: "", done: null });
  const remove = (id) => within("readwrite", (store) => store.delete(id));
  const all = async () => (await within("readonly", (store) => store.getAll())).sort((a, b) => a.since - b.since);

  // The page itself tells the token that a form of this server carries now.
  async function token() {
    const reply = await fetch("/battery/record", { headers: { accept: "text/html" }, cache: "no-store" });
    if (!reply.ok) throw new Error(`${reply.status}`);
    return /name="token" value="([0-9a-f]+)"/.exec(await reply.text())?.[1] ?? "";
  }

  async function post(fields, language) {
    const query = language === "en" ? "?lang=en" : "";
    return fetch(`/battery/record${query}`, {
      method: "POST",
      headers: { accept: "application/json", "accept-language": language || "ja" },
      body: new URLSearchParams(fields),
    });
  }

  // Sends what waits. What the ledger refuses stays, with its reason, until someone decides.
  async function send(language) {
    const locks = self.navigator?.locks;
    return locks ? locks.request("meguri-send", () => sendAll(language)) : sendAll(language);
  }

  async function sendAll(language) {
    const waiting = (await all()).filter((item) => !item.fault && !item.done);
    if (!waiting.length) return;
    try {
      const known = await token();
      for (const item of waiting) {
        const reply = await post({ ...item.fields, token: known }, language);
        if (reply.ok) {
          await keep({ ...item, done: await reply.json() });
        } else if (reply.status >= 500 || reply.status === 429) {
          break;
        } else {
          const told = await reply.json();
          await keep({ ...item, fault: [told.what, ...(told.problems ?? []), told.mend].filter(Boolean).join(" — ") });
        }
      }
    } catch (fault) {
      if (!(fault instanceof TypeError) && !/^\d+$/.test(fault.message)) throw fault;
    }
  }

  return { add, remove, all, send, post };
})();
