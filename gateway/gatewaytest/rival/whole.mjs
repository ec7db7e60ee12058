// Makes every call of Razorpay's own client for Node.js that concerns a QR, a payment or a refund, against a calm simulator, and pays by the
// pretend phone. Prints the names of the calls that answered as one line of JSON; the first that fails ends it.
//
//	node whole.mjs RAZORPAY_URL MANAGE_URL KEY_ID KEY_SECRET
import Razorpay from "razorpay";

const [base, manage, key_id, key_secret] = process.argv.slice(2);
const rzp = new Razorpay({ key_id, key_secret });
rzp.api.rq.defaults.baseURL = base;
const done = [];

async function call(name, ask, holds) {
  const answer = await ask().catch((e) => { throw new Error(`${name}: ${JSON.stringify(e)}`); });
  if (!holds(answer)) throw new Error(`${name} answered ${JSON.stringify(answer)}`);
  done.push(name);
  return answer;
}

async function phone(payload, action) {
  const r = await fetch(new URL("/pay", manage), { method: "POST", body: JSON.stringify({ payload, action }) });
  if (!r.ok) throw new Error(`the phone: ${await r.text()}`);
}

async function set(path, body) {
  const r = await fetch(new URL(path, manage), { method: "POST", body });
  if (!r.ok) throw new Error(`${path}: ${await r.text()}`);
}

const now = Math.floor(Date.now() / 1000);
const create = { type: "upi_qr", name: "WHOLE1", usage: "single_use", fixed_amount: true, payment_amount: 25000, description: "Bill", close_by: now + 420, notes: { attempt: "WHOLE1" } };
const qr = await call("qrCode.create", () => rzp.qrCode.create(create), (a) => a.id.startsWith("qr_") && a.status === "active" && a.image_content);
await call("qrCode.fetch", () => rzp.qrCode.fetch(qr.id), (a) => a.id === qr.id);
await call("qrCode.all", () => rzp.qrCode.all({ from: now - 60, to: now + 60, count: 10, skip: 0 }), (a) => a.count === 1 && a.items[0].id === qr.id);
await call("qrCode.fetchAllPayments before", () => rzp.qrCode.fetchAllPayments(qr.id, { count: 10 }), (a) => a.count === 0);
await phone(qr.image_content, "pay");
const list = await call("qrCode.fetchAllPayments", () => rzp.qrCode.fetchAllPayments(qr.id), (a) => a.count === 1 && a.items[0].status === "captured");
const pay = list.items[0].id;
await call("qrCode.all by payment", () => rzp.qrCode.all({ payment_id: pay }), (a) => a.count === 1);
await call("payments.fetch", () => rzp.payments.fetch(pay), (a) => a.amount === 25000 && a.captured === true);
await call("payments.all", () => rzp.payments.all({ from: now - 60, to: now + 60, count: 10, skip: 0 }), (a) => a.count === 1);
await call("payments.fetchPaymentDowntime", () => rzp.payments.fetchPaymentDowntime(), (a) => a.count === 0);
const refund = await call("payments.refund", () => rzp.payments.refund(pay, { amount: 10000, speed: "normal", notes: { why: "returned" }, receipt: "WHOLE-R1" }), (a) => a.id.startsWith("rfnd_") && a.amount === 10000);
await call("payments.fetchMultipleRefund", () => rzp.payments.fetchMultipleRefund(pay, { count: 10 }), (a) => a.count === 1);
await call("payments.fetchRefund", () => rzp.payments.fetchRefund(pay, refund.id), (a) => a.id === refund.id);
await call("refunds.fetch", () => rzp.refunds.fetch(refund.id), (a) => a.payment_id === pay);
await call("refunds.all", () => rzp.refunds.all({ from: now - 60, to: now + 60, count: 10 }), (a) => a.count === 1);
await call("refunds.edit", () => rzp.refunds.edit(refund.id, { notes: { why: "other" } }), (a) => a.notes.why === "other");
const second = await call("qrCode.create to close", () => rzp.qrCode.create({ ...create, name: "WHOLE2" }), (a) => a.status === "active");
await call("qrCode.close", () => rzp.qrCode.close(second.id), (a) => a.status === "closed" && a.close_reason === "on_demand");
await call("a refusal", () => rzp.qrCode.fetch("qr_00000000000000").then(() => ({}), (e) => e), (e) => e.statusCode === 400 && e.error.description === "The id provided does not exist");
await call("update a QR", () => rzp.api.patch({ url: `/payments/qr_codes/${qr.id}`, data: { notes: { bill: "B7" } } }), (a) => a.id === qr.id && a.notes.bill === "B7");
await call("payments.edit", () => rzp.payments.edit(pay, { notes: { bill: "B7" } }), (a) => a.id === pay && a.notes.bill === "B7");
await call("qrCode.all by customer", () => rzp.qrCode.all({ customer_id: "cust_00000000000000" }), (a) => a.count === 0);
await set("/knobs", JSON.stringify({ stuck_auth: 100 }));
const third = await call("qrCode.create to capture", () => rzp.qrCode.create({ ...create, name: "WHOLE3" }), (a) => a.status === "active");
await phone(third.image_content, "pay");
const held = (await rzp.qrCode.fetchAllPayments(third.id)).items[0];
await call("payments.capture", () => rzp.payments.capture(held.id, 25000, "INR"), (a) => held.status === "authorized" && a.status === "captured");
await set("/downtime", JSON.stringify({ handle: "okbank", severity: "high", for: "10m" }));
const down = await call("payments.fetchPaymentDowntime of one", () => rzp.payments.fetchPaymentDowntime(), (a) => a.count === 1);
await call("payments.fetchPaymentDowntimeById", () => rzp.payments.fetchPaymentDowntimeById(down.items[0].id), (a) => a.id === down.items[0].id && a.status === "started");
console.log(JSON.stringify(done));
