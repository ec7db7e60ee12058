package metrics

import (
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"galla/internal/counter/wire"
	"galla/internal/till"
)

type well struct{}

func (well) Health() till.Health  { return till.Health{} }
func (well) Seq() (uint64, error) { return 17, nil }

// TestBackupThatIsGone: a copy that is wanted and isn't there is told from one that nobody wants, so that an alert can
// fire.
func TestBackupThatIsGone(t *testing.T) {
	there := filepath.Join(t.TempDir(), "copy.db")
	at := time.Unix(1_800_000_000, 0)
	if err := os.WriteFile(there, nil, 0o600); err != nil {
		t.Fatal(err)
	}
	if err := os.Chtimes(there, at, at); err != nil {
		t.Fatal(err)
	}
	for path, want := range map[string]string{"": "", there: "\ngalla_backup_timestamp_seconds{terminal=\"T1\"} " +
		"1.8e+09\n", there + "-gone": "\ngalla_backup_timestamp_seconds{terminal=\"T1\"} 0\n"} {
		m := New("x", "T1")
		if err := m.Watch(Box{Till: well{}, Backup: path}); err != nil {
			t.Fatal(err)
		}
		w := httptest.NewRecorder()
		m.Handler().ServeHTTP(w, httptest.NewRequest("GET", "/metrics", nil))
		if text := w.Body.String(); !strings.Contains(text, "\ngalla_event_sequence_number{terminal=\"T1\"} 17\n") {
			t.Errorf("the store's sequence is not in\n%s", text)
		}
		if text := w.Body.String(); !strings.Contains(text, want) ||
			want == "" && strings.Contains(text, "galla_backup") {
			t.Errorf("backup %q: want %q in\n%s", path, want, text)
		}
	}
}

// TestBooks_8: a slow disk is in a scrape.
func TestBooks_8(t *testing.T) {
	m := New("x", "T1")
	if err := m.Watch(Box{Till: well{}, Slow: func() time.Duration { return 5200 * time.Millisecond }}); err != nil {
		t.Fatal(err)
	}
	w := httptest.NewRecorder()
	m.Handler().ServeHTTP(w, httptest.NewRequest("GET", "/metrics", nil))
	if text := w.Body.String(); !strings.Contains(text, "\ngalla_store_slow_commit_seconds{terminal=\"T1\"} 5.2\n") {
		t.Errorf("%s", text)
	}
}

// TestHooks: a receiver that takes nothing is in a scrape, with how much it lacks.
func TestHooks(t *testing.T) {
	m := New("x", "T1")
	failing := time.Unix(1_800_000_000, 0)
	if err := m.Watch(Box{Till: well{}, Hooks: []func() Hook{
		func() Hook { return Hook{Name: "main", At: 17} },
		func() Hook { return Hook{Name: "tally", At: 5, Failing: failing} },
	}}); err != nil {
		t.Fatal(err)
	}
	w := httptest.NewRecorder()
	m.Handler().ServeHTTP(w, httptest.NewRequest("GET", "/metrics", nil))
	for _, want := range []string{
		`galla_hook_behind_events{hook="main",terminal="T1"} 0`,
		`galla_hook_failing_since_timestamp_seconds{hook="main",terminal="T1"} 0`,
		`galla_hook_behind_events{hook="tally",terminal="T1"} 12`,
		`galla_hook_failing_since_timestamp_seconds{hook="tally",terminal="T1"} 1.8e+09`,
	} {
		if !strings.Contains(w.Body.String(), "\n"+want+"\n") {
			t.Errorf("no %s in\n%s", want, w.Body)
		}
	}
}

// TestOffice: a head office is in a scrape, with how much it lacks and since when it takes nothing; without one only
// that there is none.
func TestOffice(t *testing.T) {
	for want, o := range map[string]wire.Office{
		"0":      {},
		"1 7 0":  {Joined: true, Behind: 7},
		"1 0 60": {Joined: true, AwaySince: time.Unix(60, 0)},
	} {
		m := New("x", "T1")
		if err := m.Watch(Box{Till: well{}, Office: func() wire.Office { return o }}); err != nil {
			t.Fatal(err)
		}
		w := httptest.NewRecorder()
		m.Handler().ServeHTTP(w, httptest.NewRequest("GET", "/metrics", nil))
		var got []string
		for _, name := range []string{"joined", "behind_events", "away_since_timestamp_seconds"} {
			if _, v, found := strings.Cut(w.Body.String(), "\ngalla_office_"+name+`{terminal="T1"} `); found {
				v, _, _ = strings.Cut(v, "\n")
				got = append(got, v)
			}
		}
		if strings.Join(got, " ") != want {
			t.Errorf("%v, want %s", got, want)
		}
	}
}
