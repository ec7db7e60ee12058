package statetest

import (
	"fmt"
	"strconv"
	"strings"
	"time"

	"galla/internal/money"
	"galla/state"
	"galla/state/watch"
)

// Years are sales as a shop's years leave them: PerDay a business day from Begin on, one every 90 seconds from 09:30
// IST. The newest Pending wait for their money, the Watched before them are paid and still looked after, and all others
// are over.
type Years struct {
	Sales, Pending, Watched int
	PerDay                  int // at most 580; 0 means 540
	Begin                   time.Time
}

// BeginFor is when a shop must have begun to sell its last sale on the day before now.
func (y Years) BeginFor(now time.Time) time.Time {
	days := (y.Sales + y.perDay() - 1) / y.perDay()
	return now.UTC().Truncate(24*time.Hour).AddDate(0, 0, -days)
}

func (y Years) perDay() int {
	if y.PerDay == 0 {
		return 540
	}
	return y.PerDay
}

// Day is the business day of sale i, counted from 0.
func (y Years) Day(i int) string { return y.Begin.AddDate(0, 0, i/y.perDay()).Format(time.DateOnly) }

// Number is its number.
func (y Years) Number(i int) int { return 1 + i%y.perDay() }

// Amount is what was asked.
func (y Years) Amount(i int) money.Paise { return money.Paise(100 * (1 + i%5000)) }

// yearsBatch is how many sales a batch has: twice what fills the recent rows of a sales file, so that each commit files
// them.
const yearsBatch = 40

// Commit makes the sales, batch by batch, for an empty store.
func (y Years) Commit(commit func(state.Batch) error) error {
	var b state.Batch
	seq := uint64(0)
	for i := range y.Sales {
		var sale state.Sale
		for _, e := range y.story(i) {
			seq++
			e.Seq = seq
			next, _, err := state.Apply(sale, e)
			if err != nil {
				return fmt.Errorf("sale %d: %w", i, err)
			}
			sale = next
			b.Events = append(b.Events, e)
		}
		b.Sales = append(b.Sales, sale)
		b.Keys = append(b.Keys, state.KeyRecord{
			Key:         "key-" + sale.ID,
			Fingerprint: strings.Repeat("f", 43),
			SaleID:      sale.ID,
			At:          sale.OpenedAt,
		})
		if len(b.Sales) == yearsBatch || i == y.Sales-1 {
			if err := commit(b); err != nil {
				return err
			}
			b = state.Batch{}
		}
	}
	return nil
}

// story is what happened to one sale. Every tenth was paid on credit.
func (y Years) story(i int) []state.Event {
	id := fmt.Sprintf("%010dABCDEF", i)
	ref := id + "A1"
	paid := state.Payment{
		ID:          "pay_" + id,
		Amount:      y.Amount(i),
		Status:      state.PaymentCaptured,
		VPA:         "as***@okbank",
		RRN:         strconv.FormatInt(400000000000+int64(i), 10),
		AccountType: "bank_account",
	}

	if i%10 == 0 {
		paid.AccountType, paid.Fee = "credit_card", paid.Amount/50
	}
	story := []state.Event{
		{
			Kind: state.EventOpened,
			By:   "cashier:asha",
			Opened: &state.Opened{
				Number:    y.Number(i),
				Day:       y.Day(i),
				Amount:    y.Amount(i),
				Reference: "BILL-" + strconv.Itoa(i),
				Route: []string{
					"enkash",
					"razorpay",
				},
				Life:     5 * time.Minute,
				Terminal: "COUNTER-1",
				Rules:    state.Rules,
			},
		},
		{Kind: state.EventAttemptAsked, Attempt: ref, Gateway: "enkash"},
		{
			Kind:    state.EventAttemptQuoted,
			Attempt: ref,
			Quote: &state.Quote{
				OrderID:   "order_" + id,
				PayeeVPA:  "shop.galla@okbank",
				PayeeName: "Shree Ganesh Stores",
				Payload: "upi://pay?pa=shop.galla@okbank&pn=Shree%20Ganesh%20Stores&mc=5411&tr=" + ref +
					"&am=250.00&cu=INR&mode=15&orgid=000000&sign=" + strings.Repeat("0", 60),
			},
		},
		{Kind: state.EventShown, Attempt: ref},
		{
			Kind:    state.EventReading,
			Attempt: ref,
			By:      "gateway:enkash",
			Reading: &state.Reading{Order: state.OrderPaid, Payments: []state.Payment{paid}},
		},
		{Kind: state.EventWatched, Step: len(watch.Plan)},
	}

	switch {
	case i >= y.Sales-y.Pending:
		story = story[:3]
	case i >= y.Sales-y.Pending-y.Watched:
		story = story[:5]
	}

	at := y.Begin.AddDate(0, 0, i/y.perDay()).Add(4*time.Hour + time.Duration(i%y.perDay())*90*time.Second)
	for n := range story {
		story[n].SaleID, story[n].At = id, at.Add(time.Duration(n)*5*time.Second)
	}
	return story
}

// Acts commits n acts of persons at the box behind event seq, each with its end.
func Acts(commit func(state.Batch) error, seq uint64, n int) error {
	for i := 0; i < n; {
		var b state.Batch
		for range min(yearsBatch, n-i) {
			i++
			seq += 2
			asked := Acted(fmt.Sprintf("A%08X", seq), seq-1, "")
			done := Ended(asked.Operations[0], seq, state.OperationDone)
			b.Events = append(append(b.Events, asked.Events...), done.Events...)
			b.Operations = append(b.Operations, done.Operations...)
		}
		if err := commit(b); err != nil {
			return err
		}
	}
	return nil
}
