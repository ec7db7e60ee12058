// A shop's program in TypeScript, over the types that openapi-typescript makes of the document: it opens, waits,
// cancels, refunds and exports. GALLA is the box's address, TOKEN a paired device's.
import createClient from "openapi-fetch";
declare const process: { env: Record<string, string | undefined> };
import type { components, paths } from "./galla.js";

const galla = createClient<paths>({
  baseUrl: process.env.GALLA!,
  headers: { Authorization: `Bearer ${process.env.TOKEN}` },
});
const key = () => ({ "Idempotency-Key": crypto.randomUUID() });

function whole<T>(answer: { data?: T; error?: components["schemas"]["Problem"] }): T {
  if (answer.error || answer.data === undefined) {
    throw new Error(JSON.stringify(answer.error));
  }
  return answer.data;
}

async function open(amount_paise: number, reference: string) {
  return whole(await galla.POST("/v1/sales", { params: { header: key() }, body: { amount_paise, reference } }));
}

async function until(id: string, done: (s: components["schemas"]["Sale"]) => boolean) {
  for (let i = 0; i < 150; i++) {
    const sale = whole(await galla.GET("/v1/sales/{id}", { params: { path: { id } } }));
    if (done(sale)) {
      return sale;
    }
    await new Promise((r) => setTimeout(r, 200));
  }
  throw new Error(`${id} does not come so far`);
}

const paid = await open(25000, "TS-1");
await until(paid.id, (s) => s.phase === "paid");

const gone = await open(99900, "TS-2");
whole(await galla.POST("/v1/sales/{id}/cancel", { params: { path: { id: gone.id }, header: key() } }));
await until(gone.id, (s) => s.phase === "closed" && s.close_reason === "cancelled");

whole(await galla.POST("/v1/sales/{id}/refunds", {
  params: { path: { id: paid.id }, header: key() },
  body: { amount_paise: 10000 },
}));
await until(paid.id, (s) => s.refunds.some((r) => r.amount_paise === 10000 && r.status === "processed"));

const csv = whole(await galla.GET("/v1/export", { params: { query: { format: "csv" } }, parseAs: "text" }));
if (!csv.includes("TS-1") || !csv.includes("TS-2")) {
  throw new Error("the export lacks a sale");
}

const none = await galla.GET("/v1/sales/{id}", { params: { path: { id: "0000000000NONE" } } });
if (none.error?.status !== 404 || !none.error.next) {
  throw new Error(`a sale that isn't there was answered ${JSON.stringify(none)}`);
}

// Nothing new since a moment ago is a 304; an event in between makes it a whole answer.
async function unchanged() {
  for (let i = 0; i < 20; i++) {
    const first = await galla.GET("/v1/sales/{id}", { params: { path: { id: gone.id } } });
    const tag = first.response.headers.get("ETag") ?? "";
    const again = await galla.GET("/v1/sales/{id}", { params: { path: { id: gone.id } }, headers: { "If-None-Match": tag } });
    if (tag !== "" && again.response.status === 304 && again.response.headers.get("ETag") === tag) {
      return;
    }
  }
  throw new Error("what is the same is sent again");
}
await unchanged();

const last = await galla.POST("/v1/sales", { params: { header: key() }, body: { amount_paise: 500, reference: "TS-3" } });
if (!last.response.headers.get("RateLimit")?.startsWith('"sales";r=')) {
  throw new Error(`what is left is ${last.response.headers.get("RateLimit")}`);
}
console.log("done");
