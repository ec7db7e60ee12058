// Makes the .bin files beside it: one receipt and one QR slip by each of three encoders nobody here wrote.
//
//   mkdir /tmp/encoders && cd /tmp/encoders && npm init -y
//   npm install receiptline@4.0.4 node-thermal-printer@4.6.1 @point-of-sale/receipt-printer-encoder@4.0.1
//   cp …/printer/printertest/testdata/encoders/make.mjs . && node make.mjs …/printer/printertest/testdata/encoders
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { createRequire } from 'node:module';

const require = createRequire(import.meta.url);
const out = process.argv[2];
const save = (name, bytes) => writeFileSync(join(out, name + '.bin'), Buffer.from(bytes));

const uri = 'upi://pay?pa=sharmastore.rzp@icici&pn=Sharma%20General%20Store&tr=EZY20261122000123ABCDEFGHIJ&am=1249.50&cu=INR&tn=Order%2017&mc=5411&x=1';
const rows = [
  ['Order', '17'], ['Invoice', 'INV/2026-27/0017'], ['Date', '22 Nov 2026 14:05'], ['Terminal', 'T1'],
  ['Status', 'SUCCESS'], ['RRN/UTR', '632612345678'], ['Payer', 'ra****@okaxis'],
];

// receiptline: a markdown of its own, QR always as graphics.
const receiptline = require('receiptline');
const printer = { cpl: 32, encoding: 'cp437', upsideDown: false, spacing: false, cutting: true, gamma: 1.8, command: 'escpos' };
save('receiptline-text', Buffer.from(receiptline.transform(
  '"^^Sharma General Store\n12 MG Road, Indore 452001\n---\n' + rows.map(([k, v]) => `${k}|${v.replaceAll('*', '\\x2a')}`).join('\n') + '\n^^^Rs.1,249.50\n---\nThank you\n', printer), 'binary'));
save('receiptline-qr', Buffer.from(receiptline.transform(`Scan with any UPI app\n{code:${uri.replaceAll('&', '&')}; option:qrcode,6,m}\n`, printer), 'binary'));

// node-thermal-printer: native QR; its drawer kick has three bytes where the command has five.
const { ThermalPrinter, PrinterTypes, CharacterSet } = require('node-thermal-printer');
const ntp = () => new ThermalPrinter({ type: PrinterTypes.EPSON, interface: 'tcp://127.0.0.1', width: 32, characterSet: CharacterSet.PC437_USA });
const a = ntp();
a.alignCenter(); a.bold(true); a.setTextDoubleHeight(); a.println('Sharma General Store'); a.setTextNormal(); a.bold(false); a.drawLine(); a.alignLeft();
for (const [k, v] of rows) a.leftRight(k, v);
a.setTextQuadArea(); a.println('Rs.1,249.50'); a.setTextNormal(); a.cut();
save('node-thermal-printer-text', a.getBuffer());
const b = ntp();
b.alignCenter(); b.println('Scan with any UPI app'); b.printQR(uri, { cellSize: 6, correction: 'M', model: 2 }); b.cut();
save('node-thermal-printer-qr', b.getBuffer());
const k = ntp();
k.openCashDrawer(); k.println('OK'); k.println('next line');
save('node-thermal-printer-kick', k.getBuffer());

// @point-of-sale/receipt-printer-encoder.
const { default: ReceiptPrinterEncoder } = await import('@point-of-sale/receipt-printer-encoder');
const rpe = () => new ReceiptPrinterEncoder({ language: 'esc-pos', columns: 32, feedBeforeCut: 4 }).initialize();
let c = rpe().align('center').bold(true).height(2).line('Sharma General Store').height(1).bold(false).rule().align('left');
for (const [key, v] of rows) c = c.line(key.padEnd(32 - v.length) + v);
save('receipt-printer-encoder-text', c.size(2, 2).line('Rs.1,249.50').size(1, 1).pulse().cut().encode());
save('receipt-printer-encoder-qr', rpe().align('center').line('Scan with any UPI app').qrcode(uri, { model: 2, size: 6, errorlevel: 'm' }).cut().encode());
