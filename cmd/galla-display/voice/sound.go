package voice

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"time"
)

// Options say how it shall sound.
type Options struct {
	Volume int  // 0 to 100; 0 is off
	Speak  bool // else only the chimes
	// of Languages, all spoken one after the other; empty: the first of the View's that can be spoken
	Languages []string
	Player    string // "aplay" or "paplay"; empty: whichever is right
	Device    string // of the player; empty: its default
}

// Check says what can't be.
func (o Options) Check() error {
	if o.Volume < 0 || o.Volume > 100 {
		return fmt.Errorf("a volume of %d: 0 (off) to 100 are possible", o.Volume)
	}
	if o.Player != "" && o.Player != "aplay" && o.Player != "paplay" {
		return fmt.Errorf("the player %q is not known: take aplay (ALSA) or paplay (PulseAudio, PipeWire)", o.Player)
	}
	for _, l := range o.Languages {
		if !slices.Contains(Languages, l) {
			return fmt.Errorf("amounts can't be spoken in %q: take %s", l, strings.Join(Languages, " or "))
		}
	}
	return nil
}

// Sound makes announcements through other programs. One goroutine uses it.
type Sound struct{ o Options }

// NewSound returns a Sound for checked Options.
func NewSound(o Options) *Sound { return &Sound{o} }

// Announce plays c to its end. Speech that fails is left out; the chime is heard all the same.
func (s *Sound) Announce(ctx context.Context, c Cue) error {
	if s.o.Volume == 0 {
		return nil
	}
	pcm := chime(unpaidChime)
	var speechErr error
	switch {
	case c.Settled:
		pcm = chime(settledChime)
	case c.Paid:
		pcm = chime(paidChime)
		if s.o.Speak {
			for _, l := range s.languages(c) {
				said, err := speech(ctx, Received(c.Amount, l, c.Demo), l)
				if err != nil {
					speechErr = err
					break
				}
				pcm = append(append(pcm, pause(120*time.Millisecond)...), said...)
			}
		}
	}
	quieter(pcm, s.o.Volume)
	return errors.Join(speechErr, s.play(ctx, pcm))
}

// languages are those in which c is spoken.
func (s *Sound) languages(c Cue) []string {
	if len(s.o.Languages) > 0 {
		return s.o.Languages
	}
	for _, l := range c.Languages {
		if slices.Contains(Languages, l) {
			return []string{l}
		}
	}
	return Languages[:1]
}

// speech has espeak-ng speak text and returns the samples.
func speech(ctx context.Context, text, language string) ([]int16, error) {
	// A little slower than its default of 175 words a minute; text comes on standard input, so that it is never an
	// option.
	out, err := command(ctx, strings.NewReader(text), "espeak-ng", "-v", language, "-s", "150", "-b", "1",
		"--stdin", "--stdout")
	if err != nil {
		return nil, fmt.Errorf("speech: %w", err)
	}
	return samples(out)
}

// play plays pcm to its end.
func (s *Sound) play(ctx context.Context, pcm []int16) error {
	args := []string{"aplay", "-q", "-t", "wav"}
	device := "-D"
	if p := s.o.Player; p == "paplay" || p == "" && pulse() {
		args, device = []string{"paplay"}, "--device"
	}
	if s.o.Device != "" {
		args = append(args, device, s.o.Device)
	}
	if args[0] == "aplay" {
		args = append(args, "-")
	}
	if _, err := command(ctx, bytes.NewReader(wave(pcm)), args...); err != nil {
		return fmt.Errorf("play: %w", err)
	}
	return nil
}

// pulse says whether a PulseAudio or PipeWire server seems to be there and paplay to reach it.
func pulse() bool {
	if _, err := exec.LookPath("paplay"); err != nil {
		return false
	}
	if os.Getenv("PULSE_SERVER") != "" {
		return true
	}
	_, err := os.Stat(filepath.Join(os.Getenv("XDG_RUNTIME_DIR"), "pulse", "native"))
	return os.Getenv("XDG_RUNTIME_DIR") != "" && err == nil
}

// command runs a program to its end and returns what it wrote.
func command(ctx context.Context, in interface{ Read([]byte) (int, error) }, args ...string) ([]byte, error) {
	cmd := exec.CommandContext(ctx, args[0], args[1:]...)
	cmd.Stdin = in
	cmd.WaitDelay = time.Second
	var complaint bytes.Buffer
	cmd.Stderr = &complaint
	out, err := cmd.Output()
	switch {
	case errors.Is(err, exec.ErrNotFound):
		return nil, fmt.Errorf("%s is not installed: apt-get install %s", args[0], packages[args[0]])
	case err != nil:
		first, _, _ := strings.Cut(strings.TrimSpace(complaint.String()), "\n")
		return nil, fmt.Errorf("%s: %w: %.200s", args[0], err, first)
	}
	return out, nil
}

// packages are the Debian packages of the programs used.
var packages = map[string]string{"aplay": "alsa-utils", "paplay": "pulseaudio-utils", "espeak-ng": "espeak-ng"}
