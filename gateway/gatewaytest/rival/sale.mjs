// Takes sales with Razorpay's own client for Node.js, by the calls that a sale of Galla makes: create, then payments and QR
// until the payments say captured. Prints what it measured as one line of JSON.
//
//	node sale.mjs BASE_URL KEY_ID KEY_SECRET WARM-UP SALES
import Razorpay from "razorpay";

const [base, key_id, key_secret, warm, sales] = process.argv.slice(2);
const rzp = new Razorpay({ key_id, key_secret });
rzp.api.rq.defaults.baseURL = base;

async function sale(n) {
  const qr = await rzp.qrCode.create({
    type: "upi_qr", usage: "single_use", fixed_amount: true, payment_amount: 25000, name: `RIVAL${process.pid}N${n}`,
    description: "Bill", close_by: Math.floor(Date.now() / 1000) + 420, notes: { attempt: `RIVAL${process.pid}N${n}`, sale: `S${n}`, terminal: "T1" },
  });
  for (let poll = 1; poll <= 50; poll++) {
    const payments = await rzp.qrCode.fetchAllPayments(qr.id, { count: 100, skip: 0 });
    if (payments.items.some((p) => p.status === "captured" && p.amount === 25000)) return;
    await rzp.qrCode.fetch(qr.id);
  }
  throw new Error(`QR ${qr.id} was never paid`);
}

for (let n = 0; n < +warm; n++) await sale(n);
await fetch(new URL("/mark/begin", base), { method: "POST" });
const start = process.hrtime.bigint();
for (let n = 0; n < +sales; n++) await sale(`x${n}`);
const took = Number(process.hrtime.bigint() - start);
await fetch(new URL("/mark/end", base), { method: "POST" });
console.log(JSON.stringify({ ns: took }));
