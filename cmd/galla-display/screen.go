package main

import (
	"context"
	"flag"
	"fmt"
	"image"
	"io"
	"log/slog"
	"time"

	"galla/display"
	"galla/display/kiosk"
	"galla/display/viewstream"
)

// screenFlags are the flags of the screen.
type screenFlags struct {
	socket, monitor, windowed string
	present, shots, storybook string
	rotate                    int
	theme                     display.ThemeFiles
	version                   bool
}

// screen shows gallad's Views until ctx ends.
func screen(ctx context.Context, args []string, stdout, stderr io.Writer, log *slog.Logger) error {
	var o screenFlags
	f := flag.NewFlagSet("galla-display", flag.ContinueOnError)
	f.SetOutput(stderr)
	f.StringVar(&o.socket, "socket", defaultSocket, "gallad's `socket` for displays")
	f.StringVar(
		&o.monitor,
		"monitor",
		"",
		"the customer's monitor: its `name`, such as HDMI-2 (xrandr lists them), or its number from the left, such "+
			"as 2 (default: the first)",
	)

	f.StringVar(
		&o.present,
		"present",
		kiosk.PresentAuto,
		"`what` puts pictures on the monitor: ebiten (a GPU), x11 (the processor), or auto",
	)

	f.IntVar(&o.rotate, "rotate", 0, "turn the picture clockwise by 0, 90, 180 or 270 `degrees`")
	f.StringVar(&o.windowed, "windowed", "", "show the picture in a window of `WxH` pixels instead of the full screen")
	f.StringVar(&o.theme.Logo, "logo", "", "the shop's logo for the idle screen, a PNG or JPEG `file`")
	f.StringVar(
		&o.theme.Pictures,
		"pictures",
		"",
		"pictures to show in turn on the idle screen: a `folder` of PNG and JPEG files",
	)

	f.DurationVar(&o.theme.Turn, "turn", 15*time.Second, "how long each picture stands")
	f.StringVar(&o.theme.Ground, "ground", "", "`colour` behind the words, such as #ffffff")
	f.StringVar(&o.theme.Ink, "ink", "", "`colour` of the words; both must differ enough to be read")
	f.StringVar(&o.theme.Accent, "accent", "", "`colour` of the idle panel")
	f.StringVar(&o.shots, "shots", "", "save every newly presented frame, read back, as NNN-screen.png in `directory`")
	f.StringVar(
		&o.storybook,
		"storybook",
		"",
		"write a picture of every screen in every size and language into `directory`, and exit; needs no display",
	)

	f.BoolVar(&o.version, "version", false, "print the version and exit")
	f.Usage = func() {
		fmt.Fprintf(
			stderr,
			"usage: galla-display [flags]          the customer's screen\n       galla-display sound [flags]    "+
				"chime and voice, a process of its own\n       galla-display gl               which OpenGL there is "+
				"for -present\n\nflags:\n",
		)
		f.PrintDefaults()
		fmt.Fprintf(stderr, "\nexit codes: 0 asked to end, 1 failed, 2 wrong flags, 3 no display\n")
	}

	if err := parse(f, args); err != nil {
		return err
	}
	if o.version {
		fmt.Fprintln(stdout, "galla-display", release())
		return nil
	}
	if o.storybook != "" {
		theme, err := display.LoadTheme(o.theme, display.StorySizes[len(display.StorySizes)-1])
		if err != nil {
			log.Warn("part of the theme is left out", "err", err)
		}
		return display.Storybook(o.storybook, theme)
	}

	size, err := parseSize(o.windowed)
	if err != nil {
		fmt.Fprintln(stderr, "galla-display: -windowed:", err)
		return errUsage
	}

	var presented func(display.View, *image.RGBA)
	if o.shots != "" {
		s, err := newShots(o.shots, log)
		if err != nil {
			return err
		}
		presented = s.save
	}

	var k *kiosk.Kiosk
	client := viewstream.NewClient(viewstream.ClientOptions{
		Dial: viewstream.Dialer(o.socket),
		Wake: func() { k.Wake() },
		Info: viewstream.Info{Role: viewstream.RoleScreen, Release: release()},
		Log:  log,
	})

	n := newNotifier(log, kiosk.Heartbeat)
	k, err = kiosk.New(kiosk.Options{
		Feed:      client,
		Paint:     (&dresser{files: o.theme, log: log, wake: func() { k.Wake() }}).painter,
		Verify:    display.VerifyPart,
		Monitor:   o.monitor,
		Present:   o.present,
		Rotate:    o.rotate,
		Windowed:  size,
		Release:   release(),
		Log:       log,
		Started:   func() { n.ready("showing frames") },
		Alive:     n.alive,
		Presented: presented,
	})
	if err != nil {
		fmt.Fprintln(stderr, "galla-display:", err)
		return errUsage
	}

	ctx, cancel := context.WithCancel(ctx)
	fed := make(chan struct{})
	go func() {
		defer close(fed)
		client.Run(ctx)
	}()
	err = k.Run(ctx)
	cancel()
	<-fed
	n.stopping()
	return err
}

// parseSize reads "1024x600"; empty is the zero point.
func parseSize(s string) (image.Point, error) {
	if s == "" {
		return image.Point{}, nil
	}
	var p image.Point
	var rest string
	if n, _ := fmt.Sscanf(s, "%dx%d%s", &p.X, &p.Y, &rest); n != 2 || p.X < 1 || p.Y < 1 {
		return p, fmt.Errorf("%q is not a size: write width and height in pixels, as in 1024x600", s)
	}
	return p, nil
}
