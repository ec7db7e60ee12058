package main

import (
	"context"
	"fmt"
	"io"
	"time"

	"galla/cmd/galla-display/voice"
	"galla/internal/money"
)

// try makes one announcement, to find out whether the loudspeaker works.
func try(ctx context.Context, o voice.Options, amount string, stderr io.Writer) error {
	p, err := money.Parse(amount)
	if err != nil {
		fmt.Fprintln(stderr, "galla-display sound: -say:", err)
		return errUsage
	}
	return voice.NewSound(o).Announce(ctx, voice.Cue{Paid: true, Amount: p, At: time.Now()})
}
