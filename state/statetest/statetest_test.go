package statetest

import (
	"errors"
	"testing"

	"galla/state"
)

func TestTrafficFits(t *testing.T) {
	m, tr := NewMemory(), NewTraffic(1, 6, 40)
	phases := map[state.Phase]int{}
	tenders := map[state.Tender]int{}
	batches := 20000
	if testing.Short() { // make quick
		batches = 10000
	}
	for range batches {
		b := tr.Next()
		if err := m.Commit(b); err != nil {
			t.Fatal(err)
		}
		tenders[b.Sales[0].Tender]++ // at that moment: late money that is answered is late no more
	}
	all, err := m.Sales(state.Query{Limit: 1 << 20})
	if err != nil || len(all) != tr.Sales {
		t.Fatalf("%d sales, want %d: %v", len(all), tr.Sales, err)
	}
	for _, s := range all {
		phases[s.Phase]++
	}
	t.Log(phases, tenders)
	if phases[state.PhasePaid] == 0 || phases[state.PhaseClosed] == 0 || tenders[state.TenderLate] == 0 ||
		tenders[state.TenderDuplicate] == 0 {
		t.Errorf("traffic is too tame: %v %v", phases, tenders)
	}
}

func TestStrict(t *testing.T) {
	good := NewTraffic(1, 1, 10).Next()
	for name, spoil := range map[string]func(*state.Batch){
		"empty":              func(b *state.Batch) { *b = state.Batch{} },
		"a sale made up":     func(b *state.Batch) { b.Sales[0].Amount++ },
		"an event, no sale":  func(b *state.Batch) { b.Sales = nil },
		"a sale, no event":   func(b *state.Batch) { b.Events = nil },
		"a sale twice":       func(b *state.Batch) { b.Sales = append(b.Sales, b.Sales[0]) },
		"an event refused":   func(b *state.Batch) { b.Events[0].Kind = state.EventShown },
		"a key for nothing":  func(b *state.Batch) { b.Keys[0].SaleID = "nobody" },
		"a key without name": func(b *state.Batch) { b.Keys[0].Key = "" },
	} {
		t.Run(name, func(t *testing.T) {
			b := NewTraffic(1, 1, 10).Next()
			spoil(&b)
			m := NewMemory()
			func() {
				defer func() {
					if recover() == nil {
						t.Error("no panic")
					}
				}()
				m.Commit(b)
			}()
			if err := m.Commit(good); err != nil {
				t.Errorf("the refused batch left something: %v", err)
			}
		})
	}
}

func TestFaulty(t *testing.T) {
	full := errors.New("no space left on device")
	for _, applied := range []bool{false, true} {
		m, tr := NewMemory(), NewTraffic(1, 1, 10)
		f := NewFaulty(m, func(op Op) (bool, error) {
			if op.Method == "Commit" && op.N == 2 {
				return applied, full
			}
			return false, nil
		})
		if err := f.Commit(tr.Next()); err != nil {
			t.Fatal(err)
		}
		if err := f.Commit(tr.Next()); !errors.Is(err, full) {
			t.Fatalf("second commit: %v", err)
		}
		if err := f.Commit(tr.Next()); !errors.Is(err, ErrBroken) {
			t.Fatalf("commit after a failed one: %v", err)
		}
		f = f.Reopen()
		want := uint64(1)
		if applied {
			want = 2
		}
		if seq, err := f.Seq(); err != nil || seq != want {
			t.Errorf("applied %v: %d events after reopening, want %d: %v", applied, seq, want, err)
		}
	}
}

func TestMemoryKeepsTheContract(t *testing.T) {
	disks := map[string]*Memory{}
	Run(t, ErrConflict, func(dir string) (Store, error) {
		if disks[dir] == nil {
			disks[dir] = NewMemory()
		}
		return disks[dir], nil
	})
}

func TestFaultyKeepsTheContract(t *testing.T) {
	disks := map[string]*Memory{}
	Run(t, ErrConflict, func(dir string) (Store, error) {
		if disks[dir] == nil {
			disks[dir] = NewMemory()
		}
		return NewFaulty(disks[dir], func(Op) (bool, error) { return false, nil }), nil
	})
}
