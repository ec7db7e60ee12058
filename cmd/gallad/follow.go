package main

import (
	"context"
	"fmt"
	"log/slog"
	"sync/atomic"

	"galla/display/viewstream"
	"galla/internal/keypad"
	"galla/internal/till"
)

// follow hands on what comes back from the displays. presenter is set to what the last one presents by.
func follow(
	ctx context.Context,
	screen *viewstream.Server,
	t *till.Till,
	pad *keypad.Pad,
	presenter *atomic.Pointer[string],
	log *slog.Logger,
) error {
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
				presenter.Store(&e.Info.Presenter)
				size := fmt.Sprintf("%dx%d", e.Info.Width, e.Info.Height)
				log.Info("display", "display", e.Display, "size", size, "monitor", e.Info.Monitor,
					"presenter", e.Info.Presenter, "problem", e.Info.Problem)
			case viewstream.Key:
				// A hand's digits that waited behind a slow disk come at once, and are no scanner's.
				pad.PressAt(ctx, string(e.Name), e.At)
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
