package pg_test

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/jackc/pgx/v5"

	"galla/internal/office"
	"galla/internal/office/officetest"
	"galla/internal/office/pg"
	"galla/internal/office/pg/cluster"
	"galla/internal/office/pg/pgtest"
	"galla/internal/segment"
)

var now = time.Date(2026, 12, 1, 10, 0, 0, 0, time.UTC)

func days(t *testing.T, s *pgtest.Subject, terminal string) int {
	return len(s.Rows(t).SumsOf(terminal))
}

func putDay(tx office.Tx, terminal, day string) error {
	return tx.PutDay(office.Day{Terminal: terminal, Day: day})
}

// TestEither: a COMMIT without an answer is told as such, whether the server has it or not, and so is nothing else.
func TestEither(t *testing.T) {
	a := officetest.NewBox(t, 1, 1, 100).Terminal
	s := pgtest.Open(t, a)
	for i, applied := range []bool{false, true} {
		s.Fail(func() (bool, error) { return applied, errors.New("cut") })
		err := s.Update(t.Context(), []string{a.ID}, func(tx office.Tx) error { return putDay(tx, a.ID, "d") })
		s.Fail(nil)
		if !errors.Is(err, office.ErrEither) {
			t.Errorf("applied %v: %v", applied, err)
		}
		if got := days(t, s, a.ID); got != i {
			t.Errorf("applied %v: %d days are there", applied, got)
		}
	}
}

// TestGone: who asked may go away while the server commits; before that, nothing is there.
func TestGone(t *testing.T) {
	a := officetest.NewBox(t, 1, 1, 100).Terminal
	s := pgtest.Open(t, a)
	ctx, cancel := context.WithCancel(t.Context())
	s.Fail(func() (bool, error) { cancel(); return false, nil })
	err := s.Update(ctx, []string{a.ID}, func(tx office.Tx) error { return putDay(tx, a.ID, "d") })
	if err != nil || days(t, s, a.ID) != 1 {
		t.Errorf("%v, %d days", err, days(t, s, a.ID))
	}
	ctx, cancel = context.WithCancel(t.Context())
	err = s.Update(ctx, []string{a.ID}, func(tx office.Tx) error { cancel(); return putDay(tx, a.ID, "e") })
	if err == nil || errors.Is(err, office.ErrEither) || days(t, s, a.ID) != 1 {
		t.Errorf("%v, %d days", err, days(t, s, a.ID))
	}
}

// TestCutAnywhere: the line is cut instead of each message of a transaction in turn, to its end. Nothing of it is there
// but behind the COMMIT, and the next transaction is as if nothing had been.
func TestCutAnywhere(t *testing.T) {
	b := officetest.NewBox(t, 1, 300, 60)
	s := pgtest.Open(t, b.Terminal)
	o := office.New(s, func() time.Time { return now })
	if _, err := o.Take(t.Context(), b.Submissions[:1]); err != nil {
		t.Fatal(err)
	}
	conn, err := pgx.Connect(t.Context(), s.Address())
	if err != nil {
		t.Fatal(err)
	}
	defer conn.Close(context.Background())
	content := func() (all string) {
		t.Helper()
		err := conn.QueryRow(t.Context(), `SELECT concat_ws(
			' ', (SELECT count(*) FROM segment), (SELECT max(seq) FROM branch),
			(SELECT sum(seq) FROM sale), (SELECT sum(received) FROM payment), (SELECT sum(received) FROM day))`).
			Scan(&all)
		if err != nil {
			t.Fatal(err)
		}
		return all
	}
	was := content()
	cuts := 0
	for ; ; cuts++ {
		s.CutAfter(cuts)
		answers, err := o.Take(t.Context(), b.Submissions[1:3])
		if s.Cuts() { // it had fewer messages
			s.CutAfter(-1)
			if err != nil || answers[1].Verdict != segment.Append {
				t.Fatalf("%+v %v", answers, err)
			}
			break
		}
		if err == nil && !s.Cuts() && content() == was {
			t.Fatalf("cut after %d messages: told as taken, and it is not", cuts)
		}
		if err == nil { // cut behind the COMMIT
			break
		}
		if got := content(); got != was {
			t.Fatalf("cut after %d messages (%v): a part of it is there: %s, was %s", cuts, err, got, was)
		}
	}
	if cuts < 10 { // the COMMIT among them: one that never left is told as not there, see TestEither
		t.Errorf("only %d messages were cut", cuts)
	}
	answers, err := o.Take(t.Context(), b.Submissions[1:])
	if err != nil || answers[0].Verdict != segment.Duplicate {
		t.Fatalf("%+v %v", answers, err)
	}
}

