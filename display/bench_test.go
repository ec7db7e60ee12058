package display

import (
	"fmt"
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

// BenchmarkPayScreen draws the whole pay screen: what stands between a sale's View and its picture.
func BenchmarkPayScreen(b *testing.B) {
	for _, size := range StorySizes {
		b.Run(fmt.Sprintf("%dx%d", size.X, size.Y), func(b *testing.B) {
			p := NewPainter(size, nil)
			pay, idle := story("pay", "en", "hi"), story("idle", "en", "hi")
			n := 0
			for b.Loop() {
				n++
				pay.Number, pay.Payload = n, storyPayload(pay.Amount.Decimal())+fmt.Sprint(n)
				p.Frame(pay, StoryTime)
				b.StopTimer()
				p.Frame(idle, StoryTime)
				b.StartTimer()
			}
		})
	}
}

// BenchmarkFirstPay is the same in a process that has drawn nothing yet.
func BenchmarkFirstPay(b *testing.B) {
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
			for b.Loop() {
				now = now.Add(10 * time.Second)
				pay.ValidUntil = now.Add(2*time.Minute + time.Duration(now.Unix()%7)*10*time.Second)
				p.Frame(pay, now)
			}
		})
	}
}

func BenchmarkVerify(b *testing.B) {
	for _, size := range StorySizes {
		b.Run(fmt.Sprintf("%dx%d", size.X, size.Y), func(b *testing.B) {
			pay := story("pay", "en", "hi")
			img := Draw(size, nil, pay, StoryTime)
			for b.Loop() {
				if err := Verify(img, pay); err != nil {
					b.Fatal(err)
				}
			}
		})
	}
}
