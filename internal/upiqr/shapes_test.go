package upiqr

import (
	"slices"
	"strings"
	"testing"
)

// shapes are the forms that gateways, banks and apps were seen to write, in public code and public pages, with payees
// of our own invention. All are judged for a sale of ₹3.00; refused holds a part of the refusal, empty where the code
// may be shown.
var shapes = []struct{ name, payload, refused string }{
	{"razorpay dynamic, am first form", "upi://pay?ver=01&mode=15&pa=rzr.qrnilgiritea1@icic&pn=NilgiriTea&" +
		"tr=RZPAb12Cd34Ef56Ghqrv2&cu=INR&mc=5411&qrMedium=04&tn=PaymenttoNilgiriTea&am=3", ""},
	{"razorpay with invoice", "upi://pay?pa=rzr.qrnilgiritea2@icic&pn=NilgiriTea&tr=RZPAb12Cd34Ef56Giqrv2&" +
		"tn=PaymenttoNilgiriTea&cu=INR&mc=5811&am=3&invoiceNo=B7&invoiceDate=2026-11-29T13:42:35+05:30&" +
		"invoiceName=Asha&gstIn=22AAAAA0000A1Z5&gstBrkUp=GST:40%7CSGST:20%7CCGST:20%7CCESS:0", ""},
	{"razorpay static medium 19", "upi://pay?ver=01&mode=19&pa=nilgiri123.rzp@icici&pn=NILGIRI&" +
		"tr=RZPZz12Cd34Ef56Giqrv2&cu=INR&mc=5651&qrMedium=04&tn=PaymenttoNILGIRI&am=3.00", ""},
	{"razorpay intent", "upi://pay?am=3.00&cu=INR&mc=5262&mode=04&pa=nilgiri.rzp@rxaxis&pn=Nilgiri&" +
		"tid=NIL36c10fe7aa7411f1bcd0b1f2916a821&tn=paymentcreate&tr=NU1AJqAF1W29N1", ""},
	{"payu dynamic with expiry", "upi://pay?pa=nilgiri.payu@hdfcbank&pn=Nilgiri&tr=403993715000001&" +
		"tid=PPPL403993715000001&am=3.00&cu=INR&tn=UPIIntent&QRts=2026-11-29T17:33:19+05:30&" +
		"QRexpire=2026-11-29T17:48:19+05:30&qrMedium=06", ""},
	{"payu with empty split", "upi://pay?pa=nilgiri.payu@hdfcbank&pn=Nilgiri&tr=403993715000002&am=3.00&cu=INR&split=",
		""},
	{"payu with a split of nothing", "upi://pay?pa=nilgiri.payu@hdfcbank&pn=Nilgiri&tr=403993715000003&am=3.00&" +
		"cu=INR&split=CCONFEE:0.00|PCONFEE:0", ""},
	{"phonepe intent without cu", "upi://pay?pa=NILGIRIONLINE@ybl&pn=Nilgiri&am=3.00&mam=3.00&tr=OM2611291200000001&" +
		"tn=Payment%20for%20OM2611291200000001&mc=5311&mode=04&purpose=00", ""},
	{"phonepe static without cu", "upi://pay?pa=Q123456789@ybl&pn=PhonePeMerchant&mc=0000&mode=02&purpose=00&am=3", ""},
	{
		"paytm without cu",
		"upi://pay?pa=paytmqr281005050101nilgiri@paytm&pn=Paytm%20Merchant&paytmqr=281005050101NILGIRI&am=3.00",
		"",
	},
	{
		"paytm signed",
		"upi://pay?pa=paytmqr5nilgiri@ptys&pn=Nilgiri&mc=5411&mode=02&orgid=000000&paytmqr=5NILGIRI&" +
			"sign=MEUCIQDa+b/c=&am=3.00",
		"",
	},
	{
		"paytm all in one",
		"upi://pay?pa=paytm-nilgiri@paytm&pn=Nilgiri%20Tea&mc=5499&tr=PTM2611290001&am=3.00&cu=INR&tn=bill%207",
		"",
	},
	{
		"fastag without cu",
		"upi://pay?pa=netc.KA01AB1234@idfcnetc&pn=NETC%20FASTag&mode=02&purpose=00&orgid=159753&am=3",
		"",
	},
	{
		"kotak without cu",
		"upi://pay?pa=kmb.nilgiri77@kotak&pn=NILGIRI%20TEA&mc=5411&tr=KMB26112900001&tn=pay&am=3.00&mode=15",
		"",
	},
	{"iob without cu", "upi://pay?pa=nilgiritea.iob@iob&pn=NILGIRI&mc=5499&tr=IOB7&am=3.0", ""},
	{"bharatpe", "upi://pay?pa=BHARATPE.8000000001@fbpe&pn=BharatPe%20Merchant&cu=INR&tn=Pay%20to%20Nilgiri&" +
		"tr=WHATSAPP_QR&am=3", ""},
	{"sbi epay", "upi://pay?pa=sbiepay.1000003@sbi&pn=Nilgiri&mc=5411&tid=&tr=SBIEPAY0000003&tn=ePay&am=3.00&cu=INR&" +
		"refUrl=https://example.in/s&qrMedium=06", ""},
	{"sbi yono with empty mandate words", "upi://pay?pa=nilgiri@sbi&pn=Nilgiri&am=3.00&cu=INR&amrule=&recur=&" +
		"recurvalue=&recurtype=&validitystart=&validityend=", ""},
	{"idfc with orgid", "upi://pay?ver=01&mode=01&orgid=180071&pa=nilgiri@idfcbank&pn=NILGIRI&mc=5641&" +
		"mid=MID10300000001&mtid=TID10300000001A&qrMedium=04&tr=ORD2611290001&am=3.00&cu=INR&tn=order%201", ""},
	{"bank with mam equal, raw spaces in the name", "upi://pay?ver=01&mode=15&am=3.00&mam=3.00&cu=INR&" +
		"pa=nilgiri.tea@timecosmos&pn=A S " +
		"ENTERPRISES&mc=5611&tr=TIME0015839B54E7&mid=NILGIRI001&msid=NILGIRI001-TEA&mtid=NILGIRI001-TEA", ""},
	{"bank with mid, msid and an empty mtid", "upi://pay?ver=01&mode=15&am=3.00&cu=INR&" +
		"pa=nil.nilid0001.niltea01@cnrb&pn=NILGIRI&mc=6012&tr=SP261129&tn=pay&mid=NILID0001&msid=NILTEA01&mtid=", ""},
	{"html-escaped first separator, as one bank exports", "upi://pay?ver=01&amp;mode=01&pa=nilgiri.gscb@gscb&" +
		"pn=NILGIRI&cu=INR&am=3", ""},
	{"plus in the name and note", "upi://pay?pa=nilgiri@axl&pn=Nilgiri+Tea&mc=5816&tr=N1&tn=topup+1&cu=INR&am=3", ""},
	{"escaped at sign", "upi://pay?pa=nilgiri%40okhdfcbank&pn=Nilgiri&am=3.00&cu=INR", ""},
	{"querystring library", "upi://pay?pa=nilgiri%40oksbi&pn=Nilgiri%20Tea&tr=T1&am=3&tn=Bill%207&cu=INR", ""},
	{"lower case inr", "upi://pay?pa=nilgiri@okaxis&pn=Nilgiri&am=3.00&cu=inr", ""},
	{"empty cu", "upi://pay?pa=nilgiri@okaxis&pn=Nilgiri&am=3.00&cu=", ""},
	{"mam of nothing", "upi://pay?pa=nilgiri@okaxis&pn=Nilgiri&am=3.00&mam=0&cu=INR", ""},
	{"mam 0.00", "upi://pay?pa=nilgiri@okaxis&pn=Nilgiri&am=3.00&mam=0.00&cu=INR", ""},
	{"mam null", "upi://pay?pa=nilgiri@okaxis&pn=Nilgiri&am=3.00&mam=null&cu=INR", ""},
	{"mam empty", "upi://pay?pa=nilgiri@okaxis&pn=Nilgiri&am=3.00&mam=&cu=INR", ""},
	{"tip empty", "upi://pay?pa=nilgiri@okaxis&pn=Nilgiri&am=3.00&cu=INR&tip=", ""},
	{"tips false", "upi://pay?pa=nilgiri@okaxis&pn=Nilgiri&am=3.00&cu=INR&tips=false", ""},
	{"conf fee of nothing", "upi://pay?pa=nilgiri@okaxis&pn=Nilgiri&am=3.00&cu=INR&conFee=0", ""},
	{"txnType PAY", "upi://pay?pa=nilgiri@okaxis&pn=Nilgiri&am=3.00&cu=INR&txnType=PAY", ""},
	{"txnType empty", "upi://pay?pa=nilgiri@okaxis&pn=Nilgiri&am=3.00&cu=INR&txnType=", ""},
	{"block N", "upi://pay?pa=nilgiri@okaxis&pn=Nilgiri&am=3.00&cu=INR&block=N&rev=N", ""},
	{
		"cgst and gst words",
		"upi://pay?pa=nilgiri@okaxis&pn=Nilgiri&am=3.00&cu=INR&gstBrkUp=GST:16.90|CGST:08.45|SGST:08.45&gstPct=18",
		"",
	},
	{"icici eazypay", "upi://pay?pa=nilgiri.tea@icici&pn=NILGIRI%20TEA&tr=EZY261129&am=3.00&cu=INR&mc=5411", ""},
	{
		"hdfc smarthub",
		"upi://pay?pa=nilgiri.96000001@hdfcbank&pn=NILGIRI%20TEA&tr=STQN96000001&am=3.00&cu=INR&mc=5411&mode=16&" +
			"orgid=159753",
		"",
	},
	{
		"axis with purpose and mode 22",
		"upi://pay?pa=nilgiri.tea@axisbank&pn=NILGIRI&mc=5411&tr=AXB1&am=3.00&cu=INR&mode=22&purpose=00",
		"",
	},
	{"yes bank ifsc address", "upi://pay?pa=99999000001@YESB0000001.ifsc.npci&pn=NILGIRI&am=3.00&cu=INR", ""},
	{
		"cashfree",
		"upi://pay?pa=nilgiri.cf@axisbank&pn=Nilgiri&tr=1000000001&am=3.00&cu=INR&mode=00&purpose=00&mc=5399&" +
			"tn=1000000001",
		"",
	},
	{
		"juspay with tid",
		"upi://pay?pa=nilgiri.juspay@hdfcbank&pn=Nilgiri&tr=JP1&tid=JPY0001&mc=5411&mode=04&am=3&cu=INR",
		"",
	},
	{
		"gpay business",
		"upi://pay?pa=nilgiri.tea@okbizaxis&pn=Nilgiri%20Tea&mc=5411&aid=uGICAgIDnilgiri&tr=BCR2DN4T000001&am=3.00",
		"",
	},
	{"amazon pay", "upi://pay?pa=amzn0000001@apl&pn=Nilgiri&tr=AMZ1&am=3.00&cu=INR&tn=You%20are%20paying&mc=5411", ""},
	{"jio", "upi://pay?pa=nilgiri.jio@jiopay&pn=Nilgiri&tr=JIO1&am=3.00&cu=INR", ""},
	{"airtel", "upi://pay?pa=nilgiri.aptm@mairtel&pn=Nilgiri&am=3.00&cu=INR&tr=AIR1", ""},
	{"hindi name", "upi://pay?pa=nilgiri@okaxis&pn=नीलगिरि&am=3.00&cu=INR", ""},
	{"percent in the note", "upi://pay?pa=nilgiri@okaxis&pn=Nilgiri&tn=5% off&am=3.00&cu=INR", ""},
	{"keys of no meaning in capitals", "upi://pay?pa=nilgiri@okaxis&pn=Nilgiri&am=3&cu=INR&MID=1&StoreID=7", ""},
	{"pn in capitals", "upi://pay?pa=nilgiri@okaxis&PN=Nilgiri&am=3&cu=INR", ""},
	{"trailing ampersand", "upi://pay?pa=nilgiri@okaxis&pn=Nilgiri&am=3&cu=INR&", ""},
	{
		"two question marks in a url",
		"upi://pay?pa=nilgiri@okaxis&pn=Nilgiri&am=3&cu=INR&url=https://example.in/?a?b",
		"",
	},
	{"long tr", "upi://pay?pa=nilgiri@okaxis&pn=Nilgiri&am=3&cu=INR&tr=ABCDEFGHIJKLMNOPQRSTUVWXYZ123456789", ""},
	{"scheme in capitals", "UPI://pay?pa=nilgiri@okaxis&am=3&cu=INR", ""},
	{"slash behind pay", "upi://pay/?pa=nilgiri@okaxis&am=3&cu=INR", ""},
	{"emv of UPI alone", "00020101021226310010A0000005240113nilgiri@icici52045411530335654043.005802IN5907NILGIRI60" +
		"04OOTY630452AF", ""},
	{"emv with reference template", "00020101021226310010A0000005240113nilgiri@icici27230010A0000005240105RZPA15204" +
		"5411530335654043.005802IN5907NILGIRI6004OOTY6304E5E0", ""},
	{"emv with card schemes", "0002010102120216411111111111111104165111111111111118061660610000000000010817YESB0000" +
		"00100000126310010A0000005240113nilgiri@icici52045411530335654043.005802IN5907NILGIRI6004OOTY6304F79C", ""},
	{"emv with a minimum equal", "00020126390010A0000005240113nilgiri@icici02043.0052045411530335654043.005802IN590" +
		"7NILGIRI6004OOTY6304EE81", ""},
	{"emv with the same payee twice", "00020101021226310010A0000005240113nilgiri@icici28310010A0000005240113nilgiri" +
		"@icici52045411530335654043.005802IN5907NILGIRI6004OOTY6304B52C", ""},
	{"emv with Aadhaar", "00020101021226310010A0000005240113nilgiri@icici28300010A000000524011212341234123452045411" +
		"530335654043.005802IN5907NILGIRI6004OOTY63047D7B", ""},
	{"emv, amount 3", "00020101021226310010A0000005240113nilgiri@icici520454115303356540135802IN5907NILGIRI6004OOTY" +
		"63047550", ""},
	{"emv with bill and terminal", "00020101021226310010A0000005240113nilgiri@icici52045411530335654043.005802IN590" +
		"7NILGIRI6004OOTY62120102B70702T16304693E", ""},
	{"emv, fee of nothing", "00020101021226310010A0000005240113nilgiri@icici52045411530335654043.0056040.005802IN59" +
		"07NILGIRI6004OOTY6304BB6A", ""},
	{"emv with another scheme in 30", "00020101021226310010A0000005240113nilgiri@icici30250014D15600000000010103x@y" +
		"52045411530335654043.005802IN5907NILGIRI6004OOTY63042149", ""},
	{"split fee", "upi://pay?pa=nilgiri@okaxis&pn=Nilgiri&cu=INR&am=3.00&split=CONFEE:1.00", "adds a tip or fee"},
	{
		"credit fee only",
		"upi://pay?pa=nilgiri@okaxis&pn=Nilgiri&cu=INR&am=3.00&split=CCONFEE:0.28",
		"adds a tip or fee",
	},
	{
		"two fees",
		"upi://pay?pa=nilgiri@okaxis&pn=Nilgiri&cu=INR&am=3.00&split=CCONFEE:2.13|PCONFEE:1.77",
		"adds a tip or fee",
	},
	{
		"escaped split",
		"upi://pay?pa=nilgiri@okaxis&pn=Nilgiri&cu=INR&am=3.00&split=CCONFEE%3A2.13%7CPCONFEE%3A1.77",
		"adds a tip or fee",
	},
	{"tip", "upi://pay?pa=nilgiri@okaxis&pn=Nilgiri&cu=INR&am=3.00&tip=10", "adds a tip or fee"},
	{"tips on", "upi://pay?pa=nilgiri@okaxis&pn=Nilgiri&cu=INR&am=3.00&tips=true", "adds a tip or fee"},
	{"convFee", "upi://pay?pa=nilgiri@okaxis&pn=Nilgiri&cu=INR&am=3.00&convFee=5.00", "adds a tip or fee"},
	{"confee", "upi://pay?pa=nilgiri@okaxis&pn=Nilgiri&cu=INR&am=3.00&conFee=5.00", "adds a tip or fee"},
	{"surcharge", "upi://pay?pa=nilgiri@okaxis&pn=Nilgiri&cu=INR&am=3.00&surcharge=2", "adds a tip or fee"},
	{"Split in capitals", "upi://pay?pa=nilgiri@okaxis&pn=Nilgiri&cu=INR&am=3.00&SPLIT=CONFEE:1", "adds a tip or fee"},
	{"amrule", "upi://pay?pa=nilgiri@okaxis&pn=Nilgiri&cu=INR&am=3.00&amrule=MAX", "standing permission"},
	{"recur", "upi://pay?pa=nilgiri@okaxis&pn=Nilgiri&cu=INR&am=3.00&recur=MONTHLY", "standing permission"},
	{"txnType CREATE", "upi://pay?pa=nilgiri@okaxis&pn=Nilgiri&cu=INR&am=3.00&txnType=CREATE", "standing permission"},
	{
		"validity",
		"upi://pay?pa=nilgiri@okaxis&pn=Nilgiri&cu=INR&am=3.00&validitystart=01122026&validityend=01122027",
		"standing permission",
	},
	{"block", "upi://pay?pa=nilgiri@okaxis&pn=Nilgiri&cu=INR&am=3.00&block=Y", "standing permission"},
	{"escaped amount", "upi://pay?pa=nilgiri@okaxis&cu=INR&am=3%2E00", "escapes the value"},
	{"escaped key", "upi://pay?pa=nilgiri@okaxis&cu=INR&%61m=3.00", "writes the key"},
	{"AM", "upi://pay?pa=nilgiri@okaxis&cu=INR&AM=3.00", "writes the key"},
	{"Pa", "upi://pay?Pa=nilgiri@okaxis&cu=INR&am=3.00", "writes the key"},
	{"CU", "upi://pay?pa=nilgiri@okaxis&CU=INR&am=3.00", "writes the key"},
	{"space before am", "upi://pay?pa=nilgiri@okaxis& am=3.00", "writes the key"},
	{"mam lower", "upi://pay?pa=nilgiri@okaxis&pn=Nilgiri&cu=INR&am=3.00&mam=1.00", "minimum"},
	{"usd", "upi://pay?pa=nilgiri@okaxis&cu=USD&am=3.00", "INR only"},
	{"open", "upi://pay?pa=nilgiri@okaxis&cu=INR", "names no amount"},
	{"other sum", "upi://pay?pa=nilgiri@okaxis&cu=INR&am=999", "asks for"},
	{"amount twice", "upi://pay?pa=nilgiri@okaxis&pn=Nilgiri&cu=INR&am=3.00&am=3.00", "twice"},
	{"no payee", "upi://pay?cu=INR&am=3", "no payee"},
	{"html-escaped amount", "upi://pay?pa=nilgiri@okaxis&cu=INR&amp;am=3.00", "names no amount"},
	{"amount behind a hash", "upi://pay?pa=nilgiri@okaxis&cu=INR#&am=3.00", "names no amount"},
	{"mandate link", "upi://mandate?pa=nilgiri@okaxis&am=3", "upi link for"},
	{
		"emv, second payee in 51",
		"00020101021226310010A0000005240113nilgiri@icici51270010A0000005240109other@ybl52045411530335654043.005802I" +
			"N5907NILGIRI6004OOTY6304E64A",
		"second UPI payee",
	},
	{
		"emv, second payee in 28",
		"00020101021226310010A0000005240113nilgiri@icici28270010A0000005240109other@ybl52045411530335654043.005802I" +
			"N5907NILGIRI6004OOTY6304F724",
		"second UPI payee",
	},
	{
		"emv, second payee under npci's name",
		"00020101021226310010A0000005240113nilgiri@icici30280011in.npci.upi0109other@ybl52045411530335654043.005802" +
			"IN5907NILGIRI6004OOTY6304AFC7",
		"second UPI payee",
	},
	{
		"emv over another sum",
		"00020101021226310010A0000005240113nilgiri@icici5204541153033565406999.005802IN5907NILGIRI6004OOTY630471B1",
		"asks for",
	},
	{
		"emv with a tip asked",
		"00020101021226310010A0000005240113nilgiri@icici52045411530335654043.005502015802IN5907NILGIRI6004OOTY63040177",
		"adds a tip or fee",
	},
	{
		"emv with a fee",
		"00020101021226310010A0000005240113nilgiri@icici52045411530335654043.0055020256041.005802IN5907NILGIRI6004O" +
			"OTY6304DAE8",
		"adds a tip or fee",
	},
	{
		"emv open",
		"00020101021226310010A0000005240113nilgiri@icici5204541153033565802IN5907NILGIRI6004OOTY63045945",
		"names no amount",
	},
	{
		"emv in dollars",
		"00020101021226310010A0000005240113nilgiri@icici52045411530384054043.005802IN5907NILGIRI6004OOTY63042917",
		"INR only",
	},
}

