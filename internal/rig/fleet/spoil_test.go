//go:build rig

package fleet

import (
	"strings"
	"testing"

	"galla/internal/office/check"
)

// TestOraclesBite: what is spoiled in the database, by hand, is found by the office's check and by the rig's own
// account, each alone.
func TestOraclesBite(t *testing.T) {
	w := newWhole(t, 1, 4, 0, nil)
	w.trade(0, 300)
	w.settle()
	all := w.chains()
	good := func() (check.Report, []string) {
		r := w.check(all)
		problems, paise := w.account(all)
		if paise != int64(r.Received) {
			problems = append(problems, "the sums differ")
		}
		return r, problems
	}
	if r, problems := good(); !r.Good() || len(problems) > 0 {
		t.Fatalf("before anything is spoiled: %+v %q", r.Problems, problems)
	}

	for name, c := range map[string]struct {
		table, spoil string
		body         bool // only the check takes a body apart
	}{
		"a segment is gone": {"segment", "DELETE FROM segment WHERE ctid = (SELECT ctid FROM segment LIMIT 1)", false},
		"a segment's last byte": {"segment", "UPDATE segment SET raw = set_byte(raw, length(raw)-12, " +
			"get_byte(raw, length(raw)-12) # 1) WHERE ctid = (SELECT ctid FROM segment LIMIT 1)", false},
		"a signature's byte": {"segment", "UPDATE segment SET raw = set_byte(raw, 110, get_byte(raw, 110) # 1) " +
			"WHERE ctid = (SELECT ctid FROM segment LIMIT 1)", false},
		"a head": {"branch", "UPDATE branch SET hash = set_byte(hash, 3, get_byte(hash, 3) # 1) " +
			"WHERE n = 0", false},
		"a sale is gone": {"sale", "DELETE FROM sale WHERE ctid = (SELECT ctid FROM sale LIMIT 1)", false},
		"a sale's body": {"sale", "UPDATE sale SET body = (SELECT body FROM sale ORDER BY body DESC LIMIT 1) " +
			"WHERE ctid = (SELECT ctid FROM sale ORDER BY body LIMIT 1)", true},
		"a payment twice": {"payment", "INSERT INTO payment SELECT gateway, id || 'x', terminal, branch, sale, day, " +
			"rrn, captured_at, late, received, kept, surplus, gone FROM payment LIMIT 1", false},
		"a payment is gone": {"payment", "DELETE FROM payment WHERE ctid = (SELECT ctid FROM payment LIMIT 1)", false},
		"a paisa more": {"payment", "UPDATE payment SET received = received + 1, kept = kept + 1 " +
			"WHERE ctid = (SELECT ctid FROM payment LIMIT 1)", false},
		"a day's paisa": {"day", "UPDATE day SET received = received + 1, kept = kept + 1 " +
			"WHERE ctid = (SELECT ctid FROM day LIMIT 1)", false},
	} {
		t.Run(strings.ReplaceAll(name, " ", "_"), func(t *testing.T) {
			run := func(statement string) {
				t.Helper()
				if _, err := sql(t.Context(), w.pg.is, statement); err != nil {
					t.Fatal(err)
				}
			}
			run("CREATE TABLE kept AS TABLE " + c.table)
			run(c.spoil)
			r, problems := good()
			if r.Good() {
				t.Error("the office's check finds nothing")
			}
			if len(problems) == 0 && !c.body {
				t.Error("the rig's own account finds nothing")
			}
			mend := "BEGIN; SET LOCAL session_replication_role = replica; DELETE FROM " + c.table
			run(mend + "; INSERT INTO " + c.table + " TABLE kept; DROP TABLE kept; COMMIT")
			if r, problems := good(); !r.Good() || len(problems) > 0 {
				t.Fatalf("after it was mended: %+v %q", r.Problems, problems)
			}
		})
	}
}
