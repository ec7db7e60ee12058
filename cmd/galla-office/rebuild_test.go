package main

import (
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"galla/internal/office"
	"galla/internal/office/officetest"
	"galla/internal/office/pg"
	"galla/internal/office/pg/pgtest"
)

// TestRebuild: rows that are gone or wrong are made again, of one box or of all, and the command tells of each.
func TestRebuild(t *testing.T) {
	_, database := pgtest.Database(t)
	store, err := pg.Open(t.Context(), database)
	if err != nil {
		t.Fatal(err)
	}
	defer store.Close()
	o := office.New(store, nil)
	var boxes []officetest.Box
	for n := range 2 {
		b := officetest.NewBox(t, n, 300, 40)
		boxes = append(boxes, b)
		if err := store.PutTerminal(t.Context(), b.Terminal); err != nil {
			t.Fatal(err)
		}
		if _, err := o.Take(t.Context(), b.Submissions); err != nil {
			t.Fatal(err)
		}
	}

	config := filepath.Join(t.TempDir(), "office.toml")
	text := fmt.Sprintf("listen = \"127.0.0.1:1\"\naddress = \"https://office.example\"\ndatabase = %q\n"+
		"behind_proxy = \"127.0.0.1\"\n", database)
	if err := os.WriteFile(config, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
	does := (&served{t: t, config: config}).does
	sums := func() (out string) {
		t.Helper()
		for _, b := range boxes {
			err := store.View(t.Context(), func(tx office.Tx) error {
				days, err := tx.Days(b.Terminal.ID, "")
				out += fmt.Sprintln(b.Terminal.ID, days)
				return err
			})
			if err != nil {
				t.Fatal(err)
			}
		}
		return out
	}

	was := sums()
	if !strings.Contains(was, "₹") {
		t.Fatal("there is no money in it")
	}
	spoil := func() {
		pgtest.Do(t, database, "DELETE FROM sale", "UPDATE day SET received = received + 1, kept = kept + 1",
			"DELETE FROM payment")
		if sums() == was {
			t.Fatal("nothing is spoilt")
		}
	}
	spoil()
	for i, b := range boxes {
		want := fmt.Sprintf("1 of 1  %s  %d events", b.Terminal.ID, b.Events)
		if says := does(exitDone, "rebuild", "--terminal", b.Terminal.ID); !strings.HasPrefix(says, want) {
			t.Errorf("it says %q, want %q", says, want)
		}
		if (sums() == was) != (i == 1) {
			t.Errorf("behind box %d: %s", i, sums())
		}
	}
	spoil()
	says := does(exitDone, "rebuild")
	if sums() != was ||
		!strings.Contains(says, fmt.Sprintf("2 terminals, %d events", boxes[0].Events+boxes[1].Events)) {
		t.Errorf("it says %q", says)
	}
	if says := does(exitRefuse, "rebuild", "--terminal", "nobody"); !strings.Contains(says, "terminal list") {
		t.Errorf("it says %q", says)
	}
}
