//go:build rig

package rig

import (
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"strconv"

	"galla/state"
	"galla/state/boltstore"
)

// promise is what the writer was told, and so what must be there after a crash.
type promise struct {
	acked  uint64 // the last event of which Commit returned
	kept   int    // the last setting of which Put returned
	begun  int    // the last setting of which Put began
	summed int    // the last sums of which Write returned
	sums   int    // the last sums of which Write began
	prunes bool   // Prune has begun at least once
	backup bool   // Backup has returned at least once
	tell   bool   // say so if more is there than was acknowledged
}

// hear takes a line that the writer said.
func (p *promise) hear(line string) {
	var word string
	var n int
	if _, err := fmt.Sscan(line, &word, &n); err != nil {
		return
	}
	switch word {
	case "ACK", "OPEN": // what a start found stays
		p.acked = max(p.acked, uint64(n))
	case "PUT":
		p.begun = n
	case "KEPT":
		p.kept = n
	case "SUM":
		p.sums = n
	case "SUMMED":
		p.summed = n
	case "PRUNE":
		p.prunes = true
	case "BACKUP":
		p.backup = true
	}
}

// judge knows what the store must hold after every event, from a run in which nothing failed.
type judge struct {
	heads []string            // by sequence number
	sales []map[string]string // by sequence number: id → sale, or operation, as JSON
}

func newJudge(n int) (*judge, error) {
	dir, err := os.MkdirTemp(shm(), "judge")
	if err != nil {
		return nil, err
	}
	defer os.RemoveAll(dir)
	s, err := boltstore.Open(filepath.Join(dir, "sales.db"), boltstore.Options{})
	if err != nil {
		return nil, err
	}
	defer s.Close()
	j := &judge{heads: []string{""}, sales: []map[string]string{{}}}
	tr := traffic()
	for tr.Seq() < uint64(n)+1 {
		b := tr.Next()
		if err := s.Commit(b); err != nil {
			return nil, err
		}
		a, err := s.Anchor()
		if err != nil {
			return nil, err
		}
		j.heads = append(j.heads, a.Hash)
		m := map[string]string{}
		for id, raw := range j.sales[len(j.sales)-1] {
			m[id] = raw
		}
		for _, s := range b.Sales {
			m[s.ID] = asJSON(s)
		}
		for _, o := range b.Operations {
			m[o.ID] = asJSON(o)
		}
		j.sales = append(j.sales, m)
	}
	return j, nil
}

// look opens what a crash left in dir as gallad does, and says what is wrong with it. sellOn tries a sale on top.
func (j *judge) look(dir string, p promise, sellOn bool) error {
	path := filepath.Join(dir, "sales.db")
	if _, err := os.Stat(path); err == nil {
		if _, err := boltstore.Check(path, false); err != nil {
			return fmt.Errorf("refused by the quick check: %w", err)
		}
	}
	s, err := boltstore.Open(path, boltstore.Options{})
	if err != nil {
		return fmt.Errorf("refused by Open: %w", err)
	}
	defer s.Close()
	if err := j.compare(s, p); err != nil {
		return err
	}
	if p.backup {
		if _, err := boltstore.Check(filepath.Join(dir, "backup.db"), false); err != nil {
			return fmt.Errorf("the backup: %w", err)
		}
	}
	if sellOn {
		seq, err := s.Seq()
		if err != nil {
			return err
		}
		tr := traffic()
		b := tr.Next()
		for b.Events[0].Seq <= seq {
			b = tr.Next()
		}
		if err := s.Commit(b); err != nil {
			return fmt.Errorf("the shop can't go on: %w", err)
		}
	}
	if err := s.Close(); err != nil {
		return err
	}
	if _, err := boltstore.Check(path, true); err != nil {
		return fmt.Errorf("full check: %w", err)
	}
	return nil
}

func (j *judge) compare(s *boltstore.Store, p promise) error {
	a, err := s.Anchor()
	if err != nil {
		return err
	}
	if a.Seq == p.acked+1 && p.tell {
		fmt.Println("one more event is there than was acknowledged")
	}
	switch {
	case a.Seq < p.acked:
		return fmt.Errorf("LOST: event %d was acknowledged, and the file ends at %d", p.acked, a.Seq)
	case a.Seq > p.acked+1:
		return fmt.Errorf("event %d is there, and only %d was ever begun", a.Seq, p.acked+1)
	case a.Hash != j.heads[a.Seq]:
		return fmt.Errorf("the chain ends at event %d with another hash than it was given", a.Seq)
	}
	if _, err := s.Events(0, 1<<20); err != nil {
		return err
	}
	all, err := s.Sales(state.Query{Limit: 1 << 20})
	if err != nil {
		return err
	}
	asked, err := s.Operations("", 1<<20)
	if err != nil {
		return err
	}
	want := j.sales[a.Seq]
	if n := len(all) + len(asked); n > len(want) || n < len(want) && !p.prunes {
		return fmt.Errorf("%d sales and %d operations are there, want %d together", len(all), len(asked), len(want))
	}
	for _, o := range asked {
		if asJSON(o) != want[o.ID] {
			return fmt.Errorf("operation %s is not as event %d left it", o.ID, a.Seq)
		}
	}
	for _, sale := range all {
		if asJSON(sale) != want[sale.ID] {
			return fmt.Errorf("sale %s is not as event %d left it", sale.ID, a.Seq)
		}
	}
	raw, err := s.Settings().Get("n")
	if err != nil {
		return err
	}
	if n, _ := strconv.Atoi(string(raw)); n < p.kept || n > max(p.kept, p.begun) {
		return fmt.Errorf("LOST: setting %d was acknowledged, and %d is there", p.kept, n)
	}
	return added(s, p, a.Seq)
}

// added wants sums that are whole, as old as the last that were written, and of no event that isn't there.
func added(s *boltstore.Store, p promise, seq uint64) error {
	rows := map[string]int{}
	err := s.Totals().Read(func(name string, value []byte) (err error) {
		rows[name], err = strconv.Atoi(string(value))
		return err
	})
	if err != nil {
		return err
	}
	n := rows["head"]
	whole := n == 0 && len(rows) == 0 ||
		rows["day/1"] == n && rows[fmt.Sprint("day/", n)] == n && rows[fmt.Sprint("day/", n-2*sumsAt)] == 0
	for name, of := range rows {
		if of > n || name != "head" && name != "day/1" && name != fmt.Sprint("day/", of) {
			whole = false
		}
	}
	if !whole {
		return fmt.Errorf("the sums up to event %d are not whole: %v", n, rows)
	}
	if n < p.summed || n > max(p.summed, p.sums) || uint64(n) > seq {
		return fmt.Errorf("the sums are of events up to %d, %d was acknowledged, and the file ends at %d",
			n, p.summed, seq)
	}
	return nil
}

func asJSON(v any) string {
	raw, err := json.Marshal(v)
	if err != nil {
		panic(err)
	}
	return string(raw)
}

// shm is a folder in memory if there is one.
func shm() string {
	if info, err := os.Stat("/dev/shm"); err == nil && info.IsDir() {
		return "/dev/shm"
	}
	return ""
}
