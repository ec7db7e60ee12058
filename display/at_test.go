package display

import (
	"bytes"
	"fmt"
	"image"
	"math/rand/v2"
	"testing"
	"time"
)

// TestNothingOutlivesItsTime: at ValidUntil, whatever the screen, no QR, payee or reference is left, and no amount but
// that of a sale whose time is over, until the till says so too.
func TestNothingOutlivesItsTime(t *testing.T) {
	for _, s := range Scenes("en") {
		v := s.View
		v.ValidUntil = StoryTime
		got := At(v, StoryTime)
		if s.View.Screen == ScreenPay && got.Screen == ScreenUnpaid && got.Reason == ReasonExpired {
			got.Amount, got.Number = 0, 0
		}
		if got.Payload != "" || got.Amount != 0 || got.Payee != "" || got.RRN != "" || got.Number != 0 ||
			got.Entry != "" ||
			got.Code != "" ||
			got.Screen == ScreenPay ||
			got.Screen == ScreenPaid {
			t.Errorf("%s: after its time it is still %+v", s.Name, got)
		}
		if before := At(v, StoryTime.Add(-1)); before.Screen != v.Screen {
			t.Errorf("%s: before its time it is already %s", s.Name, before.Screen)
		}
		v.ValidUntil = time.Time{}
		if got := At(v, StoryTime.Add(time.Hour)); got.Screen != v.Screen {
			t.Errorf("%s: without an end it became %s", s.Name, got.Screen)
		}
	}
}

// TestEndDoesNotJump: when the till says that the time is over, a moment after the display found out by itself, no
// pixel changes.
func TestEndDoesNotJump(t *testing.T) {
	pay := story("pay", "en", "hi")
	said := View{
		Screen:     ScreenUnpaid,
		Reason:     ReasonExpired,
		Seq:        pay.Seq + 1,
		SaleID:     pay.SaleID,
		Name:       pay.Name,
		Number:     pay.Number,
		Amount:     pay.Amount,
		Shop:       pay.Shop,
		Payee:      pay.Payee,
		PayeeVPA:   pay.PayeeVPA,
		Languages:  pay.Languages,
		ValidUntil: pay.ValidUntil.Add(8 * time.Second),
	}
	p := NewPainter(image.Pt(1024, 600), nil)
	over := clone(first(p.Frame(pay, pay.ValidUntil)))
	if after := first(p.Frame(said, pay.ValidUntil.Add(time.Second))); !bytes.Equal(over.Pix, after.Pix) {
		t.Error("the till's word that the time is over looks different from the display's own")
	}
}

func TestWithdrawn(t *testing.T) {
	v := story("pay", "en")
	p := NewPainter(image.Pt(1024, 600), nil)
	frame, _ := p.Frame(v, StoryTime)
	if err := Verify(frame, v); err != nil || p.QR().Empty() {
		t.Fatalf("the pay screen: %v, QR at %v", err, p.QR())
	}
	frame, changed := p.Frame(v, v.ValidUntil)
	if changed != frame.Rect || !p.QR().Empty() {
		t.Errorf("at the end of its time %v changed and the QR is at %v", changed, p.QR())
	}
	if err := Verify(frame, At(v, v.ValidUntil)); err != nil {
		t.Error(err)
	}
}

func TestShownLeft(t *testing.T) {
	for left, want := range map[time.Duration]string{
		5 * time.Minute: "5:00", 5*time.Minute - 1: "4:50",
		277 * time.Second: "4:30", 61 * time.Second: "1:00", time.Minute: "1:00",
		59 * time.Second: "0:55", 14 * time.Second: "0:10", 10 * time.Second: "0:10", 9900 * time.Millisecond: "0:09",
		900 * time.Millisecond: "0:00", 0: "0:00", -time.Second: "0:00", 3 * time.Hour: "99:59",
	} {
		if got := minutes(shownLeft(left)); got != want {
			t.Errorf("%v left is shown as %s, want %s", left, got, want)
		}
		if shown := shownLeft(left); shown > max(left, 0) {
			t.Errorf("%v left is shown as %v: more than there is", left, shown)
		}
	}
}

