package membership

import (
	"context"
	"encoding/base64"
	"encoding/json"
	"errors"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"galla/internal/counter/wire"
	"galla/internal/segment"
	"galla/state"
)

// during runs the membership while do does something.
func (b *box) during(t *testing.T, do func()) {
	t.Helper()
	ctx, cancel := context.WithCancel(t.Context())
	done := make(chan error)
	go func() { done <- b.Run(ctx) }()
	do()
	cancel()
	if err := <-done; err != nil {
		t.Errorf("Run: %v", err)
	}
}

// rest lets time pass, and whatever is due happen.
func rest(d time.Duration) {
	time.Sleep(d)
	synctest.Wait()
}

// TestJoinAndLeave: an uplink runs from joining to leaving without a restart, the owner's confirmation is waited for,
// both acts are in the chain, and neither key nor code is anywhere but in the join file.
func TestJoinAndLeave(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		o := newOffice(t)
		b := newBox(t, o)
		b.during(t, func() {
			rest(time.Hour)
			if len(o.calls) > 0 || b.Status().Joined || b.Upto() != nil {
				t.Fatalf("a box in no chain calls %v, and stands as %+v", o.calls, b.Status())
			}

			place, err := b.Look(t.Context(), wire.LookAtOffice{Address: office, Code: pretty})
			if err != nil || place.Office != "Asha Stores" || place.Shop != "Karol Bagh" || place.Here != "Asha" {
				t.Fatalf("%+v %v", place, err)
			}
			if len(b.keys.kept)+len(b.acts) > 0 {
				t.Fatal("a look left something behind")
			}
			if _, err := b.join(t); err != nil {
				t.Fatal(err)
			}
			rest(time.Minute)
			s := b.Status()
			if !s.Joined || s.ProblemCode != "office_waiting" || s.Seq != 0 || s.Behind != 7 || !s.HeardAt.IsZero() ||
				s.NextTryAt.Before(time.Now()) || s.Terminal != o.usedBy {
				t.Errorf("before the owner confirms: %+v", s)
			}
			if upto := b.Upto(); upto == nil || *upto != 0 {
				t.Errorf("before the first contact %v may be pruned", upto)
			}

			o.mu.Lock()
			o.terminals[o.usedBy] = segment.StateJoined
			o.mu.Unlock()
			rest(6 * time.Minute)
			s = b.Status()
			if s.Problem != "" || s.Seq != 7 || s.Behind != 0 || s.HeardAt.IsZero() || s.Office != "Asha Stores" {
				t.Errorf("after it: %+v", s)
			}
			if upto := b.Upto(); upto == nil || *upto != 7 {
				t.Errorf("up to %v may be pruned", upto)
			}
			if again, err := b.join(t); err != nil || !again.Joined || len(b.acts) != 1 {
				t.Errorf("joining it once more: %+v %v, %d acts", again, err, len(b.acts))
			}

			if left, err := b.Leave(t.Context(), "owner:ravi"); err != nil || left.Joined || left.Problem != "" {
				t.Errorf("%+v %v", left, err)
			}
			o.mu.Lock()
			calls := len(o.calls)
			o.mu.Unlock()
			rest(time.Hour)
			if len(o.calls) != calls || b.Upto() != nil || len(b.keys.kept) > 0 || len(o.left) != 1 {
				t.Errorf("after leaving: %d calls more, %v, %d told", len(o.calls)-calls, b.keys.kept, len(o.left))
			}
			if _, err := b.Leave(t.Context(), "owner:ravi"); err != nil || len(b.acts) != 2 {
				t.Errorf("leaving once more: %v, %d acts", err, len(b.acts))
			}
		})
		want := []act{
			{state.ActOfficeJoin, o.usedBy, `{"office":"office.example"}`, "owner:ravi", nil},
			{state.ActOfficeLeave, o.usedBy, `{"office":"office.example"}`, "owner:ravi", nil},
		}
		for i, a := range b.acts {
			if a != want[i] {
				t.Errorf("act %d is %+v, want %+v", i, a, want[i])
			}
		}
		if log := b.out.String(); strings.Contains(log, code) || strings.Contains(log, pretty) {
			t.Errorf("the log has the code: %s", log)
		}
	})
}

