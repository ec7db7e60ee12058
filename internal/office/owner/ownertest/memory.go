package ownertest

import (
	"cmp"
	"context"
	"fmt"
	"slices"
	"strings"
	"sync"
	"time"

	"galla/internal/office/owner"
)

// Memory is an owner.Store of rows in memory. The rows may be changed under Lock.
type Memory struct {
	sync.Mutex
	StandRows   []owner.Stand // without days
	DayRows     []owner.Day
	FindingRows []owner.Finding
	SaleRows    []owner.Sale
	RefundRows  []owner.Refund
	ActRows     []owner.Act
	ZRows       []owner.Z
	BranchRows  map[string][]owner.Branch
	Beats       map[string]owner.Beat

	Fail  error // of every call, while it is set
	Reads int   // of Stands
}

func (m *Memory) lock(ctx context.Context) (func(), error) {
	if err := ctx.Err(); err != nil {
		return func() {}, err
	}
	m.Lock()
	return m.Unlock, m.Fail
}

// Stands implements owner.Store.
func (m *Memory) Stands(ctx context.Context, days []string) ([]owner.Stand, error) {
	unlock, err := m.lock(ctx)
	defer unlock()
	if len(days) < 1 || len(days) > 3 {
		panic(fmt.Sprintf("ownertest: %d days", len(days)))
	}
	m.Reads++
	all := slices.Clone(m.StandRows)
	for i := range all {
		all[i].Days = map[string]owner.Day{}
		for _, d := range m.DayRows {
			if d.Counter == all[i].Counter && d.Counter != "" && slices.Contains(days, d.Day) {
				sum := all[i].Days[d.Day]
				sum.Received += d.Received
				sum.Kept += d.Kept
				sum.Surplus += d.Surplus
				sum.Gone += d.Gone
				sum.Payments += d.Payments
				sum.Sales += d.Sales
				for h := range sum.Hours {
					sum.Hours[h] += d.Hours[h]
				}
				all[i].Days[d.Day] = sum
			}
		}
	}
	return all, err
}

// newest are the rows behind a mark, the newest first.
func newest[T any](rows []T, fits func(T) bool, mark func(T) owner.Mark, behind owner.Mark, limit int) []T {
	if limit < 1 || limit > 1000 {
		panic(fmt.Sprintf("ownertest: a page of %d rows", limit))
	}
	var all []T
	seen := map[owner.Mark]bool{}
	for _, r := range rows {
		if !fits(r) {
			continue
		}
		at := mark(r)
		at.At = at.At.UTC()
		if at.At.IsZero() || at.Key == "" || seen[at] {
			panic(fmt.Sprintf("ownertest: a row has no mark of its own: %+v", r))
		}
		seen[at] = true
		if behind == (owner.Mark{}) || before(at, behind) {
			all = append(all, r)
		}
	}
	slices.SortFunc(all, func(a, b T) int {
		if before(mark(b), mark(a)) {
			return -1
		}
		return 1
	})
	return all[:min(limit, len(all))]
}

func before(a, b owner.Mark) bool {
	return a.At.Before(b.At) || a.At.Equal(b.At) && a.Key < b.Key
}

func dayAt(day string) time.Time {
	at, err := time.Parse(time.DateOnly, day)
	if err != nil {
		panic(err)
	}
	return at
}

func in(s owner.Span, terminal, day string) bool {
	return day >= s.From && day <= s.To && (s.Terminal == "" || s.Terminal == terminal)
}

// Findings implements owner.Store.
func (m *Memory) Findings(ctx context.Context, terminal string, behind owner.Mark, limit int) ([]owner.Finding, error) {
	unlock, err := m.lock(ctx)
	defer unlock()
	return newest(
		m.FindingRows,
		func(f owner.Finding) bool { return terminal == "" || f.Terminal == terminal },
		func(f owner.Finding) owner.Mark { return owner.Mark{At: f.Last, Key: fmt.Sprintf("%020d", f.ID)} },
		behind,
		limit,
	), err
}

// Open implements owner.Store.
func (m *Memory) Open(ctx context.Context) (map[string]int, error) {
	unlock, err := m.lock(ctx)
	defer unlock()
	all := map[string]int{}
	for _, f := range m.FindingRows {
		all[f.Kind]++
	}
	return all, err
}

func saleMark(s owner.Sale) owner.Mark {
	return owner.Mark{At: dayAt(s.Day), Key: fmt.Sprintf("%010d/%s/%s", s.Number, s.Terminal, s.ID)}
}