// TestNextChange follows a View by NextChange alone and sees every change: nothing differs just before the moment it
// named, something does at it.
func TestNextChange(t *testing.T) {
	theme := defaultTheme()
	theme.Pictures = []*image.RGBA{image.NewRGBA(image.Rect(0, 0, 10, 10)), image.NewRGBA(image.Rect(0, 0, 20, 20))}
	for _, name := range []string{"pay", "paying", "idle"} {
		p := NewPainter(image.Pt(800, 480), theme)
		v := story(name, "en")
		now := StoryTime
		last := bytes.Clone(first(p.Frame(v, now)).Pix)
		changes := 0
		for range 60 {
			next := p.NextChange(v, now)
			if next.IsZero() {
				break
			}
			if !next.After(now) {
				t.Fatalf("%s: at %v the next change is at %v", name, now, next)
			}
			if name == "pay" && next.After(v.ValidUntil) {
				t.Fatalf("the QR's end at %v is passed over: the next change is at %v", v.ValidUntil, next)
			}
			if _, changed := p.Frame(v, next.Add(-1)); !changed.Empty() {
				t.Errorf("%s: %v changed before %v", name, changed, next)
			}
			frame := first(p.Frame(v, next))
			if bytes.Equal(frame.Pix, last) &&
				name != "idle" { // an idle picture's turn and the clock's minute may show the same
				t.Errorf("%s: nothing changed at %v", name, next)
			}
			last = bytes.Clone(frame.Pix)
			now = next
			changes++
		}
		if changes < 10 {
			t.Errorf("%s: only %d changes", name, changes)
		}
	}
	p := NewPainter(image.Pt(800, 480), nil)
	if next := p.NextChange(story("paid", "en"), StoryTime); !next.IsZero() {
		t.Errorf("a View without an end changes at %v", next)
	}
	if n := changesUntilEnd(story("pay", "en")); n > 45 {
		t.Errorf("the time left moves %d times in four and a half minutes: each one wakes the box", n)
	}
}

func changesUntilEnd(v View) (n int) {
	p := NewPainter(image.Pt(800, 480), nil)
	for now := StoryTime; now.Before(v.ValidUntil); n++ {
		now = p.NextChange(v, now)
	}
	return n
}

func first(img *image.RGBA, _ image.Rectangle) *image.RGBA { return img }

// TestFrameIsDraw: whatever a Painter showed before, its picture is that of a new one, and lies outside the rectangle
// it named exactly as it was. A stale pixel is another customer's amount.
func TestFrameIsDraw(t *testing.T) {
	size := image.Pt(640, 400)
	rng := rand.New(rand.NewPCG(1, 2))
	p := NewPainter(size, nil)
	scenes := append(Scenes("en", "hi"), Scenes("ta")...)
	now := StoryTime
	var last []byte
	v := scenes[0].View
	for step := range 150 {
		if rng.IntN(3) == 0 {
			v = scenes[rng.IntN(len(scenes))].View
			v.ValidUntil = now.Add(time.Duration(rng.IntN(100)) * time.Second)
			v.Since = now.Add(-time.Duration(rng.IntN(50)) * time.Second)
			v.Seq = uint64(step)
		}
		now = now.Add(time.Duration(rng.IntN(12_000)) * time.Millisecond)
		frame, changed := p.Frame(v, now)
		name := fmt.Sprintf("step %d, %s at %v", step, v.Screen, now)
		if want := Draw(size, nil, v, now); !bytes.Equal(frame.Pix, want.Pix) {
			t.Fatalf("%s: the kept picture differs from a new one", name)
		}
		if last != nil {
			for i := 0; i < len(last); i += 4 {
				at := image.Pt(i/4%size.X, i/4/size.X)
				if !at.In(changed) && !bytes.Equal(last[i:i+4], frame.Pix[i:i+4]) {
					t.Fatalf("%s: pixel %v changed outside %v", name, at, changed)
				}
			}
		}
		last = bytes.Clone(frame.Pix)
	}
}
