package client

import (
	"errors"
	"io"
	"strings"
	"testing"
	"testing/synctest"
	"time"
)

// TestTold (books.md 3): a long export says each second how far it is, a short one nothing, and what is not written is not counted.
func TestTold(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var to, said strings.Builder
		w := &Told{To: &to, Say: &said}
		for range 50 {
			if n, err := io.WriteString(w, "one\ntwo\n"); n != 8 || err != nil {
				t.Fatal(n, err)
			}
			time.Sleep(50 * time.Millisecond)
		}
		if got := said.String(); got != "42 lines so far\n82 lines so far\n" || to.Len() != 400 {
			t.Errorf("%q, and %d bytes", got, to.Len())
		}

		said.Reset()
		r, full := io.Pipe()
		r.CloseWithError(errors.New("full"))
		w = &Told{To: full, Say: &said}
		for range 3 {
			if _, err := io.WriteString(w, "one\n"); err == nil {
				t.Error("no error")
			}
			time.Sleep(time.Second)
		}
		if got := said.String(); got != "0 lines so far\n0 lines so far\n" {
			t.Errorf("%q", got)
		}
	})
}
