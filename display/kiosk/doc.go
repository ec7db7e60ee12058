// Package kiosk puts the customer's picture on a monitor. It knows nothing of how a picture is drawn (Painter) or where
// Views come from (Feed). Two presenters put it there: ebiten where a GPU draws, plain X11 where none does, as on a
// board without OpenGL ES 3.0 or OpenGL 3.2.
//
//	Feed.Latest ─▶ Painter.Frame ─▶ image.RGBA ─▶ what changed ─▶ presenter ─▶ monitor
//	                                                                 │ read back
//	Feed.Shown  ◀──────────────────── Verify ◀───────────────────────┘
//	Feed.Key    ◀─ the X server's key events
//
// It promises:
//
//   - The newest View is on the screen as soon as it can be, and no frame is drawn for nothing: the loop sleeps until a
//     View comes, the picture has to change by itself (Painter.NextChange), or the window was uncovered.
//   - One pixel of the picture is one pixel of the monitor, in all four rotations.
//   - A pay screen is read back after it was presented and checked in the background; if it doesn't hold, the QR comes
//     off.
//   - The picture stands in the rectangle that RandR gives the wanted monitor, and nowhere else. A window that the
//     session makes larger is black around it. While the monitor is missing nothing is shown anywhere, and gallad is
//     told; so it is when the session keeps the window off a part of it. A change of resolution, rotation or plugs is
//     followed.
//   - Each press of a key counts once, in order, whatever the frames do.
//   - Nothing a customer can do at the pointer or the keyboard leaves it.
//
// It refuses to start without an X display (ErrNoDisplay). It cannot outlive its X server: Xlib ends the process or the
// plain presenter returns, and systemd starts it again, which is why it holds no state.
//
// ebiten's loop is FPSModeVsyncOffMinimum with SetTPS(SyncWithFPS) and ScheduleFrame. Without the SetTPS, ebiten v2.9
// and v2.10 run no Update when two wake-ups are less than 8 ms apart, and the last customer's QR stays
// (reference/display.md §2.2, measured; the documentation says otherwise). Here no state depends on Update: the View is
// read when the frame is drawn.
//
// One connection to the X server beside ebiten's (xserver) watches the monitors, moves the window and hears its keys.
// Plain X11 reads back what stands in the window. While another window stands over it no code is called shown, and
// gallad is told after some seconds.
package kiosk
