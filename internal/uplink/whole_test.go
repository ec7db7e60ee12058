package uplink

import (
	"context"
	"crypto/ed25519"
	"encoding/json"
	"io"
	"net/http"
	"path/filepath"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	core "galla/internal/office"
	"galla/internal/office/officetest"
	"galla/internal/office/pg"
	"galla/internal/office/pg/pgtest"
	"galla/internal/segment"
	"galla/internal/signature"
	"galla/state/boltstore"
	"galla/state/statetest"
)

func TestMain(m *testing.M) { pgtest.Main(m) }

// door is an office's HTTP in one function, before an office that keeps what it takes.
type door struct {
	t   *testing.T
	key ed25519.PublicKey
	o   *core.Office
}

func (d *door) RoundTrip(req *http.Request) (*http.Response, error) {
	body, err := io.ReadAll(req.Body)
	if err != nil {
		d.t.Error(err)
	}
	id, err := signature.KeyID(req.Header)
	if err == nil {
		_, err = signature.Verify(req.Header, req.Method, req.URL.EscapedPath(), body, d.key, time.Now())
	}
	if err != nil {
		d.t.Errorf("a request of %q: %v", id, err)
	}
	var answer any
	status := 200
	switch strings.TrimPrefix(req.URL.Path, "/chain") {
	case segment.PathHeads, segment.PathHeartbeat:
		answer, err = d.o.Heads(req.Context(), id)
	case segment.PathLocate:
		var m segment.Places
		if err = segment.Decode(body, &m); err == nil {
			answer, err = d.o.Known(req.Context(), id, m)
		}
	case segment.PathSegments:
		var taken []segment.Taken
		if taken, err = d.o.Take(req.Context(), []core.Submission{{Terminal: id, Raw: body}}); err == nil {
			answer = taken[0]
			status = map[segment.Kind]int{segment.Gap: 409, segment.Refused: 422}[taken[0].Verdict]
			status = max(status, 200)
		}
	}
	if err != nil || answer == nil {
		d.t.Errorf("%s: %v", req.URL.Path, err)
	}
	raw, err := json.Marshal(answer)
	if err != nil {
		d.t.Error(err)
	}
	return page(status, string(raw)), nil
}

// TestWholeLine: a real sales file, the uplink, and the core of an office, one behind the other: every sale is at the
// office as the file has it, while the shop trades, and after the file was pruned. The office keeps what it has in
// memory, and in PostgreSQL.
func TestWholeLine(t *testing.T) {
	t.Run("memory", func(t *testing.T) {
		wholeLine(t, func(_ *testing.T, box core.Terminal) (core.Store, func(testing.TB) officetest.Rows) {
			m := officetest.NewMemory(box)
			return m, m.Rows
		})
	})

	t.Run("PostgreSQL", func(t *testing.T) {
		_, address := pgtest.Database(t) // outside the bubble: its server has the time of the world
		wholeLine(t, func(t *testing.T, box core.Terminal) (core.Store, func(testing.TB) officetest.Rows) {
			s, err := pg.Open(t.Context(), address)
			if err != nil {
				t.Fatal(err)
			}
			t.Cleanup(s.Close)
			if err := s.PutTerminal(t.Context(), box); err != nil {
				t.Fatal(err)
			}
			return s, func(t testing.TB) officetest.Rows { return pgtest.RowsAt(t, address) }
		})
	})
}

func wholeLine(
	t *testing.T,
	open func(*testing.T, core.Terminal) (core.Store, func(testing.TB) officetest.Rows),
) {
	synctest.Test(t, func(t *testing.T) {
		s, err := boltstore.Open(filepath.Join(t.TempDir(), "sales.db"), boltstore.Options{})
		if err != nil {
			t.Fatal(err)
		}
		defer s.Close()
		var opened []string
		tr := statetest.NewTraffic(25, 5, 5)
		b := newBox(t) // whose Changed the test closes
		trade := func(batches int) {
			for range batches {
				next := tr.Next()
				if err := s.Commit(next); err != nil {
					t.Fatal(err)
				}
				if next.Events[0].Opened != nil {
					opened = append(opened, next.Sales[0].ID)
				}
			}
			b.commit(0, "")
		}

		public := key.Public().(ed25519.PublicKey)
		id := segment.TerminalID(public)
		store, rowsNow := open(t, core.Terminal{ID: id, Key: public})
		opt := options(b, &door{t, public, core.New(store, nil)})
		opt.Chain = s
		u, err := New(opt)
		if err != nil {
			t.Fatal(err)
		}
		check := func() {
			t.Helper()
			all := rowsNow(t)
			rows := all.SalesOf(id, 0)
			if len(rows) != len(opened) || len(all.Findings) > 0 {
				t.Fatalf("the office has %d sales of %d, and found %v", len(rows), len(opened), all.Findings)
			}
			for _, o := range opened {
				is, found, err := s.Sale(o)
				if err != nil {
					t.Fatal(err)
				}
				a, _ := json.Marshal(rows[o].Sale)
				if b, _ := json.Marshal(is); found && string(a) != string(b) {
					t.Fatalf("sale %s is %s, want %s", o, a, b)
				}
			}
		}

		trade(350)
		start(t, u, func() {
			after(2 * time.Minute)
			check()
			for range 4 {
				trade(20)
				after(Pace + time.Second)
				check()
			}
			if n, err := s.Prune(boltstore.Retention{Before: "2026-11-24"}); err != nil || n < 3 {
				t.Fatalf("%d pruned: %v", n, err)
			}
			trade(40)
			after(Pace + time.Second)
			check()
		})
		if got := u.Status(); got.Seq != tr.Seq() || got.Problem != "" {
			t.Errorf("%+v, and the file ends at %d", got, tr.Seq())
		}
	})
}

