// Sells one bill by Galla and hears of it by the webhook. Node 20, no packages.
//   GALLA=http://127.0.0.1:8086 TOKEN=… SECRET=… PORT=9000 node shop.mjs BILL-17 250.00
import { createHmac, randomUUID, timingSafeEqual } from "node:crypto";
import { existsSync, readFileSync, writeFileSync } from "node:fs";
import { createServer } from "node:http";

const { GALLA, TOKEN, SECRET, PORT } = process.env;
const [reference, rupees] = process.argv.slice(2);
if (!/^\d+(\.\d{1,2})?$/.test(rupees)) throw new Error(`${rupees}: write the amount like 250.00`);

async function call(method, path, body, key) {
  const headers = { Authorization: `Bearer ${TOKEN}` };
  if (key) headers["Idempotency-Key"] = key;
  if (body) headers["Content-Type"] = "application/json";
  for (;;) {
    let answer;
    try {
      answer = await fetch(GALLA + path, { method, headers, body: body && JSON.stringify(body) });
    } catch (lost) {
      await new Promise((again) => setTimeout(again, 1000)); // the same key: nothing is done twice
      continue;
    }
    const said = await answer.json();
    if (answer.ok) return said;
    if (answer.status < 500) throw new Error(`${said.detail}\n${said.next}`);
    await new Promise((again) => setTimeout(again, 1000));
  }
}

// 1. The key is on the disk before the sale is asked for: a program that dies in between asks for the same sale again.
const note = `${encodeURIComponent(reference)}.key`; // a bill may be INV/26-27/17
if (!existsSync(note)) writeFileSync(note, randomUUID());
const paise = Math.round(Number(rupees) * 100);
let sale = await call("POST", "/v1/sales", { amount_paise: paise, reference }, readFileSync(note, "utf8"));
console.log(`${sale.name} is open`);

// 2. The webhook says when something happened. What the sale is, the till is asked itself: so a message that is lost, late or
// comes twice does no harm.
let wake = () => {};
const receiver = createServer((req, res) => {
  const parts = [];
  req.on("data", (part) => parts.push(part));
  req.on("end", () => {
    const body = Buffer.concat(parts);
    const [t, ...sums] = (req.headers["galla-signature"] ?? "").split(",");
    const at = t.replace("t=", "");
    const right = createHmac("sha256", SECRET).update(`${at}.`).update(body).digest("hex");
    const known = sums.some((s) => s.length === 67 && timingSafeEqual(Buffer.from(s.slice(3)), Buffer.from(right)));
    if (!known || Math.abs(Date.now() / 1000 - at) > 300) {
      res.writeHead(403).end();
      return;
    }
    res.writeHead(204).end();
    for (const event of JSON.parse(body).events) {
      if (event.sale_id === sale.id && event.milestones) wake();
    }
  });
}).listen(PORT, "127.0.0.1");

// 3. Wait for the end. "closing" is no end: money may still come.
while (sale.phase !== "paid" && sale.phase !== "closed") {
  await new Promise((again) => {
    const poll = setTimeout(again, 5000);
    wake = () => (clearTimeout(poll), again());
  });
  sale = await call("GET", `/v1/sales/${sale.id}`);
}
receiver.close();
console.log(sale.phase === "paid" ? `${reference} is paid, RRN ${sale.rrn}` : `${reference} was not paid: ${sale.message}`);
