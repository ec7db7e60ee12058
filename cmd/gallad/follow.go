package main

import (
	"context"
	"fmt"
	"log/slog"

	"galla/display/viewstream"
	"galla/internal/keypad"
	"galla/internal/till"
)

// follow hands on what comes back from the displays.
func follow(ctx context.Context, screen *viewstream.Server, t *till.Till, pad *keypad.Pad, log *slog.Logger) error {
	there := map[int]bool{}
	for {
		select {
		case <-ctx.Done():
			return nil
		case e := <-screen.Events():
			switch e := e.(type) {
			case viewstream.Hello:
				if e.Info.Role != viewstream.RoleScreen {
					continue
				}
				there[e.Display] = true
				status := "connected"
				if e.Info.Problem != "" {
					status = e.Info.Problem
				}
				t.Display(status)
				log.Info(
					"display",
					"display",
					e.Display,
					"size",
					fmt.Sprintf("%dx%d", e.Info.Width, e.Info.Height),
					"monitor",
					e.Info.Monitor,
					"presenter",
					e.Info.Presenter,
					"problem",
					e.Info.Problem,
				)
			case viewstream.Key:
				pad.PressAt(
					ctx,
					string(e.Name),
					e.At,
				) // a hand's digits that waited behind a slow disk come at once, and are no scanner's
			case viewstream.Shown:
				if e.SaleID != "" {
					t.Shown(e.Seq, e.SaleID, e.At, e.OK, e.Problem)
				}
			case viewstream.Gone:
				if there[e.Display] {
					delete(there, e.Display)
					if len(there) == 0 {
						t.Display("no display is connected: " + e.Why)
					}
				}
				log.Warn("display gone", "display", e.Display, "why", e.Why)
			}
		}
	}
}
