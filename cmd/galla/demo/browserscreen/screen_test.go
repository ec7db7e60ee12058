package browserscreen

import (
	"context"
	"io"
	"log/slog"
	"net"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"galla/display"
	"galla/display/viewstream"
	"galla/internal/upiqr"
)

const payload = "upi://pay?pa=galla.sim@simbank&pn=Galla%20Sim%20Store&tr=T1&am=250.00&cu=INR"

// stage is gallad's side, and a browser's.
type stage struct {
	*testing.T
	gallad *viewstream.Server
	web    *httptest.Server
}

func newStage(t *testing.T) stage {
	t.Helper()
	dir, err := os.MkdirTemp("", "screen") // a socket's path is short
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { os.RemoveAll(dir) })
	socket := filepath.Join(dir, "s")
	l, err := net.Listen("unix", socket)
	if err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithCancel(t.Context())
	server := viewstream.New(viewstream.Options{})
	served, drawn := make(chan struct{}), make(chan struct{})
	go func() { defer close(served); server.Serve(ctx, l) }()
	s := New(socket, slog.New(slog.DiscardHandler))
	go func() { defer close(drawn); s.Run(ctx) }()
	web := httptest.NewServer(s)
	t.Cleanup(func() {
		web.Close()
		cancel()
		<-served
		<-drawn
	})
	return stage{t, server, web}
}

// get is what a browser gets, and the picture's number.
func (s stage) get(path string) (status int, body []byte, number string) {
	s.Helper()
	resp, err := http.Get(s.web.URL + path)
	if err != nil {
		s.Fatal(err)
	}
	defer resp.Body.Close()
	if body, err = io.ReadAll(resp.Body); err != nil {
		s.Fatal(err)
	}
	return resp.StatusCode, body, resp.Header.Get("Galla-Picture")
}

// until waits for an event of gallad's that ok takes.
func (s stage) until(what string, ok func(viewstream.Event) bool) {
	s.Helper()
	limit := time.After(20 * time.Second)
	for {
		select {
		case e := <-s.gallad.Events():
			if ok(e) {
				return
			}
		case <-limit:
			s.Fatalf("no %s within 20 s", what)
		}
	}
}

func pay(life time.Duration) display.View {
	return display.View{
		Screen:     display.ScreenPay,
		SaleID:     "S1",
		Number:     1,
		Name:       "1130-1",
		Amount:     25000,
		Shop:       "Asha General Stores",
		Payee:      "Galla Sim Store",
		PayeeVPA:   "galla.sim@simbank",
		Payload:    payload,
		Languages:  []string{"en", "hi"},
		ValidUntil: time.Now().Add(life),
	}
}

// TestShownIsSeen: gallad hears that nobody looks until a browser asks, and that the frame is shown only once that
// browser has it.
func TestShownIsSeen(t *testing.T) {
	s := newStage(t)
	s.until("word that nobody looks", func(e viewstream.Event) bool {
		h, ok := e.(viewstream.Hello)
		return ok && strings.Contains(h.Info.Problem, "no browser")
	})
	seq := s.gallad.Publish(pay(time.Minute))

	var number string
	for begin := time.Now(); ; time.Sleep(20 * time.Millisecond) {
		_, body, n := s.get("/picture")
		if read, err := upiqr.DecodePicture(body); err == nil {
			if number = n; read != payload {
				t.Fatalf("the picture says %q", read)
			}
			break
		}
		if time.Since(begin) > 20*time.Second {
			t.Fatal("no picture shows the QR")
		}
	}
	s.until("word that a browser looks", func(e viewstream.Event) bool {
		if shown, ok := e.(viewstream.Shown); ok {
			t.Errorf("the frame is called shown before a browser has it: %+v", shown)
		}
		h, ok := e.(viewstream.Hello)
		return ok && h.Info.Problem == ""
	})
	go s.web.Client().Get(s.web.URL + "/picture?after=" + number)
	s.until("word that it is shown", func(e viewstream.Event) bool {
		shown, ok := e.(viewstream.Shown)
		if ok && (!shown.OK || shown.SaleID != "S1" || shown.Seq != seq) {
			t.Errorf("shown as %+v", shown)
		}
		return ok
	})
}

// TestPictureGoes: a picture whose time is over is replaced without a word from gallad, in the answer that a browser
// waits for.
func TestPictureGoes(t *testing.T) {
	s := newStage(t)
	s.until("hello", func(e viewstream.Event) bool { _, ok := e.(viewstream.Hello); return ok })
	s.gallad.Publish(pay(3 * time.Second))
	go func() { // what it says back is another test's
		for {
			select {
			case <-s.gallad.Events():
			case <-t.Context().Done():
				return
			}
		}
	}()
	number, there := "", false
	for begin := time.Now(); time.Since(begin) < 20*time.Second; {
		status, body, n := s.get("/picture?after=" + number)
		if status == http.StatusNoContent {
			continue
		}
		number = n
		read, err := upiqr.DecodePicture(body)
		switch {
		case err == nil && read == payload:
			there = true
		case there && err != nil:
			return
		}
	}
	t.Fatalf("the QR came: %v; it never went", there)
}

// TestRefuses: what is no look at the page or its picture.
func TestRefuses(t *testing.T) {
	s := newStage(t)
	for path, want := range map[string]int{"/": 200, "/picture?after=x": 400, "/picture?after=-1": 400,
		"/env": 404, "/picture/..": 404} {
		if got, _, _ := s.get(path); got != want {
			t.Errorf("GET %s: %d, want %d", path, got, want)
		}
	}
	resp, err := http.Post(s.web.URL+"/", "text/plain", nil)
	if err != nil {
		t.Fatal(err)
	}
	resp.Body.Close()
	if resp.StatusCode != http.StatusMethodNotAllowed {
		t.Errorf("POST: %s", resp.Status)
	}
}
