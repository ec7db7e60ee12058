package uplink

import (
	"bytes"
	"context"
	"errors"
	"net/http"
	"slices"
	"strings"
	"testing"
	"testing/synctest"

	"galla/internal/segment"
)

// TestZ: what the office wants comes with the next heartbeat, what the box has not as lost, and what did not arrive
// when it is asked for again.
func TestZ(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		b, o := newBox(t), newOffice(t, key)
		opt := options(b, o)
		has := map[string][]byte{"O1": []byte(`{"kind":"Z"}`), "O2": bytes.Repeat([]byte("z"), segment.MaxZ), "O3": nil,
			"O4": bytes.Repeat([]byte("z"), segment.MaxZ+1)}
		broken := errors.New("the disk")
		opt.Z = func(_ context.Context, operation string) ([]byte, error) {
			z, known := has[operation]
			if !known {
				return nil, broken
			}
			return z, nil
		}
		u, err := New(opt)
		if err != nil {
			t.Fatal(err)
		}
		wants := func(ids ...string) {
			o.mu.Lock()
			defer o.mu.Unlock()
			o.wants, o.zs = ids, nil
		}
		came := func() (all []string) {
			o.mu.Lock()
			defer o.mu.Unlock()
			for _, z := range o.zs {
				if z.Lost != (len(z.Z) == 0) || !z.Lost && !bytes.Equal(z.Z, has[z.Operation]) {
					t.Errorf("%s comes as %d bytes, lost %t", z.Operation, len(z.Z), z.Lost)
				}
				if z.Lost {
					z.Operation += " lost"
				}
				all = append(all, z.Operation)
			}
			return all
		}
		start(t, u, func() {
			for name, c := range map[string]struct {
				wants, come []string
				trouble     *trouble
			}{
				"nothing":              {nil, nil, nil},
				"what there is":        {[]string{"O2", "O1"}, []string{"O2", "O1"}, nil},
				"what is not":          {[]string{"O3", "O4"}, []string{"O3 lost", "O4 lost"}, nil},
				"what can't be read":   {[]string{"O9", "O1"}, nil, nil},
				"a line that breaks":   {[]string{"O1", "O2"}, nil, &trouble{before: errLine}},
				"an answer that does":  {[]string{"O1", "O2"}, []string{"O1"}, &trouble{after: errLine}},
				"an office that won't": {[]string{"O1", "O2"}, nil, &trouble{answer: page(422, `{"reason":"no"}`)}},
				"an office that is out": {
					[]string{"O1", "O2"},
					nil,
					&trouble{answer: page(503, "", "Retry-After", "1")},
				},
				"a hundred wants": {slices.Repeat([]string{"O1"}, 100), nil, nil},
				"a want too long": {[]string{strings.Repeat("O", 100)}, nil, nil},
			} {
				o.befalls(func(req *http.Request) *trouble {
					if strings.HasSuffix(req.URL.Path, segment.PathZ) {
						return c.trouble
					}
					return nil
				})
				wants(c.wants...)
				after(Beat) // one heartbeat, and not two
				if got := came(); !slices.Equal(got, c.come) {
					t.Errorf("%s: %q came, want %q", name, got, c.come)
				}
			}
			wants()
			o.befalls(nil)
		})
	})
}
