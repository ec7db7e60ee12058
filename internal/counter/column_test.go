package counter

import (
	"bytes"
	"encoding/json"
	"go/ast"
	"go/parser"
	"go/token"
	"maps"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"

	"galla/internal/counter/countertest"
	"galla/internal/money"
)

// The suite has two columns. In the first every test runs over countertest.Till, which applies the rules of a sale and
// nothing else. In the second, TestRealTill (build tag realtill), the tests of overTheEngine run once more over
// till.Till itself with the memory store and the calm simulator: what a test for the counter believes of the till is
// held against the till.

// column is the till of a test that runs in both columns, with a customer before it. What the fake alone can do (a
// clock of its own, a refusal, a health of one's choice) is not in it.
type column interface {
	Till
	Pay(saleID string, amount money.Paise) string // 0: the sale's amount
	Start(saleID string) string
	Finish(saleID, paymentID string)
	Fail(saleID, paymentID string)
	Expire(saleID string)
	Newest() uint64 // the newest event's number
}

var _ column = (*countertest.Till)(nil)

const realColumn = "TestRealTill/"

// realTill makes the second column's till, and the clock that its counter goes by; nil without the build tag.
var realTill func(t testing.TB) (column, func() time.Time)

// eitherBench is a bench whose till is that of the column that runs.
type eitherBench struct {
	*bench
	till column
}

// newEither is newBench for tests that run in both columns. They call the first sale S000001, the second S000002: the
// ids that countertest.Till gives, and that the real column's till takes for its own.
func newEither(t testing.TB) *eitherBench {
	t.Helper()
	b := newBench(t)
	if !strings.HasPrefix(t.Name(), realColumn) {
		return &eitherBench{b, b.till}
	}
	real, now := realTill(t)
	b.engine, b.clock = real, now
	b.restart(t)
	return &eitherBench{b, real}
}

// customer is the till of the column that runs.
func (b *bench) customer() column {
	if b.engine != nil {
		return b.engine
	}
	return b.till
}

// operations are what a person's acts are written down by, of the column that runs.
func (b *bench) operations() Operations {
	if b.engine != nil {
		return b.engine.(interface{ Operations() Operations }).Operations()
	}
	return b.till.Operations()
}

var essential = regexp.MustCompile(
	`(?m)^(== .*|[1-5]\d\d .*| ` +
		`*"(amount_paise|amount|phase|tender|close_reason|number|message|kind|copy|reason|reference|note|` +
		`refundable_paise|type|title)": .*)$`,
)

// essence is of a golden file what both tills must say alike: the answers' codes, amounts, phases and sentences.
func essence(b []byte) []byte { return bytes.Join(essential.FindAll(b, -1), []byte("\n")) }

// overTheEngine are the tests of both columns.
var overTheEngine = map[string]func(*testing.T){
	"TestADaysFigures":                        TestADaysFigures,
	"TestACashiersPhone":                      TestACashiersPhone,
	"TestAManagersPhoneRefundsOnlyWithThePIN": TestAManagersPhoneRefundsOnlyWithThePIN,
	"TestAService":                            TestAService,
	"TestContraryAnswer":                      TestContraryAnswer,
	"TestExport":                              TestExport,
	"TestJournal":                             TestJournal,
	"TestSearchAsked":                         TestSearchAsked,
	"TestZReplayed":                           TestZReplayed,
	"TestNoSuchThing":                         TestNoSuchThing,
	"TestRepeatedKeyAnswersTheSameSale":       TestRepeatedKeyAnswersTheSameSale,
	"TestSaleBodies":                          TestSaleBodies,
	"TestTheFirstPersonIsTheOwner":            TestTheFirstPersonIsTheOwner,
	"TestUnknownActIsShown":                   TestUnknownActIsShown,
	"TestHugeBodyOnEveryWrite":                TestHugeBodyOnEveryWrite,
	"TestNetworkNeedsAToken":                  TestNetworkNeedsAToken,
	"TestForeignCallersOnEveryRoute":          TestForeignCallersOnEveryRoute,
	"TestWrongPINIsNoWrongCode":               TestWrongPINIsNoWrongCode,
	"TestIntegrator_14_Conditional":           TestIntegrator_14_Conditional,
	"TestIntegrator_14_TagsTell":              TestIntegrator_14_TagsTell,
}

