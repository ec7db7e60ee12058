package rig

import (
	"bufio"
	"bytes"
	"encoding/json"
	"io"
	"net/http"
	"net/http/httputil"
	"net/url"
	"os/exec"
	"path/filepath"
	"testing"
	"time"

	"galla/gateway/gatewaytest"
)

// simulator is galla-sim, the program, calm.
type simulator struct {
	t                        *testing.T
	EnKash, Razorpay, Manage string
}

func newSimulator(t *testing.T) *simulator {
	t.Helper()
	cmd := exec.Command(filepath.Join(bin, "galla-sim"), "-calm", "-quiet", "-seed", "17",
		"-enkash", "127.0.0.1:0", "-razorpay", "127.0.0.1:0", "-manage", "127.0.0.1:0")
	out, err := cmd.StdoutPipe()
	if err == nil {
		err = cmd.Start()
	}
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		cmd.Process.Kill()
		cmd.Wait()
	})
	line, err := bufio.NewReader(out).ReadBytes('\n')
	s := &simulator{t: t}
	if err != nil || json.Unmarshal(line, s) != nil {
		t.Fatalf("galla-sim said %q, %v", line, err)
	}
	return s
}

// box is a gallad at this simulator.
func (s *simulator) box(api gatewaytest.API) *box {
	s.t.Helper()
	place, err := url.Parse(s.EnKash)
	if api == gatewaytest.Razorpay {
		place, err = url.Parse(s.Razorpay)
	}
	if err != nil {
		s.t.Fatal(err)
	}
	place.Path = "" // gallad brings it
	b := &box{t: s.t, dir: s.t.TempDir()}
	b.furnish(api, httputil.NewSingleHostReverseProxy(place))
	return b
}

// ask calls the management API; in and out may be nil.
func (s *simulator) ask(path string, in, out any) {
	s.t.Helper()
	var body io.Reader
	method := http.MethodGet
	switch in := in.(type) {
	case nil:
	case string:
		method, body = http.MethodPost, bytes.NewBufferString(in)
	default:
		raw, err := json.Marshal(in)
		if err != nil {
			s.t.Fatal(err)
		}
		method, body = http.MethodPost, bytes.NewReader(raw)
	}
	req, err := http.NewRequestWithContext(s.t.Context(), method, s.Manage+path, body)
	if err != nil {
		s.t.Fatal(err)
	}
	resp, err := http.DefaultClient.Do(req)
	if err != nil {
		s.t.Fatal(err)
	}
	defer resp.Body.Close()
	raw, err := io.ReadAll(resp.Body)
	if err != nil || resp.StatusCode != http.StatusOK {
		s.t.Fatalf("galla-sim: %s: %d %s, %v", path, resp.StatusCode, raw, err)
	}
	if out != nil {
		if err := json.Unmarshal(raw, out); err != nil {
			s.t.Fatalf("galla-sim: %s: %s: %v", path, raw, err)
		}
	}
}

func (s *simulator) ledger() (l gatewaytest.Ledger) {
	s.t.Helper()
	s.ask("/ledger", nil, &l)
	return l
}

func (s *simulator) script(line string) {
	s.t.Helper()
	s.ask("/script", line, nil)
}

func (s *simulator) advance(d time.Duration) {
	s.t.Helper()
	s.ask("/clock", map[string]any{"advance": d.String()}, nil)
}
