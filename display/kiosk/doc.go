// Package kiosk puts the customer's picture on a monitor. It is the only package with ebiten in it, and it knows nothing
// of how a picture is drawn (Painter) or where Views come from (Feed).
//
//	Feed.Latest ─▶ Painter.Frame ─▶ image.RGBA ─▶ what changed ─▶ texture ─▶ monitor
//	                                                                 │ read back
//	Feed.Shown  ◀──────────────────── Verify ◀───────────────────────┘
//	Feed.Key    ◀─ number pad
//
// It promises:
//
//   - The newest View is on the glass as soon as it can be, and no frame is drawn for nothing: the loop sleeps until a View
//     comes, the picture has to change by itself (Painter.NextChange), a key is pressed, or the window was uncovered.
//   - One pixel of the picture is one pixel of the monitor, in all four rotations.
//   - A pay screen is read back after it was presented and checked in the background; if it doesn't hold, the QR comes off.
//   - Only the wanted monitor shows anything. While it is missing nothing is shown anywhere, and gallad is told.
//   - Nothing a customer can do at the pointer or the keyboard leaves it.
//
// It refuses to start without an X display (ErrNoDisplay). It cannot outlive its X server: Xlib ends the process, and
// systemd starts it again, which is why it holds no state.
//
// The loop is FPSModeVsyncOffMinimum with SetTPS(SyncWithFPS) and ScheduleFrame. Without the SetTPS, ebiten v2.9 and v2.10
// run no Update when two wake-ups are less than 8 ms apart, and the last customer's QR stays (reference/display.md §2.2,
// measured; the documentation says otherwise). Here no state depends on Update: the View is read when the frame is drawn.
package kiosk
