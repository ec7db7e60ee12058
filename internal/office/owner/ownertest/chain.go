package ownertest

import (
	"crypto/sha256"
	"encoding/json"
	"fmt"
	"math/rand/v2"
	"time"

	"galla/internal/day"
	"galla/internal/money"
	"galla/internal/office/owner"
	"galla/state"
)

// Now is the moment of the chain that New makes: Monday, 2026-11-30, 14:02 in India.
var Now = time.Date(2026, 11, 30, 14, 2, 0, 0, day.IST)

var names = []string{
	"Andheri West",
	"Bandra",
	"Chembur",
	"Dadar TT",
	"Ghatkopar",
	"Koregaon Park, Pune",
	"Laxmi Road",
	"Mulund",
	"Nashik Road",
	"Powai",
	"Thane",
	"Vashi",
	"Worli",
	"Zaveri Bazaar",
}

var cashiers = []string{"cashier:Asha", "cashier:Imran", "cashier:Venkatanarasimharaju", "manager:Meena"}

// Terminal is the id of the box at the nth counter.
func Terminal(n int) string {
	sum := sha256.Sum256([]byte(fmt.Sprint("terminal ", n)))
	id := make([]byte, 16)
	for i := range id {
		id[i] = 'a' + sum[i]%26
	}
	return string(id)
}

// New makes a chain of fourteen shops and twenty counters, with eight days of sales before Now. Two shops are not heard
// since 13:40, one has never been.
func New() *Memory {
	m := &Memory{BranchRows: map[string][]owner.Branch{}, Beats: map[string]owner.Beat{}}
	r := rand.New(rand.NewPCG(1, 2))
	n := 0
	for i, shop := range names {
		id := fmt.Sprintf("shop-%02d", i+1)
		for c := range 1 + i%3%2 + i%5%2 {
			n++
			w := owner.Where{
				Shop:     id,
				ShopName: shop,
				Counter:  fmt.Sprintf("%s/%d", id, c+1),
				Label:    fmt.Sprintf("Counter %d", c+1),
				Terminal: Terminal(n),
			}
			s := owner.Stand{
				Where:  w,
				GSTIN:  "27AAPFU0939F1ZV",
				Opens:  "09:30",
				Closes: "22:00",
				Heard:  Now.Add(-20 * time.Second),
			}
			switch i {
			case 3, 8:
				s.Heard = time.Date(2026, 11, 30, 13, 40, 0, 0, day.IST)
			case 13:
				s.Heard, s.Terminal, w.Terminal = time.Time{}, "", ""
			}
			m.StandRows = append(m.StandRows, s)
			if w.Terminal != "" {
				m.fill(r, n, w, s.Heard)
			}
		}
	}
	m.find()
	return m
}

// fill gives a counter its days, sales, refunds, acts and Zs.
func (m *Memory) fill(r *rand.Rand, n int, w owner.Where, heard time.Time) {
	today := time.Date(2026, 11, 30, 0, 0, 0, 0, day.IST)
	for back := 8; back >= 0; back-- {
		date := today.AddDate(0, 0, -back)
		d := owner.Day{Where: w, GSTIN: "27AAPFU0939F1ZV", Day: date.Format(time.DateOnly)}
		for number := 1; number <= 40; number++ {
			at := date.Add(
				9*time.Hour + 30*time.Minute + time.Duration(number)*18*time.Minute + time.Duration(n)*7*time.Second,
			)
			if at.After(heard) {
				break
			}
			m.sell(r, n, &d, w, number, at)
		}
		m.DayRows = append(m.DayRows, d)
		if back > 0 {
			z := owner.Z{Where: w, Operation: fmt.Sprintf("z%d-%d", n, back), Number: 9 - back, Day: d.Day,
				At: date.Add(22*time.Hour + 5*time.Minute), State: "recomputed", Net: d.Received - d.Gone, Known: true}
			switch {
			case back == 1 && n == 4:
				z.State, z.Known, z.Net = "wanted", false, 0
			case back == 2 && n == 7:
				z.State = "differs"
				z.Net += 50_00
			case back == 1 && n == 9:
				z.State = "proved"
			}
			m.ZRows = append(m.ZRows, z)
		}
	}
	m.BranchRows[w.Terminal] = []owner.Branch{
		{Parent: -1, Head: uint64(5000 + n), Received: heard, Beginning: today.AddDate(0, 0, -8)},
	}
	health, _ := json.Marshal(map[string]any{"version": "1.4.0", "printer": "ok"})
	m.Beats[w.Terminal] = owner.Beat{
		At:       heard,
		Received: heard,
		Head:     uint64(5000 + n),
		Skew:     40 * time.Millisecond,
		Health:   health,
	}
	m.ActRows = append(m.ActRows, owner.Act{Where: w, ID: fmt.Sprintf("op%d", n), Kind: state.ActExport, Target: "csv",
		By: "manager:Meena", Status: "done", At: today.Add(-time.Duration(n) * time.Hour)})
}

