package voice

import (
	"bytes"
	"context"
	"encoding/binary"
	"math"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"
)

func TestChimesDiffer(t *testing.T) {
	paid, unpaid := chime(paidChime), chime(unpaidChime)
	if a, b := pitch(paid[:len(paid)/4]), pitch(paid[len(paid)*3/4:]); b < 1.2*a {
		t.Errorf("the chime for paid goes from %.0f to %.0f Hz, and should rise", a, b)
	}
	if a, b := pitch(unpaid[:len(unpaid)/4]), pitch(unpaid[len(unpaid)/2:]); b > 0.9*a {
		t.Errorf("the chime for not paid goes from %.0f to %.0f Hz, and should fall", a, b)
	}
	for name, pcm := range map[string][]int16{"paid": paid, "not paid": unpaid} {
		if l := time.Duration(len(pcm)) * time.Second / rate; l < 300*time.Millisecond || l > 800*time.Millisecond {
			t.Errorf("%s lasts %v", name, l)
		}
		if p := peak(pcm); p < math.MaxInt16/3 || p == math.MaxInt16 {
			t.Errorf("%s has a peak of %d: too quiet, or clipped", name, p)
		}
	}
}

// pitch counts rising zero crossings.
func pitch(pcm []int16) float64 {
	n := 0
	for i := 1; i < len(pcm); i++ {
		if pcm[i-1] < 0 && pcm[i] >= 0 {
			n++
		}
	}
	return float64(n) * rate / float64(len(pcm))
}

func peak(pcm []int16) (p int) {
	for _, s := range pcm {
		p = max(p, int(s), -int(s))
	}
	return p
}

func TestVolume(t *testing.T) {
	pcm := chime(paidChime)
	full := peak(pcm)
	quieter(pcm, 50)
	if got := peak(pcm); got < full/5 || got > full/3 {
		t.Errorf("at volume 50 the peak is %d of %d", got, full)
	}
	quieter(pcm, 0)
	if peak(pcm) != 0 {
		t.Error("volume 0 is heard")
	}
}

func TestWaveRoundTrip(t *testing.T) {
	pcm := chime(unpaidChime)
	got, err := samples(wave(pcm))
	if err != nil || len(got) != len(pcm) || got[1000] != pcm[1000] {
		t.Errorf("%d samples came back as %d, %v", len(pcm), len(got), err)
	}
}

func TestOptionsCheck(t *testing.T) {
	for _, tt := range []struct {
		o    Options
		want string
	}{
		{Options{Volume: 80}, ""},
		{Options{Volume: 101}, "0 (off) to 100"},
		{Options{Volume: -1}, "0 (off) to 100"},
		{Options{Languages: []string{"hi", "en"}}, ""},
		{Options{Player: "paplay"}, ""},
		{Options{Player: "mplayer"}, `"mplayer" is not known: take aplay`},
		{Options{Languages: []string{"tlh"}}, "take en or hi"},
	} {
		err := tt.o.Check()
		if tt.want == "" && err != nil || tt.want != "" && (err == nil || !strings.Contains(err.Error(), tt.want)) {
			t.Errorf("%+v: %v, want %q", tt.o, err, tt.want)
		}
	}
}

// TestSpeech has the real espeak-ng speak: the sentence becomes sound of a sensible length, in both languages.
func TestSpeech(t *testing.T) {
	for _, l := range Languages {
		pcm, err := speech(t.Context(), Received(250_00, l, false), l)
		if err != nil {
			t.Fatal(err)
		}
		if d := time.Duration(len(pcm)) * time.Second / rate; d < time.Second || d > 6*time.Second || peak(pcm) < 1000 {
			t.Errorf("%s: %v of sound with a peak of %d", l, d, peak(pcm))
		}
	}
}

// fakePlayer puts a player of the given name first in PATH that keeps what it is given.
func fakePlayer(t *testing.T, name, script string) (heard string) {
	t.Helper()
	dir := t.TempDir()
	heard = filepath.Join(dir, "heard")
	if err := os.WriteFile(filepath.Join(dir, name), []byte("#!/bin/sh\nheard="+heard+"\n"+script), 0o755); err != nil {
		t.Fatal(err)
	}
	t.Setenv("PATH", dir+":"+os.Getenv("PATH"))
	return heard
}