// TestNoCommitWaits: while an office never answers, every write of a real sales file takes no time at all by a clock
// that only moves when everybody waits: none of them waits for the uplink.
func TestNoCommitWaits(t *testing.T) {
	for name, answer := range map[string]func(*http.Request) (*http.Response, error){
		"never": func(req *http.Request) (*http.Response, error) {
			<-req.Context().Done()
			return nil, req.Context().Err()
		},
		"without an end": func(req *http.Request) (*http.Response, error) {
			return &http.Response{StatusCode: 200, Header: http.Header{}, Body: mute{req.Context()}}, nil
		},
		"never to a segment": func(req *http.Request) (*http.Response, error) {
			if strings.HasSuffix(req.URL.Path, segment.PathHeads) {
				return page(200, `{"heads":[]}`), nil
			}
			<-req.Context().Done()
			return nil, req.Context().Err()
		},
	} {
		synctest.Test(t, func(t *testing.T) {
			s, err := boltstore.Open(filepath.Join(t.TempDir(), "sales.db"), boltstore.Options{})
			if err != nil {
				t.Fatal(err)
			}
			defer s.Close()
			b := newBox(t) // whose Changed the test closes
			calls, under := 0, 0
			opt := options(b, tripper(func(req *http.Request) (*http.Response, error) {
				b.mu.Lock()
				calls, under = calls+1, under+1
				b.mu.Unlock()
				context.AfterFunc(req.Context(), func() { // http.Client ends it when the answer is read, or given up
					b.mu.Lock()
					defer b.mu.Unlock()
					under--
				})
				return answer(req)
			}))
			opt.Chain = s
			u, err := New(opt)
			if err != nil {
				t.Fatal(err)
			}

			tr := statetest.NewTraffic(25, 5, 5)
			during := 0
			timed := func(what string, do func() error) {
				t.Helper()
				b.mu.Lock()
				if under > 0 {
					during++
				}
				b.mu.Unlock()
				begin := time.Now()
				if err := do(); err != nil {
					t.Fatalf("%s: %v", what, err)
				}
				if took := time.Since(begin); took != 0 {
					t.Fatalf("%s: %s took %v", name, what, took)
				}
			}
			start(t, u, func() {
				for i := range 90 {
					timed("a commit", func() error { return s.Commit(tr.Next()) })
					b.commit(0, "")
					switch i % 30 {
					case 0:
						synctest.Wait() // the uplink has seen it, and calls
					case 7:
						timed("a setting", func() error { return s.Settings().Put("n", []byte("1")) })
					case 14:
						timed("pruning", func() error {
							upto := u.Status().Seq
							_, err := s.Prune(boltstore.Retention{Before: "9999-12-31", Keep: 2, Upto: &upto})
							return err
						})
					case 18:
						timed("compacting", s.Compact)
					case 21:
						after(7 * time.Second)
					}
				}
			})
			if calls < 2 || during < 40 {
				t.Errorf("%s: %d calls, %d writes beside one: too few to say anything", name, calls, during)
			}
			if got := u.Status(); got.Seq != 0 {
				t.Errorf("%s: the office has %d events, and never took one", name, got.Seq)
			}
		})
	}
}

// mute is a body that brings nothing until its request is given up.
type mute struct{ ctx context.Context }

func (e mute) Read([]byte) (int, error) {
	<-e.ctx.Done()
	return 0, e.ctx.Err()
}

func (mute) Close() error { return nil }