// Why a test runs over the fake alone.
const (
	controls = "it sets what the real till decides by itself: its clock, a refusal, a health, findings, a gateway's " +
		"records, a pruned sale"
	sockets = "it serves on real sockets, in whose waits a bubble's time stands still"
	noTill  = "it is about a rule of the counter that no till has a say in"
	heavy   = "it asks so often, or over so many sales, that a till is only what it reads from"
	enkash  = "it asks for mandates and counter QRs, and the second column sells at Razorpay"
)

// overTheFake are the functions that make a bench of the first column only, each with its reason.
var overTheFake = map[string]string{
	"TestDoor_4":                         "asks the listener and the feed, not the till",
	"TestDoor_10":                        "reads what the fake was shown",
	"TestDoor_4_SlowBody":                "asks the listener and the feed, not the till",
	"TestDoor_Query":                     "asks for what is refused before the till",
	"TestEmptyFilters":                   "asks for what is refused before the till",
	"TestFeedHead":                       "asks the feed, not the till",
	"TestOperationPages":                 "asks operations, which are the fake's in both",
	"TestDoor_Headers":                   "asks for the heads of answers",
	"TestDoor_13":                        "asks for what is refused before the till",
	"TestIntegrator_13_HTTP2":            "a feed over a real socket holds the bubble's time",
	"TestIntegrator_8_Milestones":        "the fake till says when money came",
	"TestIntegrator_8_Message":           "asks the feed, not the till",
	"TestIntegrator_14_RateLimit":        "counts what the counter admits; TestAdmit of package till does the rest",
	"TestIntegrator_4":                   "asks the guard, not the till",
	"TestIntegrator_5":                   "asks the guard, not the till",
	"TestDoor_8":                         "asks for what there is not",
	"TestDoor_9":                         "counts what the counter admits; TestAdmit of package till does the rest",
	"TestDoor_9_Writes":                  "the limits that it lowers are fields of the counter of this bench",
	"TestDoor_9_Reads":                   "takes the turns of the counter of this bench",
	"TestBooks_6_FeedBeforeReady":        controls,
	"TestStanding":                       "its watch of standing QRs is one for tests",
	"TestOffice":                         "its head office is one for tests",
	"TestDelivery":                       enkash,
	"TestMoney_14":                       controls,
	"TestMoney_15":                       controls,
	"TestMoney_18_HTTP":                  controls,
	"TestMoney_26_HTTP":                  controls,
	"TestSaleQR":                         controls,
	"TestRefundOfGoods":                  "it pays another amount than the QR asks, which no phone can",
	"TestPages":                          controls,
	"TestReconcileRefuses":               noTill,
	"TestNobodyAndNothing":               noTill,
	"besieged":                           sockets,
	"BenchmarkFeed":                      heavy,
	"FuzzBody":                           noTill,
	"FuzzEveryCall":                      heavy,
	"FuzzSince":                          heavy,
	"TestADayClosedByAWrongClock":        controls,
	"TestSettingsThatFail":               noTill,
	"TestASignInIsOfOnePersonAndOnePIN":  noTill,
	"TestDoctor":                         noTill,
	"TestCorners_14":                     controls,
	"TestEveryCallSaysItsRole":           noTill,
	"TestEveryClientEndsWithTheSameList": sockets,
	"TestExamples":                       sockets,
	"TestExaminationIsBounded":           controls,
	"TestExportPassesAWrongClock":        controls,
	"TestFeedResumesAndLives":            sockets,
	"TestFeedWire":                       sockets,
	"TestFullHouse":                      sockets,
	"TestGuessingAPINIsSlow":             noTill,
	"TestJournalFirst":                   controls,
	"TestMetricsStayOnTheBox":            noTill,
	"TestNoPrinter":                      controls,
	"TestOpenAPIAnswers":                 enkash,
	"TestOpenAPIKnowsEveryRoute":         noTill,
	"TestOperationsAreNoSales":           controls,
	"TestOperationsTakeAManager":         enkash,
	"TestPairingCodes":                   noTill,
	"TestPicture":                        controls,
	"TestPrinterCalls":                   noTill,
	"TestProblemTypesAreExplained":       noTill,
	"TestProblems":                       controls,
	"TestReconcileOnPaper":               controls,
	"TestReports":                        controls,
	"TestMoney_21":                       controls,
	"TestOldReportsStay":                 controls,
	"TestReportsOnPaper":                 controls,
	"TestSearchOfAMonth":                 heavy,
	"TestSearchReads":                    heavy,
	"TestSlowHandshake":                  sockets,
	"TestSlowHeaderIsCutOff":             sockets,
	"TestStopAnswersTheLast":             sockets,
	"TestStopWithFeedsOpen":              sockets,
	"TestTLS":                            sockets,
	"TestWhoAsks":                        sockets,
	"pairingBench":                       noTill,
	"staffBench":                         enkash,
}