func (m *Memory) sell(r *rand.Rand, n int, d *owner.Day, w owner.Where, number int, at time.Time) {
	amount := money.Paise(20_00 + r.IntN(900_00))
	s := owner.Sale{
		Where:    w,
		ID:       fmt.Sprintf("s%s-%d-%d", d.Day, n, number),
		Day:      d.Day,
		Number:   number,
		Amount:   amount,
		Phase:    "paid",
		Tender:   "upi",
		By:       cashiers[(n+number)%len(cashiers)],
		Gateway:  "enkash",
		OpenedAt: at,
		Received: amount,
		Kept:     amount,
		Reference: fmt.Sprintf(
			"B-%d-%d",
			n,
			number,
		),
		RRNs: []string{fmt.Sprintf("6334%08d", n*1000000+dayOfYear(d.Day)*100+number)},
	}
	cancel := number%17 == 3 || n == 5 && number%4 == 0
	switch {
	case cancel:
		s.Phase, s.Reason, s.Received, s.Kept, s.RRNs = "closed", "cancelled", 0, 0, nil
		d.Asked.Cancelled++
	case number%13 == 5:
		s.Kept, s.Gone = 0, amount
		m.RefundRows = append(
			m.RefundRows,
			owner.Refund{
				Where:    w,
				Key:      "r" + s.ID,
				Sale:     s.ID,
				Day:      d.Day,
				Number:   number,
				Gateway:  "enkash",
				Payment:  "p" + s.ID,
				Amount:   amount,
				Status:   state.RefundProcessed,
				By:       s.By,
				Approver: "manager:Meena",
				AskedAt:  at.Add(time.Minute),
				DoneAt:   at.Add(2 * time.Minute),
			},
		)
	case number%11 == 2:
		s.Invoice = &money.Invoice{
			Number:     s.Reference,
			GSTIN:      d.GSTIN,
			GST:        amount * 18 / 118,
			Interstate: number%2 == 0,
		}
	}
	d.Asked.Opened++
	if s.Phase == "paid" {
		d.Asked.Paid++
		d.Sales++
		d.Payments++
		d.Received += s.Received
		d.Kept += s.Kept
		d.Gone += s.Gone
		d.Hours[at.In(day.IST).Hour()] += s.Received
	}
	m.SaleRows = append(m.SaleRows, s)
}

// find gives the chain what needs a person.
func (m *Memory) find() {
	add := func(counter, kind string, ago time.Duration, times int, values map[string]string) {
		w := m.Stand(counter).Where
		m.FindingRows = append(
			m.FindingRows,
			owner.Finding{Where: w, ID: int64(len(m.FindingRows) + 1), Kind: kind, Values: values,
				First: Now.Add(-ago), Last: Now.Add(-ago / 2), Times: times},
		)
	}
	silent := map[string]string{"heard_at": Now.Add(-22 * time.Minute).UTC().Format(time.RFC3339)}
	add("shop-04/1", "silent", 19*time.Minute, 1, silent)
	add("shop-09/1", "silent", 19*time.Minute, 1, silent)
	add("shop-02/1", "fork", 3*time.Hour, 1, map[string]string{"parent": "0", "place": "2000", "forgotten": "1000"})
	add(
		"shop-05/1",
		"z.differs",
		26*time.Hour,
		2,
		map[string]string{"number": "7", "day": "2026-11-28", "figure": "net_paise",
			"figures": "1", "z": "123450", "here": "118450"},
	)
	add("shop-03/1", "z.lacking", 2*time.Hour, 1, map[string]string{"number": "8", "day": "2026-11-29"})

	for i := range m.SaleRows {
		s := &m.SaleRows[i]
		if s.Day != "2026-11-30" || s.Phase != "paid" || s.Number != 4 || i%2 > 0 {
			continue
		}
		s.Items = []state.Attention{
			{ID: "a1", Kind: state.AttentionLate, PaymentID: "p" + s.ID, Amount: s.Amount, At: Now},
		}
	}
}

func dayOfYear(text string) int { return dayAt(text).YearDay() }