// Undecided implements owner.Store.
func (m *Memory) Undecided(
	ctx context.Context,
	terminal string,
	behind owner.Mark,
	limit int,
) (sales []owner.Sale, all int, err error) {
	unlock, err := m.lock(ctx)
	defer unlock()
	fits := func(s owner.Sale) bool { return len(s.Items) > 0 && (terminal == "" || s.Terminal == terminal) }
	for _, s := range m.SaleRows {
		if fits(s) {
			all++
		}
	}
	return newest(m.SaleRows, fits, saleMark, behind, limit), all, err
}

// Refunds implements owner.Store.
func (m *Memory) Refunds(ctx context.Context, s owner.Span, behind owner.Mark, limit int) ([]owner.Refund, error) {
	unlock, err := m.lock(ctx)
	defer unlock()
	from, to := dayAt(s.From).Add(-330*time.Minute), dayAt(s.To).AddDate(0, 0, 1).Add(-330*time.Minute)
	return newest(m.RefundRows, func(r owner.Refund) bool {
		return !r.AskedAt.Before(from) && r.AskedAt.Before(to) && (s.Terminal == "" || s.Terminal == r.Terminal)
	}, func(r owner.Refund) owner.Mark { return owner.Mark{At: r.AskedAt, Key: r.Gateway + "/" + r.Key} }, behind,
		limit), err
}

// Cancels implements owner.Store.
func (m *Memory) Cancels(ctx context.Context, s owner.Span) ([]owner.Cancels, error) {
	unlock, err := m.lock(ctx)
	defer unlock()
	var all []owner.Cancels
	for _, sale := range m.SaleRows {
		if !in(s, sale.Terminal, sale.Day) {
			continue
		}
		i := slices.IndexFunc(all, func(c owner.Cancels) bool { return c.Terminal == sale.Terminal && c.By == sale.By })
		if i < 0 {
			i = len(all)
			all = append(all, owner.Cancels{Where: sale.Where, By: sale.By})
		}
		all[i].Sales++
		if sale.Reason == "cancelled" {
			all[i].Cancelled++
			all[i].Amount += sale.Amount
		}
	}
	slices.SortFunc(all, func(a, b owner.Cancels) int {
		return cmp.Or(cmp.Compare(a.Terminal, b.Terminal), cmp.Compare(a.By, b.By))
	})
	return all, err
}

// Acts implements owner.Store.
func (m *Memory) Acts(ctx context.Context, kinds []string, behind owner.Mark, limit int) ([]owner.Act, error) {
	unlock, err := m.lock(ctx)
	defer unlock()
	return newest(m.ActRows, func(a owner.Act) bool { return slices.Contains(kinds, a.Kind) },
		func(a owner.Act) owner.Mark { return owner.Mark{At: a.At, Key: a.Terminal + "/" + a.ID} }, behind, limit), err
}

// Zs implements owner.Store.
func (m *Memory) Zs(
	ctx context.Context,
	s owner.Span,
	due string,
	behind owner.Mark,
	limit int,
) ([]owner.Z, error) {
	unlock, err := m.lock(ctx)
	defer unlock()

	zs, closed := slices.Clone(m.ZRows), map[string]bool{}
	for _, z := range zs {
		closed[z.Terminal+z.Day] = true
	}
	for _, d := range m.DayRows {
		if (d.Asked.Opened > 0 || d.Payments > 0) && d.Day <= due && !closed[d.Terminal+d.Day] {
			zs = append(zs, owner.Z{Where: d.Where, Operation: "missing", Day: d.Day, State: "missing"})
		}
	}

	return newest(
		zs,
		func(z owner.Z) bool { return in(s, z.Terminal, z.Day) },
		func(z owner.Z) owner.Mark { return owner.Mark{At: dayAt(z.Day), Key: z.Terminal + "/" + z.Operation} },
		behind,
		limit,
	), err
}

// Days implements owner.Store.
func (m *Memory) Days(ctx context.Context, s owner.Span, behind owner.Mark, limit int) ([]owner.Day, error) {
	unlock, err := m.lock(ctx)
	defer unlock()
	return newest(m.DayRows, func(d owner.Day) bool { return in(s, d.Terminal, d.Day) },
		func(d owner.Day) owner.Mark { return owner.Mark{At: dayAt(d.Day), Key: d.Terminal} }, behind, limit), err
}

