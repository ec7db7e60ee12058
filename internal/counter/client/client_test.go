package client

import (
	"errors"
	"net"
	"net/http"
	"net/http/httptest"
	"sync/atomic"
	"testing"

	"galla/internal/counter/wire"
)

// TestLostRead: a read whose answer is lost is asked for once more, and no oftener.
func TestLostRead(t *testing.T) {
	for lose, ok := range map[int64]bool{0: true, 1: true, 2: false} {
		var asked atomic.Int64
		srv := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
			if asked.Add(1) <= lose {
				panic(http.ErrAbortHandler)
			}
			w.Write([]byte(`{"ready":true}`))
		}))
		defer srv.Close()
		h, err := NewHTTP(srv.URL, "", srv.Client()).Health(t.Context())
		if _, lost := errors.AsType[*LostError](err); ok && (err != nil || !h.Ready) || !ok && !lost {
			t.Errorf("%d answers lost: %+v %v", lose, h, err)
		}
		if want := min(lose+1, 2); asked.Load() != want {
			t.Errorf("%d answers lost: asked %d times, want %d", lose, asked.Load(), want)
		}
	}
}

// TestLostThenAway: a gallad that died over the read and does not come back is away.
func TestLostThenAway(t *testing.T) {
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	go func() {
		if conn, err := l.Accept(); err == nil {
			l.Close()
			conn.Close()
		}
	}()
	_, err = NewHTTP("http://"+l.Addr().String(), "", http.DefaultClient).Health(t.Context())
	if _, away := errors.AsType[*UnreachableError](err); !away {
		t.Errorf("the read ended with %v", err)
	}
}

// TestDoor_14: a name that is a way to another path is nobody's, and nothing is sent.
func TestDoor_14(t *testing.T) {
	srv := httptest.NewServer(
		http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) { t.Errorf("sent: %s", r.URL) }),
	)
	defer srv.Close()
	c := NewHTTP(srv.URL, "", srv.Client())
	for _, name := range []string{"", ".", ".."} {
		p, ok := errors.AsType[*wire.Problem](c.RemovePerson(t.Context(), "k", name, wire.Acting{}))
		if !ok || p.Status != 404 || p.Next == "" {
			t.Errorf("%q: %+v", name, p)
		}
	}
}
