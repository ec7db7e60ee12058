package peopletest

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"sync"
	"testing"
	"time"

	"galla/internal/office/people"
)

// Contract holds a store to what package people says of it. make makes an empty one.
func Contract(t *testing.T, make func(testing.TB) people.Store) {
	ctx := t.Context()
	at := time.Date(2026, 11, 30, 9, 0, 0, 0, time.UTC)
	ravi := people.Record{
		Name:   "Ravi",
		Folded: "ravi",
		Role:   people.Owner,
		Hash:   "argon2id$1$8$a$b",
		Since:  at,
		By:     "root",
	}
	asha := people.Record{Name: "Asha", Folded: "asha", Role: people.Viewer, Hash: "argon2id$1$8$c$d", Since: at,
		By: "Ravi"}
	put := func(t *testing.T, s people.Store, do func(people.Tx) error) {
		t.Helper()
		if err := s.Change(ctx, do); err != nil {
			t.Fatal(err)
		}
	}
	add := func(all ...people.Record) func(people.Tx) error {
		return func(tx people.Tx) error {
			for _, r := range all {
				if err := tx.PutPerson(r); err != nil {
					return err
				}
			}
			return nil
		}
	}

	t.Run("Persons", func(t *testing.T) {
		s := make(t)
		put(t, s, add(ravi, asha))
		ravi := ravi
		ravi.Role = people.Accountant
		put(t, s, add(ravi))
		view(ctx, t, s, func(tx people.Tx) {
			all, err := tx.Persons()
			if err != nil || len(all) != 2 || all[0].Name != "Asha" || !all[0].Since.Equal(at) ||
				all[1].Role != people.Accountant || all[1].Hash != ravi.Hash || all[1].By != "root" {
				t.Errorf("%+v, %v", all, err)
			}
			if _, found, err := tx.Person("meena"); found || err != nil {
				t.Errorf("%v, %v", found, err)
			}
		})
		broken := errors.New("broken")
		if err := s.Change(ctx, func(tx people.Tx) error {
			return errors.Join(tx.DeletePerson("ravi"), tx.DeletePerson("asha"), broken)
		}); !errors.Is(err, broken) {
			t.Errorf("%v", err)
		}
		view(ctx, t, s, func(tx people.Tx) {
			if all, _ := tx.Persons(); len(all) != 2 {
				t.Errorf("what a Change did that failed is there: %+v", all)
			}
		})
	})

	t.Run("Sessions", func(t *testing.T) {
		s := make(t)
		put(t, s, add(ravi, asha))
		sessions := map[people.TokenHash]string{{1}: "Ravi", {2}: "Ravi", {3}: "Asha"}
		for h, name := range sessions {
			put(t, s, func(tx people.Tx) error {
				return tx.PutSession(h, people.Session{Name: name, Role: people.Owner, Began: at, Used: at})
			})
		}
		there := func(want ...byte) {
			t.Helper()
			got := ""
			view(ctx, t, s, func(tx people.Tx) {
				for h := range byte(4) {
					if _, found, err := tx.Session(people.TokenHash{h}); err != nil {
						t.Error(err)
					} else if found {
						got += fmt.Sprint(h)
					}
				}
			})
			all := ""
			for _, h := range want {
				all += fmt.Sprint(h)
			}
			if got != all {
				t.Errorf("sessions %q, not %q", got, all)
			}
		}
		there(1, 2, 3)
		view(ctx, t, s, func(tx people.Tx) {
			if is, _, _ := tx.Session(people.TokenHash{3}); is.Name != "Asha" || is.Role != people.Viewer {
				t.Errorf("the role is the person's, as it is now: %+v", is)
			}
		})
		put(t, s, func(tx people.Tx) error { return tx.EndSession(people.TokenHash{1}) })
		put(t, s, func(tx people.Tx) error { return tx.EndSession(people.TokenHash{9}) })
		there(2, 3)
		later := at.Add(time.Hour)
		if err := s.Seen(ctx, people.TokenHash{3}, later); err != nil {
			t.Error(err)
		}
		put(t, s, func(tx people.Tx) error { return tx.ForgetSessions(at, later) })
		there(3)
		put(t, s, func(tx people.Tx) error { return tx.DeletePerson("asha") })
		there()
	})

	t.Run("Acts", func(t *testing.T) {
		s := make(t)
		for i := range 5 {
			put(t, s, func(tx people.Tx) error {
				return tx.AddAct(people.Act{At: at, By: "Ravi", Kind: "export.make", Target: fmt.Sprint(i),
					Detail: json.RawMessage(`{"from":"2026-11-01"}`)})
			})
		}
		view(ctx, t, s, func(tx people.Tx) {
			first, err := tx.Acts(0, 2)
			if err != nil || len(first) != 2 || first[0].Target != "4" || first[0].ID <= first[1].ID ||
				!first[0].At.Equal(at) {
				t.Fatalf("%+v, %v", first, err)
			}
			var detail map[string]string
			if json.Unmarshal(first[0].Detail, &detail); detail["from"] != "2026-11-01" {
				t.Errorf("%s", first[0].Detail)
			}
			rest, err := tx.Acts(first[1].ID, 100)
			if err != nil || len(rest) != 3 || rest[0].Target != "2" {
				t.Errorf("%+v, %v", rest, err)
			}
		})
	})

	t.Run("Tries", func(t *testing.T) {
		s := make(t)
		var all sync.WaitGroup
		for range 20 { // at once: each sees what the others did
			all.Go(func() {
				err := s.Try(ctx, "192.0.2.1", "ravi", func(n, p people.Tries) (people.Tries, people.Tries, bool) {
					n.Wrong++
					p.Wrong++
					n.Last, n.Until, p.Last, p.Until = at, at, at, at
					return n, p, true
				})
				if err != nil {
					t.Error(err)
				}
			})
		}
		all.Wait()
		look := func(name string, wantName, wantPlace int) {
			t.Helper()
			err := s.Try(ctx, "192.0.2.1", name, func(n, p people.Tries) (people.Tries, people.Tries, bool) {
				if n.Wrong != wantName || p.Wrong != wantPlace || wantName > 0 && !n.Until.Equal(at) {
					t.Errorf("%s: %+v, %+v, not %d and %d", name, n, p, wantName, wantPlace)
				}
				n.Wrong = 1000
				return n, p, false
			})
			if err != nil {
				t.Error(err)
			}
		}
		look("ravi", 20, 20)
		look("asha", 0, 20)
		if err := s.Right(ctx, "192.0.2.1", "ravi"); err != nil {
			t.Error(err)
		}
		look("ravi", 0, 19)
	})
}

func view(ctx context.Context, t *testing.T, s people.Store, do func(people.Tx)) {
	t.Helper()
	if err := s.View(ctx, func(tx people.Tx) error { do(tx); return nil }); err != nil {
		t.Fatal(err)
	}
}
