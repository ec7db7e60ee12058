package boltstore

import (
	"bytes"
	"errors"
	"fmt"
	"os"
	"slices"
	"strings"

	bolt "go.etcd.io/bbolt"

	"galla/state"
	"galla/state/boltstore/salesfile"
	"galla/state/difference"
)

// upgradeAtOnce is how many sales one transaction brings to today's rules.
const upgradeAtOnce = 50

// metaReport begins the keys of lines of the report that is not written yet; a sale's id follows.
var metaReport = []byte("report/")

// upgradeSales brings the sales of older rules that still need something to today's, by an event each, in
// transactions of a bounded size, and writes a report of those whose open amounts differ by it. It runs at the first
// start of a file that was migrated, or salvaged from an older one. If we die in it, the next start goes on behind
// the last sale that is done.
func (s *Store) upgradeSales() error {
	var after []byte
	due := false
	var ids [][]byte
	err := s.db.View(func(tx *bolt.Tx) error {
		if after = bytes.Clone(tx.Bucket(salesfile.BucketMeta).Get(salesfile.MetaUpgrade)); after == nil {
			return nil
		}
		due = true
		seen := map[string]bool{}
		add := func(id, _ []byte) error {
			if bytes.Compare(id, after) > 0 && !seen[string(id)] {
				seen[string(id)], ids = true, append(ids, bytes.Clone(id))
			}
			return nil
		}
		return errors.Join(
			tx.Bucket(salesfile.BucketWatch).ForEach(add),
			tx.Bucket(salesfile.BucketAttention).ForEach(add),
			salesfile.EachRecent(tx, add),
		)
	})
	if err != nil || !due {
		return err
	}

	slices.SortFunc(ids, bytes.Compare)
	for len(ids) > 0 {
		some := ids[:min(len(ids), upgradeAtOnce)]
		ids = ids[len(some):]
		err := s.update(func(tx *bolt.Tx) error {
			for _, id := range some {
				if err := s.upgradeSale(tx, id); err != nil {
					return err
				}
			}
			// If we die before this commit, these sales are as they were, and the next start brings them again.
			return tx.Bucket(salesfile.BucketMeta).Put(salesfile.MetaUpgrade, some[len(some)-1])
		})
		if err != nil {
			return err
		}
	}

	return s.endUpgrade()
}

func (s *Store) upgradeSale(tx *bolt.Tx, id []byte) error {
	sale, found, err := salesfile.ReadSale(tx, id)
	if err != nil || !found || !state.NeedsUpgrade(sale) {
		return err
	}
	at := s.options.Wall()
	if at.Before(sale.UpdatedAt) {
		at = sale.UpdatedAt // a clock that is wrong today must not put this before what it follows
	}
	meta := tx.Bucket(salesfile.BucketMeta)
	e, next, err := state.Upgrade(sale, salesfile.Number(meta.Get(salesfile.MetaSeq))+1, at)
	line := difference.Of(sale, next).Line()
	if err != nil {
		line = fmt.Sprintf("sale %s could not be brought to rules %d and stays as it is: %v", id, state.Rules, err)
	} else if err := write(tx, state.Batch{Events: []state.Event{e}, Sales: []state.Sale{next}}); err != nil {
		return err
	}
	if line == "" {
		return nil
	}
	return meta.Put(append(bytes.Clone(metaReport), id...), []byte(line))
}

// reportName is where the report of an upgrade stands.
func reportName(path string) string { return fmt.Sprintf("%s.migrated-%d.txt", path, salesfile.Schema) }

// endUpgrade writes the report, and then forgets that an upgrade was due. If we die between, it is written again, the
// same.
func (s *Store) endUpgrade() error {
	var lines []string
	err := s.db.View(func(tx *bolt.Tx) error {
		c := tx.Bucket(salesfile.BucketMeta).Cursor()
		for k, v := c.Seek(metaReport); bytes.HasPrefix(k, metaReport); k, v = c.Next() {
			lines = append(lines, string(v))
		}
		return nil
	})
	if err != nil {
		return err
	}
	name := reportName(s.path)
	text := fmt.Sprintf("%s was brought to schema %d. Open amounts that read otherwise than before: %d\n",
		s.path, salesfile.Schema, len(lines))

	for _, l := range lines {
		text += "\n" + l + "\n"
	}
	err = os.WriteFile(name+".new", []byte(text), 0o600)
	if err := errors.Join(err, salesfile.SyncFile(name+".new")); err != nil {
		return fmt.Errorf("the report of the migration: %w", err)
	}
	if err := salesfile.MoveInto(name+".new", name); err != nil {
		return fmt.Errorf("the report of the migration: %w", err)
	}
	err = s.update(func(tx *bolt.Tx) error {
		meta := tx.Bucket(salesfile.BucketMeta)
		var drop [][]byte
		c := meta.Cursor()
		for k, _ := c.Seek(metaReport); bytes.HasPrefix(k, metaReport); k, _ = c.Next() {
			drop = append(drop, bytes.Clone(k))
		}
		err := errors.Join(meta.Delete(salesfile.MetaUpgrade), meta.Delete(salesfile.MetaCopy))
		for _, k := range drop {
			err = errors.Join(err, meta.Delete(k))
		}
		return err
	})

	if err == nil && s.options.Say != nil {
		s.options.Say(strings.SplitN(text, "\n", 2)[0] + "; see " + name)
	}
	return err
}