// Invoices implements owner.Store.
func (m *Memory) Invoices(ctx context.Context, s owner.Span) ([]owner.Invoices, error) {
	unlock, err := m.lock(ctx)
	defer unlock()
	var all []owner.Invoices
	for _, sale := range m.SaleRows {
		v := sale.Invoice
		if v == nil || sale.Phase != "paid" || !in(s, sale.Terminal, sale.Day) {
			continue
		}
		i := slices.IndexFunc(all, func(o owner.Invoices) bool {
			return o.GSTIN == v.GSTIN && o.Month == sale.Day[:7] && o.Interstate == v.Interstate
		})
		if i < 0 {
			i = len(all)
			all = append(all, owner.Invoices{GSTIN: v.GSTIN, Month: sale.Day[:7], Interstate: v.Interstate})
		}
		all[i].Count++
		all[i].Amount += sale.Amount
		all[i].GST += v.GST
		all[i].Cess += v.Cess
	}
	slices.SortFunc(all, func(a, b owner.Invoices) int {
		return cmp.Or(cmp.Compare(a.GSTIN, b.GSTIN), cmp.Compare(a.Month, b.Month),
			cmp.Compare(fmt.Sprint(a.Interstate), fmt.Sprint(b.Interstate)))
	})
	return all, err
}

// Sales implements owner.Store.
func (m *Memory) Sales(ctx context.Context, s owner.Span, behind owner.Mark, limit int) ([]owner.Sale, error) {
	unlock, err := m.lock(ctx)
	defer unlock()
	return newest(m.SaleRows, func(r owner.Sale) bool { return in(s, r.Terminal, r.Day) }, saleMark, behind, limit), err
}

// Find implements owner.Store.
func (m *Memory) Find(ctx context.Context, q owner.Query, behind owner.Mark, limit int) ([]owner.Sale, error) {
	unlock, err := m.lock(ctx)
	defer unlock()
	if q.RRN == "" && q.Reference == "" && q.Amount == 0 && (q.Day == "" || q.Number == 0) {
		panic(fmt.Sprintf("ownertest: a search that no index answers: %+v", q))
	}
	return newest(m.SaleRows, func(s owner.Sale) bool {
		return (q.RRN == "" || slices.Contains(s.RRNs, q.RRN)) && (q.Amount == 0 || s.Amount == q.Amount) &&
			(q.Reference == "" || s.Reference != "" && strings.EqualFold(s.Reference, q.Reference)) &&
			(q.Day == "" || s.Day == q.Day && s.Number == q.Number) && (q.Terminal == "" || s.Terminal == q.Terminal)
	}, saleMark, behind, limit), err
}

// Branches implements owner.Store.
func (m *Memory) Branches(ctx context.Context, terminal string) ([]owner.Branch, error) {
	unlock, err := m.lock(ctx)
	defer unlock()
	return m.BranchRows[terminal], err
}

// Beat implements owner.Store.
func (m *Memory) Beat(ctx context.Context, terminal string) (owner.Beat, bool, error) {
	unlock, err := m.lock(ctx)
	defer unlock()
	b, ok := m.Beats[terminal]
	return b, ok, err
}

// Stand is the row of a counter.
func (m *Memory) Stand(counter string) *owner.Stand {
	i := slices.IndexFunc(m.StandRows, func(s owner.Stand) bool { return s.Counter == counter })
	if i < 0 {
		panic("ownertest: there is no counter " + strings.TrimSpace(counter))
	}
	return &m.StandRows[i]
}

// Rename gives a terminal another id, wherever it stands.
func (m *Memory) Rename(from, to string) {
	m.Lock()
	defer m.Unlock()
	change := func(w *owner.Where) {
		if w.Terminal == from {
			w.Terminal = to
		}
	}
	for i := range m.StandRows {
		change(&m.StandRows[i].Where)
	}
	for i := range m.DayRows {
		change(&m.DayRows[i].Where)
	}
	for i := range m.FindingRows {
		change(&m.FindingRows[i].Where)
	}
	for i := range m.SaleRows {
		change(&m.SaleRows[i].Where)
	}
	for i := range m.RefundRows {
		change(&m.RefundRows[i].Where)
	}
	for i := range m.ActRows {
		change(&m.ActRows[i].Where)
	}
	for i := range m.ZRows {
		change(&m.ZRows[i].Where)
	}
	m.BranchRows[to], m.Beats[to] = m.BranchRows[from], m.Beats[from]
}