// TestADaysFigures: a day of every kind of sale has the same figures over both tills.
func TestADaysFigures(t *testing.T) {
	b := newEither(t)
	b.day(t)

	type line struct{ Count, Paise int64 }
	var x struct {
		Sales, Paid, Cancelled, UPI, Late, Refunds, Attention line

		OtherTender line  `json:"other_tender"`
		NetPaise    int64 `json:"net_paise"`
	}
	w := b.call(trusted, "GET", "/v1/reports/x", "")
	if err := json.Unmarshal(w.Body.Bytes(), &x); err != nil || w.Code != 200 {
		t.Fatal(w.Code, w.Body, err)
	}
	if x.Sales.Count != 6 || x.Cancelled.Count != 1 || x.UPI != (line{5, 51000}) || x.Late != (line{1, 10000}) ||
		x.Refunds != (line{1, 1000}) || x.OtherTender != (line{1, 300}) || x.NetPaise != 50000 {
		t.Errorf("the day is %+v", x)
	}
}

// TestColumns: each function that makes a bench stands in the right table, and nothing else does.
func TestColumns(t *testing.T) {
	files, err := filepath.Glob("*_test.go")
	if err != nil {
		t.Fatal(err)
	}
	makes := map[string]string{} // function: the constructor it calls
	for _, name := range files {
		f, err := parser.ParseFile(token.NewFileSet(), name, nil, 0)
		if err != nil {
			t.Fatal(err)
		}
		for _, d := range f.Decls {
			fn, ok := d.(*ast.FuncDecl)
			if !ok || fn.Name.Name == "newEither" {
				continue
			}
			ast.Inspect(fn, func(n ast.Node) bool {
				call, ok := n.(*ast.CallExpr)
				if !ok {
					return true
				}
				if id, ok := call.Fun.(*ast.Ident); ok &&
					(id.Name == "newBench" || id.Name == "newEither" && makes[fn.Name.Name] == "") {
					makes[fn.Name.Name] = id.Name
				}
				return true
			})
		}
	}

	for _, name := range slices.Sorted(maps.Keys(makes)) {
		_, both := overTheEngine[name]
		why, fake := overTheFake[name]
		switch {
		case makes[name] == "newEither" && (!both || fake):
			t.Errorf("%s calls newEither: it belongs into overTheEngine alone", name)
		case makes[name] == "newBench" && (both || why == ""):
			t.Errorf("%s calls newBench: it belongs into overTheFake with a reason, or calls newEither", name)
		}
	}
	for _, name := range slices.Concat(slices.Collect(maps.Keys(overTheEngine)),
		slices.Collect(maps.Keys(overTheFake))) {
		if makes[name] == "" {
			t.Errorf("%s stands in a table of columns and makes no bench: take it out", name)
		}
	}
}
