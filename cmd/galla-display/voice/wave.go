package voice

import (
	"bytes"
	"encoding/binary"
	"errors"
	"fmt"
	"math"
	"time"
)

// rate is the samples per second of everything played; it is espeak-ng's.
const rate = 22050

// note is one tone of a chime.
type note struct {
	hertz float64
	long  time.Duration
}

var (
	// C6 E6 G6: upwards
	paidChime = []note{{1046.5, 110 * time.Millisecond}, {1318.5, 110 * time.Millisecond},
		{1568, 260 * time.Millisecond}}
	unpaidChime = []note{{392, 200 * time.Millisecond}, {293.7, 380 * time.Millisecond}} // G4 D4: down, and low
	// G5 C6: upwards, and not the three of a payment
	settledChime = []note{{784, 110 * time.Millisecond}, {1046.5, 260 * time.Millisecond}}
)

// chime makes the tones one after the other, each with a soft beginning and a bell's decay.
func chime(notes []note) []int16 {
	var pcm []int16
	for _, n := range notes {
		count := int(n.long.Seconds() * rate)
		for i := range count {
			t := float64(i) / rate
			level := math.Exp(-5*float64(i)/float64(count)) * min(1, float64(i)/(0.004*rate))
			tone := math.Sin(2*math.Pi*n.hertz*t) + 0.25*math.Sin(4*math.Pi*n.hertz*t)
			pcm = append(pcm, int16(0.7*math.MaxInt16/1.25*level*tone))
		}
	}
	return pcm
}

// pause is silence.
func pause(d time.Duration) []int16 { return make([]int16, int(d.Seconds()*rate)) }

// quieter scales pcm to percent of its level, 0 to 100. Half the percentage sounds about half as loud, hence the
// square.
func quieter(pcm []int16, percent int) {
	f := float64(percent) / 100 * float64(percent) / 100
	for i, s := range pcm {
		pcm[i] = int16(float64(s) * f)
	}
}

// wave wraps pcm as a WAV file: 16 bits, mono.
func wave(pcm []int16) []byte {
	var b bytes.Buffer
	size := uint32(2 * len(pcm))
	b.WriteString("RIFF")
	binary.Write(&b, binary.LittleEndian, 36+size)
	b.WriteString("WAVEfmt ")
	binary.Write(&b, binary.LittleEndian, struct {
		Size             uint32
		Format, Channels uint16
		Rate, PerSecond  uint32
		Align, Bits      uint16
	}{16, 1, 1, rate, 2 * rate, 2, 16})
	b.WriteString("data")
	binary.Write(&b, binary.LittleEndian, size)
	binary.Write(&b, binary.LittleEndian, pcm)
	return b.Bytes()
}

// samples takes the PCM out of a WAV file as espeak-ng writes it to a pipe: the lengths in its header are made up,
// because it can't go back to correct them, so the last chunk goes to the end.
func samples(b []byte) ([]int16, error) {
	if len(b) < 12 || string(b[:4]) != "RIFF" || string(b[8:12]) != "WAVE" {
		return nil, fmt.Errorf("no WAV file: it begins with %.12q", b)
	}
	for b = b[12:]; len(b) >= 8; {
		id, size := string(b[:4]), int(min(int64(binary.LittleEndian.Uint32(b[4:])), int64(len(b)-8)))
		body := b[8 : 8+size]
		switch id {
		case "fmt ":
			if size < 16 || binary.LittleEndian.Uint16(body) != 1 || binary.LittleEndian.Uint16(body[2:]) != 1 ||
				binary.LittleEndian.Uint32(body[4:]) != rate || binary.LittleEndian.Uint16(body[14:]) != 16 {
				return nil, fmt.Errorf("a WAV file that isn't 16-bit mono at %d per second: its format is % x",
					rate, body)
			}
		case "data":
			pcm := make([]int16, size/2)
			for i := range pcm {
				pcm[i] = int16(binary.LittleEndian.Uint16(body[2*i:]))
			}
			return pcm, nil
		}
		b = b[min(8+size+size%2, len(b)):]
	}
	return nil, errors.New("a WAV file without samples")
}
