package printer

// words are the fixed texts of the slips in one language.
type words struct {
	payByUPI, scan, payee, payBefore, notReceipt                        string
	receipt, customerCopy, merchantCopy, mode, status, success, payer   string
	payment, sale, override, computer                                   string // override has one %s: who
	order, bill, invoice, date, terminal, cashier, phone, demo          string
	xReport, zReport, from, to, printed, paidSales, refunds, net        string
	pending, attention, resolve, selfTest, profile, port, line, answers string
	chain, highest, reconciliation, day, asked, incomplete              string
	ours, theirs, agrees, differs, reversed, returned                   string
	id, refund, kept, wentBack, underWay, askedFor, notKnown            string // the last four: how a refund stands
}

// refundStatus is how a refund stands, in at most 10 letters: a date stands beside it on 32 columns. "" for an unknown
// status.
func (w *words) refundStatus(status string) string {
	return map[string]string{"processed": w.wentBack, "pending": w.underWay,
		"asked": w.askedFor, "unknown": w.notKnown}[status]
}

var english = &words{
	payByUPI: "PAY BY UPI", scan: "Scan with any UPI app", payee: "Pay to", payBefore: "Pay before",
	notReceipt: "NOT A RECEIPT. Pay, then collect your receipt.",
	receipt:    "PAYMENT RECEIPT", customerCopy: "CUSTOMER COPY", merchantCopy: "MERCHANT COPY", mode: "Paid by",
	status: "Status", success: "SUCCESS",
	payer: "Payer", payment: "Payment", sale: "Sale", override: "Marked paid by %s, not confirmed by the gateway",
	computer: "Computer generated, no signature needed.",
	order:    "Order", bill: "Bill", invoice: "Invoice", date: "Date", terminal: "Terminal", cashier: "Cashier",
	phone: "Phone", demo: "DEMO - NOT REAL MONEY",
	xReport: "X REPORT", zReport: "Z REPORT", from: "From", to: "To", printed: "Printed", paidSales: "Paid",
	refunds: "Refunded", net: "NET",
	pending: "Still open, carried over", attention: "Needs a decision",
	resolve:  "Resolve the sales above at the counter.",
	selfTest: "PRINTER TEST", profile: "Profile", port: "Port", line: "Line", answers: "Answers",
	chain: "Chain", highest: "highest", reconciliation: "GATEWAY CHECK",
	day: "Business day", asked: "Asked", incomplete: "Not all was asked",
	ours: "Here", theirs: "Gateway", agrees: "Both agree.", differs: "NOT THE SAME: see above.",
	reversed: "Sent back by others", returned: "Came again",
	id: "ID", refund: "Refund", kept: "Net paid",
	wentBack: "sent back", underWay: "under way", askedFor: "asked for", notKnown: "not known",
}

var hindi = &words{
	payByUPI: "UPI से भुगतान करें", scan: "किसी भी UPI ऐप से स्कैन करें", payee: "प्राप्तकर्ता",
	payBefore:  "इस समय तक भुगतान करें",
	notReceipt: "यह रसीद नहीं है। भुगतान करके रसीद लें।",
	receipt:    "भुगतान रसीद", customerCopy: "ग्राहक प्रति", merchantCopy: "दुकान प्रति", mode: "माध्यम",
	status: "स्थिति", success: "सफल",
	payer: "भुगतानकर्ता", payment: "भुगतान", sale: "बिक्री", override: "%s ने भुगतान दर्ज किया, गेटवे से पुष्टि नहीं",
	computer: "कंप्यूटर से बनी रसीद, हस्ताक्षर आवश्यक नहीं।",
	order:    "ऑर्डर", bill: "बिल", invoice: "इनवॉइस", date: "दिनांक", terminal: "टर्मिनल", cashier: "कैशियर",
	phone: "फ़ोन", demo: "डेमो - असली पैसे नहीं",
	xReport: "X रिपोर्ट", zReport: "Z रिपोर्ट", from: "कब से", to: "कब तक", printed: "छपाई", paidSales: "भुगतान हुआ",
	refunds: "वापसी", net: "कुल शेष",
	pending: "अभी बाकी, आगे ले गए", attention: "निर्णय बाकी", resolve: "ऊपर की बिक्रियों पर काउंटर पर निर्णय लें।",
	selfTest: "प्रिंटर जाँच", profile: "प्रोफ़ाइल", port: "पोर्ट", line: "लाइन", answers: "उत्तर",
	chain: "श्रृंखला", highest: "सबसे अधिक", reconciliation: "गेटवे से मिलान", day: "कारोबारी दिन", asked: "पूछा गया",
	incomplete: "सब नहीं पूछा गया",
	ours:       "यहाँ", theirs: "गेटवे", agrees: "दोनों समान हैं।", differs: "समान नहीं: ऊपर देखें।",
	reversed: "दूसरों ने लौटाया", returned: "फिर आया",
	id: "ID", refund: "वापसी", kept: "शुद्ध भुगतान", wentBack: "लौटाया गया", underWay: "भेजा जा रहा",
	askedFor: "अनुरोध हुआ", notKnown: "पता नहीं",
}

// wordsOf returns the texts of a language; an unknown one gets English, because a slip in the wrong language is better
// than none.
func wordsOf(language string) *words {
	if language == "hi" {
		return hindi
	}
	return english
}
