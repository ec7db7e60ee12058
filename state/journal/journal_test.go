package journal_test

import (
	"slices"
	"testing"
	"time"

	"galla/internal/money"
	"galla/state/journal"
)

var (
	surplus  = journal.Surplus("razorpay", "pay_1")
	price    = journal.Price("razorpay", "pay_1")
	accepted = journal.Accepted("razorpay", "pay_1")
	promised = journal.Promised("k:1") // a key may have a colon
)

// written makes a journal of which each event writes one posting.
func written(all ...journal.Posting) (j journal.Journal) {
	for i, p := range all {
		p.Event, p.At = uint64(i+1), time.Unix(int64(i), 0)
		j.Post(p)
	}
	return j
}

func post(from, to journal.Account, amount money.Paise) journal.Posting {
	return journal.Posting{From: from, To: to, Amount: amount}
}

func TestTake(t *testing.T) {
	for _, tc := range []struct {
		asked, moved, left, price money.Paise
	}{
		{0, 0, 300, 200},
		{-5, 0, 300, 200},
		{250, 250, 50, 200},
		{400, 400, 0, 100},
		{900, 500, 0, 0},
	} {
		j := written(post(journal.Clearing, surplus, 500), post(surplus, price, 200))
		before := slices.Clone(j)
		moved := j.Take([]journal.Account{surplus, accepted, price},
			journal.Posting{To: promised, Amount: tc.asked, Event: 3})
		if moved != tc.moved || j.Balance(surplus) != tc.left || j.Balance(price) != tc.price ||
			j.Balance(promised) != tc.moved {
			t.Errorf("asked for %s: moved %s, %+v", tc.asked, moved, j)
		}
		if !slices.Equal(j[:2], before) || slices.ContainsFunc(j, func(p journal.Posting) bool {
			return p.Amount <= 0 || p.Event == 0
		}) {
			t.Errorf("asked for %s: %+v", tc.asked, j)
		}
	}
}

// TestReadings reads one journal in every way: 500 came, 200 paid for the goods, a refund of 100 was asked and failed,
// others took 350, and 100 of that came again.
func TestReadings(t *testing.T) {
	j := written(
		post(journal.Clearing, surplus, 500),
		post(surplus, price, 200),
		post(surplus, promised, 100),
		post(promised, surplus, 100),
		post(surplus, journal.Clearing, 300),
		post(price, journal.Clearing, 50),
		post(journal.Clearing, price, 50),
		post(journal.Clearing, surplus, 50),
	)
	if j.Came(surplus) != 500 || j.Came(price) != 50 || j.Came(accepted) != 0 ||
		!slices.Equal(j.Captures(), []journal.Account{surplus}) {
		t.Errorf("came %s, captured %v", j.Came(surplus), j.Captures())
	}
	if j.Lowest(surplus) != 0 || j.Lowest(price) != 150 || j.Moved(surplus, price) != 200 {
		t.Errorf("lowest %s and %s, priced %s", j.Lowest(surplus), j.Lowest(price), j.Moved(surplus, price))
	}
	if event, ok := j.Left(promised); !ok || event != 4 || !slices.Equal(j.Into(promised), j[2:3]) {
		t.Errorf("the promise of %+v ended by event %d, %v", j.Into(promised), event, ok)
	}
	want := []journal.Away{{Account: surplus, Amount: 250, Event: 5, At: time.Unix(4, 0)}}
	if away := j.Taken([]journal.Account{surplus, accepted, price}); !slices.Equal(away, want) {
		t.Errorf("away is %+v, want %+v", away, want)
	}
}

// TestMovements: what each posting means to a report.
func TestMovements(t *testing.T) {
	for name, tc := range map[string]struct {
		postings []journal.Posting // the last one is looked at
		what     journal.MovementKind
		refund   string
		own      journal.Account
	}{
		"came":     {nil, journal.MoneyCame, "", surplus},
		"priced":   {[]journal.Posting{post(surplus, price, 300)}, journal.MoneyPriced, "", price},
		"accepted": {[]journal.Posting{post(surplus, accepted, 300)}, journal.MoneyAccepted, "", accepted},
		"promised": {[]journal.Posting{post(surplus, promised, 300)}, journal.MoneyPromised, "k:1", surplus},
		"taken":    {[]journal.Posting{post(surplus, journal.Clearing, 300)}, journal.MoneyTaken, "", surplus},
		"returned": {[]journal.Posting{
			post(surplus, journal.Clearing, 300),
			post(journal.Clearing, surplus, 300),
		}, journal.MoneyReturned, "", surplus},
		"sent": {[]journal.Posting{
			post(surplus, promised, 300),
			post(promised, journal.Clearing, 300),
		}, journal.MoneySent, "k:1", ""},
		"fell back": {[]journal.Posting{
			post(surplus, promised, 300),
			post(promised, surplus, 300),
		}, journal.MoneyFellBack, "k:1", surplus},
	} {
		all := written(append([]journal.Posting{post(journal.Clearing, surplus, 500)}, tc.postings...)...).Movements()
		m := all[len(all)-1]
		if m.What != tc.what || m.Refund != tc.refund || m.Own != tc.own || len(all) != len(tc.postings)+1 {
			t.Errorf("%s: %+v", name, m)
		}
	}
}
