package display

import (
	"fmt"
	"image"
	"syscall"
	"testing"
	"time"
)

func story(name string, languages ...string) View {
	for _, s := range Scenes(languages...) {
		if s.Name == name {
			return s.View
		}
	}
	panic("no scene " + name)
}

// reportCPU adds the processor time of an operation: on a box with other work, the only figure that repeats.
func reportCPU(b *testing.B) {
	cpu := func() time.Duration {
		var u syscall.Rusage
		if err := syscall.Getrusage(syscall.RUSAGE_SELF, &u); err != nil {
			b.Fatal(err)
		}
		return time.Duration(u.Utime.Nano() + u.Stime.Nano())
	}
	start := cpu()
	b.Cleanup(func() { b.ReportMetric(float64(cpu()-start)/float64(b.N)/1e6, "cpu-ms/op") })
}

// BenchmarkPayScreen draws the whole pay screen: what stands between a sale's View and its picture.
func BenchmarkPayScreen(b *testing.B) {
	for _, size := range StorySizes {
		b.Run(fmt.Sprintf("%dx%d", size.X, size.Y), func(b *testing.B) {
			p := NewPainter(size, nil)
			pay := story("pay", "en", "hi")
			n := 0
			p.Frame(pay, StoryTime)
			reportCPU(b)
			for b.Loop() {
				n++
				pay.Number, pay.Payload = n, storyPayload(pay.Amount.Decimal())+fmt.Sprint(n)
				p.Frame(pay, StoryTime)
			}
		})
	}
}

// BenchmarkFirstPay is the same in a process that has drawn nothing yet.
func BenchmarkFirstPay(b *testing.B) {
	reportCPU(b)
	for b.Loop() {
		NewPainter(StorySizes[1], nil).Frame(story("pay", "en", "hi"), StoryTime)
	}
}

// BenchmarkCountdown is the redraw of the time left alone.
func BenchmarkCountdown(b *testing.B) {
	for _, size := range StorySizes {
		b.Run(fmt.Sprintf("%dx%d", size.X, size.Y), func(b *testing.B) {
			p := NewPainter(size, nil)
			pay := story("pay", "en", "hi")
			now := StoryTime
			p.Frame(pay, now)
			reportCPU(b)
			for b.Loop() {
				now = now.Add(10 * time.Second)
				pay.ValidUntil = now.Add(2*time.Minute + time.Duration(now.Unix()%7)*10*time.Second)
				p.Frame(pay, now)
			}
		})
	}
}

// BenchmarkVerify is the reading of what package kiosk fetches back: the code and its margin, without colours.
func BenchmarkVerify(b *testing.B) {
	for _, size := range StorySizes {
		b.Run(fmt.Sprintf("%dx%d", size.X, size.Y), func(b *testing.B) {
			pay := story("pay", "en", "hi")
			p := NewPainter(size, nil)
			img, _ := p.Frame(pay, StoryTime)
			part := &image.Gray{Pix: grey(img, p.QR()), Stride: p.QR().Dx(), Rect: p.QR()}
			reportCPU(b)
			for b.Loop() {
				if err := VerifyPart(part, size, pay); err != nil {
					b.Fatal(err)
				}
			}
		})
	}
}