// TestJoinFails: what fails while joining leaves the box joined with a file, or not joined and without one; never a
// file that nothing runs by, and never two keys.
func TestJoinFails(t *testing.T) {
	for name, c := range map[string]struct {
		disk    string
		cut     bool
		lost    string // this call's answer does not come
		applied bool   // and it was carried out all the same
		status  int    // or this is the answer
		refused bool   // the join is an error
		file    bool   // the file is there then
	}{
		"the chain takes nothing":       {cut: true, refused: true},
		"the look is lost":              {lost: segment.PathLook, refused: true},
		"the look is lost, and was had": {lost: segment.PathLook, applied: true, refused: true},
		"the code is over":              {lost: segment.PathLook, status: 404, refused: true},
		"too many tries":                {lost: segment.PathLook, status: 429, refused: true},
		"the file is not written":       {disk: "put", refused: true},
		"the file is, and says not":     {disk: "put applied", refused: true},
		"the join is lost":              {lost: segment.PathJoin, file: true},
		"the join is lost, and was had": {lost: segment.PathJoin, applied: true, file: true},
		"the office fails":              {lost: segment.PathJoin, status: 503, file: true},
		"the office redirects":          {lost: segment.PathJoin, status: 302, file: true},
		"the office refuses":            {lost: segment.PathJoin, status: 410, refused: true},
		"the office wants silence":      {lost: segment.PathJoin, status: 429, refused: true},
		"refused, and the key stays": {
			lost:    segment.PathJoin,
			status:  410,
			disk:    "delete",
			refused: true,
			file:    true,
		},
	} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				o := newOffice(t)
				b := newBox(t, o)
				b.cut, b.keys.fail = c.cut, c.disk
				o.befalls = func(call string) (lost, applied bool, status int) {
					if call != c.lost {
						return false, true, 0
					}
					return c.status == 0, c.applied, c.status
				}
				_, err := b.join(t)
				if (err != nil) != c.refused {
					t.Fatalf("joining: %v", err)
				}
				if err != nil && strings.Contains(err.Error(), code) {
					t.Errorf("the error has the code: %v", err)
				}
				f := b.onDisk(t)
				if (f != nil) != c.file {
					t.Fatalf("the file is there: %v", f != nil)
				}
				if !c.refused && b.Status().Joined != c.file {
					t.Errorf("it stands as %+v", b.Status())
				}

				// The next start, and the same join once more, with everything in order.
				o.befalls, b.cut = nil, false
				b.start(t, o)
				if b.Status().Joined != c.file {
					t.Errorf("after a restart it stands as %+v", b.Status())
				}
				s, err := b.join(t)
				if err != nil || !s.Joined || len(o.terminals) != 1 {
					t.Fatalf("joining again: %+v %v, %d terminals", s, err, len(o.terminals))
				}
				if g := b.onDisk(t); g == nil || f != nil && g.terminal() != f.terminal() || g.terminal() != o.usedBy {
					t.Error("it was joined with another key than that of the file")
				}
			})
		})
	}
}

// TestLeaveFails: a box that left has no file, whatever the office says; and where the file can't be removed, it has
// not left.
func TestLeaveFails(t *testing.T) {
	for name, c := range map[string]struct {
		disk    string
		cut     bool
		lost    bool
		applied bool
		status  int
		refused bool
		untold  bool
	}{
		"the chain takes nothing":      {cut: true, refused: true},
		"the office is away":           {lost: true, untold: true},
		"the answer is lost":           {lost: true, applied: true, untold: true},
		"the office fails":             {status: 500, untold: true},
		"the office wants silence":     {status: 429, untold: true},
		"the office knows it no more":  {status: 403},
		"the office knows no such key": {status: 401, untold: true},
		"the office ended it before":   {status: 410},
		"the file stays":               {disk: "delete", refused: true},
		"the file goes, and says not":  {disk: "delete applied"},
	} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				o := newOffice(t)
				b := newBox(t, o)
				if _, err := b.join(t); err != nil {
					t.Fatal(err)
				}
				b.cut, b.keys.fail = c.cut, c.disk
				o.befalls = func(string) (lost, applied bool, status int) {
					return c.lost, c.applied || !c.lost && c.status == 0, c.status
				}
				s, err := b.Leave(t.Context(), "owner:ravi")
				if (err != nil) != c.refused || (s.ProblemCode == "office_not_told") != c.untold {
					t.Fatalf("leaving: %+v %v", s, err)
				}
				if (b.onDisk(t) != nil) != c.refused || b.Status().Joined != c.refused ||
					(b.Upto() != nil) != c.refused {
					t.Errorf("it stands as %+v, the file is there: %v", b.Status(), b.onDisk(t) != nil)
				}
				o.befalls, b.cut = nil, false
				b.start(t, o)
				if b.Status().Joined != c.refused {
					t.Errorf("after a restart it stands as %+v", b.Status())
				}
				if s, err := b.Leave(t.Context(), "owner:ravi"); err != nil || s.Joined || len(b.keys.kept) > 0 {
					t.Errorf("leaving again: %+v %v", s, err)
				}
			})
		})
	}
}