func TestAnnounce(t *testing.T) {
	heard := fakePlayer(t, "aplay", `echo "$@" > $heard.args; cat > $heard`)
	play := func(o Options, c Cue) ([]int16, error) {
		t.Helper()
		os.Remove(heard)
		err := NewSound(o).Announce(t.Context(), c)
		b, readErr := os.ReadFile(heard)
		if readErr != nil {
			return nil, err
		}
		if size := binary.LittleEndian.Uint32(b[4:]); int(size) != len(b)-8 {
			t.Errorf("the WAV file says %d bytes and has %d", size+8, len(b))
		}
		pcm, sErr := samples(b)
		if sErr != nil {
			t.Fatal(sErr)
		}
		return pcm, err
	}
	c := Cue{Paid: true, Amount: 250_00, Languages: []string{"ta", "hi", "en"}}
	bell := len(chime(paidChime))
	only, err := play(Options{Volume: 100, Player: "aplay"}, c)
	if err != nil || len(only) != bell {
		t.Errorf("without speech: %d samples, %v; want the chime's %d", len(only), err, bell)
	}
	one, err := play(Options{Volume: 100, Speak: true, Player: "aplay", Device: "plughw:1"}, c)
	if err != nil || len(one) < bell+rate {
		t.Errorf("with speech: %d samples, %v", len(one), err)
	}
	if args, _ := os.ReadFile(heard + ".args"); string(args) != "-q -t wav -D plughw:1 -\n" {
		t.Errorf("aplay was called with %q", args)
	}
	two, err := play(Options{Volume: 100, Speak: true, Languages: []string{"en", "hi"}, Player: "aplay"}, c)
	if err != nil || len(two) < len(one)+rate {
		t.Errorf("in two languages: %d samples after %d, %v", len(two), len(one), err)
	}
	no, err := play(Options{Volume: 100, Speak: true, Player: "aplay"}, Cue{})
	if err != nil || len(no) != len(chime(unpaidChime)) {
		t.Errorf("not paid: %d samples, %v", len(no), err)
	}
	settled, err := play(Options{Volume: 100, Speak: true, Player: "aplay"}, Cue{Settled: true, Amount: 100})
	if err != nil || len(settled) != len(chime(settledChime)) || len(settled) == len(no) || len(settled) == bell {
		t.Errorf("paid in another way: %d samples, %v; it has a chime of its own and no word", len(settled), err)
	}
	if off, err := play(Options{Volume: 0, Player: "aplay"}, c); off != nil || err != nil {
		t.Errorf("volume 0 played %d samples, %v", len(off), err)
	}
}

func TestPlayersThatFail(t *testing.T) {
	c := Cue{Paid: true, Amount: 100}
	fakePlayer(t, "aplay", `cat > /dev/null; echo "ALSA lib: no such card" >&2; exit 1`)
	if err := NewSound(Options{Volume: 50, Player: "aplay"}).Announce(t.Context(), c); err == nil ||
		!strings.Contains(err.Error(), "no such card") {
		t.Errorf("a player without a card: %v", err)
	}
	fakePlayer(t, "aplay", "exec sleep 60")
	ctx, cancel := context.WithTimeout(t.Context(), 50*time.Millisecond)
	defer cancel()
	began := time.Now()
	if err := NewSound(Options{Volume: 50, Player: "aplay"}).Announce(ctx, c); err == nil ||
		time.Since(began) > 5*time.Second {
		t.Errorf("a player that hangs: %v after %v", err, time.Since(began))
	}
	// Without a speech program the chime is heard all the same, and the remedy is named.
	heard := fakePlayer(t, "aplay", `/bin/cat > $heard`)
	t.Setenv("PATH", filepath.Dir(heard))
	err := NewSound(Options{Volume: 50, Speak: true, Player: "aplay"}).Announce(t.Context(), c)
	if err == nil || !strings.Contains(err.Error(), "apt-get install espeak-ng") {
		t.Errorf("without espeak-ng: %v", err)
	}
	if b, _ := os.ReadFile(heard); len(b) == 0 {
		t.Error("without espeak-ng the chime was not heard")
	}
}

func FuzzSamples(f *testing.F) {
	f.Add(wave(chime(unpaidChime)[:100]))
	f.Add([]byte("RIFF\xff\xff\xff\x7fWAVEdata\xff\xff\xff\x7f\x01\x00"))
	f.Fuzz(func(t *testing.T, b []byte) {
		pcm, err := samples(b)
		if err == nil && len(pcm) > len(b)/2 {
			t.Errorf("%d samples from %d bytes", len(pcm), len(b))
		}
		if err != nil && bytes.HasPrefix(b, []byte("RIFF")) && strings.Contains(err.Error(), "\x00") {
			t.Errorf("the error is not readable: %q", err)
		}
	})
}
