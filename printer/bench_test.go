package printer

import (
	"context"
	"fmt"
	"os"
	"path/filepath"
	"testing"
	"testing/synctest"
	"time"

	"galla/printer/port"
	"galla/printer/printertest"
)

// BenchmarkRender measures layout and encoding, and reports the bytes and the least seconds of paper and wire per
// document.
func BenchmarkRender(b *testing.B) {
	for _, p := range Profiles() {
		for _, lang := range []string{"en", "hi"} {
			for _, d := range []Document{slip(lang), receipt(lang), report(lang)} {
				b.Run(fmt.Sprintf("%s/%s/%s", p.Name, d.kind(), lang), func(b *testing.B) {
					var j Job
					var err error
					for b.Loop() {
						if j, err = Render(d, p); err != nil {
							b.Fatal(err)
						}
					}
					b.ReportMetric(float64(j.Len()), "bytes")
					b.ReportMetric((time.Duration(j.Len()) * p.ByteTime()).Seconds(), "wire-s")
					b.ReportMetric((time.Duration(j.Dots()) * p.DotTime()).Seconds(), "head-s")
				})
			}
		}
	}
}

// BenchmarkForeignEncoders reports the bytes that three other encoders need for the same QR.
func BenchmarkForeignEncoders(b *testing.B) {
	files, _ := filepath.Glob("printertest/testdata/encoders/*.bin")
	for _, file := range files {
		b.Run(filepath.Base(file), func(b *testing.B) {
			info, err := os.Stat(file)
			if err != nil {
				b.Fatal(err)
			}
			for b.Loop() {
				info.Size()
			}
			b.ReportMetric(float64(info.Size()), "bytes")
			b.ReportMetric(float64(info.Size())/960, "s-at-9600")
		})
	}
}

// TestPacingEfficiency prints with every profile and compares the time until the last row is on paper with the best
// there can be: the same line and head, a buffer that holds the whole job, nothing paced. A buffer of 256 bytes can't
// hold the job; there the best is a printer that holds the line itself. In fake time all of it is exact. The limit
// max(wire, head) is not reached by a slip whose pictures wait for the line and whose text waits for the head.
func TestPacingEfficiency(t *testing.T) {
	for _, p := range Profiles() {
		for _, baud := range []int{9600, 115200} {
			p.Baud = baud
			endless := p
			endless.Buffer = 1 << 16
			if p.Buffer < 1024 {
				endless = p // no buffer of this size can do better than when the printer itself says when it has room
				endless.Flow = port.FlowRTSCTS
			}
			for name, d := range map[string]Document{"slip": slip("en"), "receipt-hi": receipt("hi")} {
				j := render(t, d, p)
				took, best := onPaperAfter(t, p, j), onPaperAfter(t, endless, j)
				least := 0.99
				if p.FeedMicro > 0 {
					// letters have rows without a dot, at which the model's head hurries, and the pacer doesn't rely on
					// them
					least = 0.86
				}
				if e := best.Seconds() / took.Seconds(); e < least {
					t.Errorf("%s on %s at %d baud: %v, %.1f %% of the best there can be (%v)",
						name, p.Name, baud, took, 100*e, best)
				}
				t.Logf(
					"%-9s %6d baud %-10s %5d bytes %4d dots: limit %5.2fs, at best %5.2fs, took "+
						"%5.2fs, efficiency %5.1f %%",
					p.Name,
					baud,
					name,
					j.Len(),
					j.Dots(),
					j.Limit(p).Seconds(),
					best.Seconds(),
					took.Seconds(),
					100*best.Seconds()/took.Seconds(),
				)
			}
		}
	}
}

// onPaperAfter is how long after Print the last row of a job is on paper.
func onPaperAfter(t *testing.T, p Profile, j Job) (took time.Duration) {
	synctest.Test(t, func(t *testing.T) {
		v := printertest.New(modelOf(p))
		q, err := New(Options{Profile: p, Open: func() (Line, error) { return v.Open(), nil }})
		if err != nil {
			t.Fatal(err)
		}
		ctx, cancel := context.WithCancel(t.Context())
		go q.Run(ctx)
		time.Sleep(5 * time.Minute) // opened, and freed of what came before
		before, begun := v.Received(), time.Now()
		if _, err := q.Print(ctx, "key", j); err != nil {
			t.Fatal(err)
		}
		for v.Received()-before < j.Len() {
			time.Sleep(time.Millisecond)
		}
		v.Idle(time.Hour)
		took = time.Since(begun)
		cancel()
		<-q.stopped
		v.Close()
	})
	return took
}