// TestRefusals: what can't be is refused before anybody is called, by the field and with the next step.
func TestRefusals(t *testing.T) {
	b := newBox(t, newOffice(t))
	for _, c := range []struct{ address, fingerprint, code, want, field string }{
		{"http://office.example", "", pretty, "office_address", "address"},
		{"office.example", "", pretty, "office_address", "address"},
		{"https://a:b@office.example", "", pretty, "office_address", "address"},
		{office, "", "1234-567", "office_code_form", "code"},
		{office, "", "1234-567a", "office_code_form", "code"},
		{office, "", "१२३४५६७८", "office_code_form", "code"},
	} {
		_, err := b.Look(t.Context(), wire.LookAtOffice{Address: c.address, Fingerprint: c.fingerprint, Code: c.code})
		r, ok := errors.AsType[*Refusal](err)
		if !ok || r.Code != c.want || r.Field != c.field || r.Next == "" {
			t.Errorf("%q %q: %+v", c.address, c.code, err)
		}
	}
	if len(b.office.calls) > 0 {
		t.Errorf("the office was called: %v", b.office.calls)
	}

	real := newBox(t, nil)
	_, err := real.Look(t.Context(), wire.LookAtOffice{Address: office, Fingerprint: "ab:cd", Code: pretty})
	if r, ok := errors.AsType[*Refusal](err); !ok || r.Code != "office_address" || r.Field != "fingerprint" {
		t.Errorf("a bad fingerprint: %v", err)
	}

	if _, err := b.join(t); err != nil {
		t.Fatal(err)
	}
	_, err = b.Join(t.Context(), "owner:ravi", wire.JoinOffice{
		LookAtOffice: wire.LookAtOffice{Address: another, Code: pretty},
	})
	if r, ok := errors.AsType[*Refusal](err); !ok || r.Code != "office_joined" || len(b.acts) != 1 {
		t.Errorf("a second office: %v", err)
	}
}

// TestNamesOfAnOffice: names that can't be shown are no names.
func TestNamesOfAnOffice(t *testing.T) {
	for _, name := range []string{"", "a\x00b", "\x1b[31mred", strings.Repeat("x", maxName+1), "a\u202eb"} {
		if err := checkNames("Asha", name); err == nil {
			t.Errorf("%q is taken", name)
		}
	}
	if err := checkNames("आशा स्टोर्स", "Karol Bagh"); err != nil {
		t.Error(err)
	}
}

// TestBrokenFile: a join file that can't be used keeps no till from selling, says so, holds what is pruned, and can be
// left. Its key is in no message.
func TestBrokenFile(t *testing.T) {
	seed := base64.StdEncoding.EncodeToString(make([]byte, 32))
	good := `{"version":1,"address":"https://office.example","seed":"` + seed +
		`","office":"A","shop":"B","counter":"C"}`
	for name, raw := range map[string]string{
		"empty":           "",
		"cut":             good[:40],
		"no JSON":         seed,
		"a newer version": strings.Replace(good, `"version":1`, `"version":2`, 1),
		"a short key":     strings.Replace(good, seed, seed[:40], 1),
		"no address":      strings.Replace(good, "https://office.example", "", 1),
		"a bad address":   strings.Replace(good, "https:", "ftp:", 1),
	} {
		b := newBox(t, newOffice(t))
		b.keys.kept[fileName] = []byte(raw)
		b.start(t, b.office)
		s := b.Status()
		if !s.Joined || s.ProblemCode != "office_file" || b.Upto() == nil || *b.Upto() != 0 {
			t.Errorf("%s: %+v", name, s)
		}
		all, _ := json.Marshal(s)
		if strings.Contains(string(all)+b.out.String(), seed[:20]) {
			t.Errorf("%s: the key is told: %s %s", name, all, b.out.String())
		}
		if _, err := b.join(t); err == nil {
			t.Errorf("%s: joined over it", name)
		}
		left, err := b.Leave(t.Context(), "owner:ravi")
		if s = left; err != nil || s.ProblemCode != "office_not_told" || b.Status().Joined {
			t.Errorf("%s: leaving: %+v %v", name, s, err)
		}
	}
	b := newBox(t, newOffice(t))
	b.keys.kept[fileName] = []byte(good)
	if b.start(t, b.office); b.Status().ProblemCode != "" || b.Status().Office != "A" {
		t.Errorf("a good file: %+v", b.Status())
	}
}
