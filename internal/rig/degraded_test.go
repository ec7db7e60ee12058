package rig

import (
	"bytes"
	"context"
	"errors"
	"os"
	"os/exec"
	"strings"
	"testing"
	"time"

	"galla/display"
	"galla/display/viewstream"
	"galla/gateway/gatewaytest"
	"galla/internal/counter/client"
	"galla/internal/counter/wire"
)

// TestDegraded: a gallad that can't start while systemd holds its sockets tells the customer's screen and the counter
// why and what to do, sells nothing, touches nothing, and makes room for a new start when the config was changed.
func TestDegraded(t *testing.T) {
	for name, tc := range map[string]struct {
		spoil  func(b *box)
		reason display.Reason
		detail string
		next   string
	}{
		"no keys": {func(b *box) {
			os.Remove(b.file("gateway-enkash"))
		}, display.ReasonNotConfigured, "gateway-enkash", "galla setup"},
		"config broken": {func(b *box) {
			b.write("gallad.toml", "[shop\n")
		}, display.ReasonNotConfigured, ":1:", "gallad check"},
		"file damaged": {func(b *box) {
			b.write("sales.db", strings.Repeat("not a sales file ", 4096))
		}, display.ReasonStorage,
			"sales.db", "gallad salvage"},
	} {
		t.Run(name, func(t *testing.T) {
			b := newBox(t, gatewaytest.EnKash)
			tc.spoil(b)
			before, _ := os.ReadFile(b.file("sales.db"))
			died := b.activate(b.sockets())

			screen := viewstream.NewClient(viewstream.ClientOptions{
				Dial: viewstream.Dialer(b.file("display")),
				Info: viewstream.Info{Role: viewstream.RoleScreen, Width: 800, Height: 480},
			})
			ctx, cancel := context.WithCancel(t.Context())
			defer cancel()
			go func() { _ = screen.Run(ctx) }()
			b.until(20*time.Second, "the screen to say why", func() bool {
				v := screen.Latest().View
				return v.Screen == display.ScreenOutOfService && v.Reason == tc.reason
			})
			_, err := client.New(b.file("api")).Health(t.Context())
			var p *wire.Problem
			if !errors.As(err, &p) || p.Status != 503 || !strings.Contains(p.Detail, tc.detail) ||
				!strings.Contains(p.Next, tc.next) {
				t.Errorf("the counter was told %+v", err)
			}
			if _, err := b.till.Sales(t.Context(), nil); err == nil {
				t.Error("sales were listed")
			}
			if after, _ := os.ReadFile(b.file("sales.db")); !bytes.Equal(before, after) {
				t.Error("the sales file was changed")
			}

			b.write("gallad.toml", "# somebody is at work\n")
			select {
			case err := <-died:
				exit, ok := errors.AsType[*exec.ExitError](err)
				if !ok || exit.ExitCode() != 1 {
					t.Errorf("gallad ended with %v: systemd starts it again after 1, not after 78", err)
				}
			case <-time.After(20 * time.Second):
				t.Error("the config was changed and gallad does not start again")
			}
		})
	}
}