// TestInTheWay: a transaction that the server throws out runs again, and not for ever; one that it refuses for another
// reason does not, and nothing of it is there.
func TestInTheWay(t *testing.T) {
	const trigger = `
		CREATE SEQUENCE tried;
		CREATE FUNCTION throw() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN
			IF nextval('tried') <= %d THEN RAISE 'in the way' USING ERRCODE = '%s'; END IF;
			RETURN NEW;
		END $$;
		CREATE CONSTRAINT TRIGGER throw AFTER INSERT ON day DEFERRABLE %s FOR EACH ROW EXECUTE FUNCTION throw()`
	for _, c := range []struct {
		name, code, when string
		times, runs      int
		want             string // of the error
	}{
		{"a deadlock", "40P01", "INITIALLY IMMEDIATE", 3, 4, ""},
		{"by a rival", "40001", "INITIALLY IMMEDIATE", 3, 4, ""},
		{"by a rival, at the COMMIT", "40001", "INITIALLY DEFERRED", 3, 4, ""},
		{"for ever", "40001", "INITIALLY DEFERRED", 1000, 10, "10 times another transaction stood in the way"},
		{"a full disk", "53100", "INITIALLY IMMEDIATE", 1, 1, "in the way (SQLSTATE 53100)"},
		{"a full disk, at the COMMIT", "53100", "INITIALLY DEFERRED", 1, 1, "in the way (SQLSTATE 53100)"},
	} {
		t.Run(c.name, func(t *testing.T) {
			a := officetest.NewBox(t, 1, 1, 100).Terminal
			s := pgtest.Open(t, a)
			pgtest.Do(t, s.Address(), fmt.Sprintf(trigger, c.times, c.code, c.when))
			runs := 0
			err := s.Update(t.Context(), []string{a.ID}, func(tx office.Tx) error {
				runs++
				_, found, err := tx.Day(a.ID, "d")
				if found {
					t.Error("a run sees what the one before it wrote")
				}
				return errors.Join(err, putDay(tx, a.ID, "d"))
			})
			there := 0
			if c.want == "" {
				there = 1
			}
			if runs != c.runs || days(t, s, a.ID) != there || errors.Is(err, office.ErrEither) ||
				(err == nil) != (c.want == "") || err != nil && !strings.Contains(err.Error(), c.want) {
				t.Errorf("%d runs, %d days, %v", runs, days(t, s, a.ID), err)
			}
		})
	}
}

// TestClaimedAtOnce: two transactions find a payment free at the same moment. One has it; the other runs again, sees
// it, and does not take it.
func TestClaimedAtOnce(t *testing.T) {
	a, b := officetest.NewBox(t, 1, 1, 100).Terminal, officetest.NewBox(t, 2, 1, 100).Terminal
	s := pgtest.Open(t, a, b)
	var both sync.WaitGroup
	both.Add(2)
	var runs, refused atomic.Int32
	claim := func(terminal string, ids ...string) {
		first := true
		err := s.Update(t.Context(), []string{terminal}, func(tx office.Tx) error {
			runs.Add(1)
			free := true
			for _, id := range ids {
				_, found, err := tx.Payment("enkash", id)
				if err != nil {
					return err
				}
				free = free && !found
			}
			if first {
				first = false
				both.Done()
				both.Wait()
			}
			if !free {
				refused.Add(1)
				return nil
			}
			for _, id := range ids {
				sum := office.Sum{Payments: 1, Received: 1, Kept: 1}
				err := tx.PutPayment(office.Payment{Gateway: "enkash", ID: id, Terminal: terminal, Sale: "s", Sum: sum})
				if err != nil {
					return err
				}
			}
			return putDay(tx, terminal, "d")
		})
		if err != nil {
			t.Error(err)
		}
	}
	var all sync.WaitGroup
	all.Go(func() { claim(a.ID, "1", "2", "3") })
	all.Go(func() { claim(b.ID, "3", "2", "1") })
	all.Wait()
	rows := s.Rows(t)
	if runs.Load() != 3 || refused.Load() != 1 || len(rows.Payments) != 3 || len(rows.Days) != 1 {
		t.Fatalf("%d runs, %d refused, %+v, %+v", runs.Load(), refused.Load(), rows.Payments, rows.Days)
	}
	for _, p := range rows.Payments {
		if p.Terminal != rows.Days[0].Terminal {
			t.Errorf("%+v", rows.Payments)
		}
	}
}

// TestCrash: the server crashes and comes back while boxes send what they have. At the end all of it is there once, and
// the rows are those of an office in memory.
func TestCrash(t *testing.T) {
	server, err := cluster.Start(t.Context(), cluster.Options{Forgetful: true})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := server.Stop(); err != nil {
			t.Error(err)
		}
	})
	store, err := pg.Open(t.Context(), server.Address("postgres"))
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(store.Close)
	boxes := []officetest.Box{officetest.NewBox(t, 1, 2500, 15), officetest.NewBox(t, 2, 2500, 15)}
	memory := officetest.NewMemory(boxes[0].Terminal, boxes[1].Terminal)
	byMemory := office.New(memory, func() time.Time { return now })
	for _, b := range boxes {
		if err := store.PutTerminal(t.Context(), b.Terminal); err != nil {
			t.Fatal(err)
		}
		if _, err := byMemory.Take(t.Context(), b.Submissions); err != nil {
			t.Fatal(err)
		}
	}

	o := office.New(store, func() time.Time { return now })
	var all sync.WaitGroup
	var taken, failed atomic.Int32
	for _, b := range boxes {
		all.Go(func() {
			for i := 0; i < len(b.Submissions) && t.Context().Err() == nil; {
				to := min(len(b.Submissions), i+2)
				answers, err := o.Take(t.Context(), b.Submissions[i:to])
				if err != nil {
					failed.Add(1)
					time.Sleep(5 * time.Millisecond)
					continue
				}
				for _, a := range answers {
					if a.Verdict != segment.Append && a.Verdict != segment.Duplicate {
						t.Errorf("%+v", a)
					}
				}
				taken.Add(int32(to - i))
				i = to
			}
		})
	}
	ended := make(chan struct{})
	go func() { all.Wait(); close(ended) }()
	for crashes := 0; crashes < 3; crashes++ {
		for want := int32(crashes+1) * 60; taken.Load() < want; {
			time.Sleep(time.Millisecond)
		}
		if err := errors.Join(server.Kill(), server.Restart(t.Context())); err != nil {
			t.Fatal(err)
		}
	}
	<-ended
	if failed.Load() == 0 {
		t.Error("no transaction failed")
	}
	if got, want := pgtest.RowsAt(t, server.Address("postgres")).Text(), memory.Rows(t).Text(); got != want {
		t.Error("the rows are others than those of an office in memory")
	}
}
