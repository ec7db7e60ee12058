package salename

import (
	"context"
	"errors"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"galla/internal/counter/wire"
	"galla/state"
)

// shelf is a till of few sales, by "day/number".
type shelf struct {
	t     *testing.T
	sales map[string]state.Sale
	fails error
}

func (s shelf) Sale(_ context.Context, id string) (state.Sale, error) {
	for _, sale := range s.sales {
		if sale.ID == id {
			return sale, s.fails
		}
	}
	return state.Sale{}, errors.New("no sale " + id)
}

func (s shelf) Find(_ context.Context, f state.Field, value, before string, limit int) ([]state.Sale, error) {
	if f != state.FieldNumber || before != "" || limit != 1 {
		s.t.Errorf("asked for %v %q before %q, %d of them", f, value, before, limit)
	}
	for _, sale := range s.sales {
		if state.NumberOf(sale.Day, sale.Number) == value {
			return []state.Sale{sale}, s.fails
		}
	}
	return nil, s.fails
}

func (s shelf) Sales(context.Context, state.Query) ([]state.Sale, error) { return nil, s.fails }
func (s shelf) Days(context.Context, string, string) ([]string, error)   { return nil, s.fails }

// TestNames: a bare number is today's in a read and nobody's in a write; a name is never answered with another sale.
func TestNames(t *testing.T) {
	f := &Finder{
		Till: shelf{t: t, sales: map[string]state.Sale{
			"today":     {ID: "0000002AKX7Q", Day: "2026-11-29", Number: 2, Amount: 25000},
			"yesterday": {ID: "0000001AKX7Q", Day: "2026-11-28", Number: 3, Amount: 100},
		}},
		Today: func() string { return "2026-11-29" },
	}
	for _, c := range []struct {
		id, read, write string // what each answers: an id, or the type of its problem
		near            string // the sale a refused read names
	}{
		{"0000001AKX7Q", "0000001AKX7Q", "0000001AKX7Q", ""},
		{"2", "0000002AKX7Q", "/problems/id-needed", ""},
		{"3", "/problems/no-sale", "/problems/no-sale", "0000001AKX7Q"},
		{"1128-3", "/problems/no-sale", "/problems/no-sale", "0000001AKX7Q"},
	} {
		r := httptest.NewRequest("POST", "/v1/sales/"+c.id+"/cancel", nil)
		r.SetPathValue("id", c.id)
		for what, call := range map[string]struct {
			find func(*http.Request) (state.Sale, error)
			want string
		}{"read": {f.OfRead, c.read}, "write": {f.OfWrite, c.write}} {
			s, err := call.find(r)
			got, p := s.ID, (*wire.Problem)(nil)
			if errors.As(err, &p) {
				got += p.Type
			}
			if got != call.want {
				t.Errorf("a %s of %s is answered %s (%v), want %s", what, c.id, got, err, call.want)
			}
			if p != nil && c.near != "" && (len(p.Sales) == 0 || p.Sales[0].ID != c.near) {
				t.Errorf("a %s of %s names %+v, want %s", what, c.id, p.Sales, c.near)
			}
			if p != nil && p.Type == "/problems/id-needed" &&
				!strings.Contains(p.Next, "POST /v1/sales/0000002AKX7Q/cancel") {
				t.Errorf("a %s of %s: what to do is %q", what, c.id, p.Next)
			}
		}
	}
}

// TestATillThatFails: what the till says is handed on, and is no refusal.
func TestATillThatFails(t *testing.T) {
	broken := errors.New("the disk is full")
	f := &Finder{Till: shelf{t: t, fails: broken}, Today: func() string { return "2026-11-29" }}
	if _, err := f.Named(t.Context(), "1128-3"); !errors.Is(err, broken) {
		t.Errorf("answered %v", err)
	}
}