// TestGateway_4: tips, fees, splits and mandate words with a value are refused, empty ones are not.
func TestGateway_4(t *testing.T) { judge(t, 15, "tip or fee", "standing permission") }

// TestGateway_5: two UPI payees in one EMV string, and another sum in it, are refused.
func TestGateway_5(t *testing.T) { judge(t, 4, "second UPI payee", "asks for") }

// TestGateway_7: what is good passes: no cu, cu=inr, mam=0, empty words.
func TestGateway_7(t *testing.T) {
	judge(t, 60, "")
	if len(shapes) < 100 {
		t.Errorf("there are %d shapes, want a hundred", len(shapes))
	}
}

// TestGateway_8: what two readers could read in two ways is refused once, here.
func TestGateway_8(t *testing.T) { judge(t, 5, "writes the key", "escapes the value") }

// TestShapes judges them all.
func TestShapes(t *testing.T) { judge(t, 100) }

// judge gives each shape with one of these refusals (all, where none is named) its one answer: a refusal names its
// reason and no address.
func judge(t *testing.T, least int, refusals ...string) {
	n := 0
	defer func() {
		if n < least {
			t.Errorf("only %d shapes were judged, want %d", n, least)
		}
	}()
	for _, s := range shapes {
		if len(refusals) > 0 && !slices.ContainsFunc(refusals, func(r string) bool {
			return r == s.refused || r != "" && strings.Contains(s.refused, r)
		}) {
			continue
		}
		n++
		in, err := Check(s.payload, 300)
		switch {
		case s.refused == "" && (err != nil || in.Amount != 300 || in.Currency != "INR" || in.PA == ""):
			t.Errorf("%s: %+v, %v", s.name, in, err)
		case s.refused != "" && (err == nil || !strings.Contains(err.Error(), s.refused)):
			t.Errorf("%s: error %v, want one with %q", s.name, err, s.refused)
		}
		if err != nil && strings.Contains(err.Error(), "nilgiri@") {
			t.Errorf("%s: the refusal %q holds an address", s.name, err)
		}
	}
}
