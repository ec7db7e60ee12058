package query

import (
	"errors"
	"net/http/httptest"
	"testing"

	"galla/internal/counter/wire"
)

// TestQuery: what is not understood is refused by its name; what is left out is 0 or false.
func TestQuery(t *testing.T) {
	read := func(address string) (n int, yes bool, err error) {
		v, err := Of(httptest.NewRequest("GET", address, nil), "limit", "open")
		if err == nil {
			n, err = Limit(v, 100, "sales", "before=")
		}
		if err == nil {
			yes, err = Yes(v, "open")
		}
		return n, yes, err
	}
	for address, want := range map[string]struct {
		n   int
		yes bool
	}{
		"/v1/sales":                    {},
		"/v1/sales?limit=100":          {100, false},
		"/v1/sales?limit=7&open=true":  {7, true},
		"/v1/sales?limit=&open=":       {},
		"/v1/sales?open=false":         {},
		"/v1/sales?%6cimit=%37&open=":  {7, false},
		"/v1/sales?limit=00000000007&": {7, false},
	} {
		if n, yes, err := read(address); err != nil || n != want.n || yes != want.yes {
			t.Errorf("%s: %d %v %v", address, n, yes, err)
		}
	}
	for _, address := range []string{"/v1/sales?limit=0", "/v1/sales?limit=101", "/v1/sales?limit=-1",
		"/v1/sales?limit=1e2", "/v1/sales?limit=+7",
		"/v1/sales?limit=99999999999999999999", "/v1/sales?open=1", "/v1/sales?open=TRUE", "/v1/sales?Limit=1",
		"/v1/sales?limit=1&limit=1", "/v1/sales?limit=%zz", "/v1/sales?a;b"} {
		_, _, err := read(address)
		if p := (*wire.Problem)(nil); !errors.As(err, &p) || p.Status != 400 || p.Next == "" {
			t.Errorf("%s: %v", address, err)
		}
	}
}
