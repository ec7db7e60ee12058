package main

import (
	"context"
	"flag"
	"fmt"
	"io"
	"log/slog"
	"strings"
	"time"

	"galla/cmd/galla-display/voice"
	"galla/display"
	"galla/display/viewstream"
)

// sound announces what gallad's Views say until ctx ends.
func sound(ctx context.Context, args []string, stdout, stderr io.Writer, log *slog.Logger) error {
	var socket, languages string
	var o voice.Options
	f := flag.NewFlagSet("galla-display sound", flag.ContinueOnError)
	f.SetOutput(stderr)
	f.StringVar(&socket, "socket", defaultSocket, "gallad's `socket` for displays")
	f.IntVar(&o.Volume, "volume", 80, "loudness in `percent`; 0 is off")
	f.StringVar(
		&languages,
		"voice",
		"view",
		"speak amounts in `languages`: en, hi or en,hi; view: that of the screen; off: chimes only",
	)

	f.StringVar(
		&o.Player,
		"player",
		"",
		"play through aplay (ALSA) or paplay (PulseAudio, PipeWire) (default: whichever is there)",
	)

	f.StringVar(&o.Device, "device", "", "the player's `device` (default: its own default)")
	say := f.String("say", "", "announce this `amount` as paid, and exit: to try the loudspeaker")
	showVersion := f.Bool("version", false, "print the version and exit")
	if err := parse(f, args); err != nil {
		return err
	}
	if *showVersion {
		fmt.Fprintln(stdout, "galla-display", release())
		return nil
	}
	o.Speak = languages != "off"
	if languages != "off" && languages != "view" {
		o.Languages = strings.Split(languages, ",")
	}

	if err := o.Check(); err != nil {
		fmt.Fprintln(stderr, "galla-display sound:", err)
		return errUsage
	}
	if *say != "" {
		return try(ctx, o, *say, stderr)
	}

	queue := voice.NewQueue(voice.NewSound(o), log)
	var cues voice.Cues
	var client *viewstream.Client
	hear := func(v display.View, cue func(display.View, time.Time) (voice.Cue, bool)) {
		if c, ok := cue(v, time.Now()); ok {
			queue.Add(c)
		}
	}
	client = viewstream.NewClient(viewstream.ClientOptions{
		Dial: viewstream.Dialer(socket),
		// Wake runs once for each View, before the next is read: none is passed over.
		Wake: func() { hear(client.Latest().View, cues.Next) },
		Paid: func(v display.View) { hear(v, cues.Paid) },
		Info: viewstream.Info{Role: viewstream.RoleSound, Release: release()},
		Log:  log,
	})

	n := newNotifier(log, viewstream.BeatEvery)
	n.ready("listening")
	go n.feed(ctx)
	go client.Run(ctx)
	return queue.Run(ctx)
}
