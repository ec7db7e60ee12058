package display

import (
	"fmt"
	"image"
	"image/color"
	"math"
	"math/rand/v2"
	"os/exec"
	"strings"
	"sync"
	"testing"
)

// dark is the counter around the screen.
var dark = color.Gray{30}

// scanSizes is how many of StorySizes are photographed: those of the first tables.
const scanSizes = 6

// usualReach is the height of a screen in a photo: the code fills three quarters of the frame, as payers hold it.
const usualReach = 420

// damage is what happens between screen and reader.
type damage struct {
	name  string
	reach int
	do    func(*testing.T, *photo, *rand.Rand) *photo
}

// damages are two of each kind, the first one that a good reader masters, the second near the end of what it can; and
// all at once.
var damages = []damage{
	{"clean", usualReach, func(_ *testing.T, p *photo, _ *rand.Rand) *photo { return p }},
	{"blur 2.5 px", usualReach, func(_ *testing.T, p *photo, _ *rand.Rand) *photo { return p.blurred(2.5) }},
	{"blur 3 px", usualReach, func(_ *testing.T, p *photo, _ *rand.Rand) *photo { return p.blurred(3) }},
	{"rotated 15°", usualReach, func(_ *testing.T, p *photo, _ *rand.Rand) *photo { return p.rotated(15) }},
	{"rotated 40°", usualReach, func(_ *testing.T, p *photo, _ *rand.Rand) *photo { return p.rotated(40) }},
	{"aslant 0.12", usualReach, func(_ *testing.T, p *photo, _ *rand.Rand) *photo { return p.aslant(0.12) }},
	{"aslant 0.25", usualReach, func(_ *testing.T, p *photo, _ *rand.Rand) *photo { return p.aslant(0.25) }},
	{"dimmed to 40 %", usualReach, func(_ *testing.T, p *photo, _ *rand.Rand) *photo { return p.dimmed(0.4) }},
	{
		"dimmed to 15 %, noise 3",
		usualReach,
		func(_ *testing.T, p *photo, rng *rand.Rand) *photo { return p.dimmed(0.15).noisy(3, rng) },
	},
	{"noise 15", usualReach, func(_ *testing.T, p *photo, rng *rand.Rand) *photo { return p.noisy(15, rng) }},
	{"noise 30", usualReach, func(_ *testing.T, p *photo, rng *rand.Rand) *photo { return p.noisy(30, rng) }},
	{
		"glare 0.10 of the code",
		usualReach,
		func(_ *testing.T, p *photo, rng *rand.Rand) *photo { return p.glared(0.10, rng) },
	},
	{
		"glare 0.16 of the code",
		usualReach,
		func(_ *testing.T, p *photo, rng *rand.Rand) *photo { return p.glared(0.16, rng) },
	},
	{"seen at 180 px", 180, func(_ *testing.T, p *photo, _ *rand.Rand) *photo { return p }},
	{"seen at 115 px", 115, func(_ *testing.T, p *photo, _ *rand.Rand) *photo { return p }},
	{"JPEG quality 20", usualReach, func(t *testing.T, p *photo, _ *rand.Rand) *photo { return p.jpegged(t, 20) }},
	{"JPEG quality 8", usualReach, func(t *testing.T, p *photo, _ *rand.Rand) *photo { return p.jpegged(t, 8) }},
	{"rotated 12°, dim, glare 0.08, blur 1, JPEG 40", usualReach, func(t *testing.T, p *photo, rng *rand.Rand) *photo {
		return p.glared(0.08, rng).rotated(12).dimmed(0.5).blurred(1).noisy(5, rng).jpegged(t, 40)
	}},
}

// subject is one payload on one size of screen: the pay screen and the plain codes.
type subject struct {
	payload string
	screens map[string]*image.RGBA
	boxes   map[string]image.Rectangle
	seed    uint64 // of the damages, the same for all kinds: the same spot of glare, the same grain
}

// TestScan photographs the pay screen and plain codes of the same payloads, damages the photos alike and has zbar and
// zxing-cpp read them. The plain codes are qrencode's on a white screen, in the square in which the pay screen has its
// own, with as many whole pixels a module as fit. With the build tag rig it prints the table of README.md.
//
// The pay screen must be read as often as each of them. Its code is one of level M like theirs, so against that one
// what is left is chance; a sign test tells it from a pay screen that is read worse.
func TestScan(t *testing.T) {
	var mu sync.Mutex
	total, odd := tally{}, odds{}
	subjects := make(chan subject)
	var work sync.WaitGroup
	for range 2 { // the box has two cores
		r := startReaders(t)
		work.Go(func() {
			for s := range subjects {
				seen, err := s.seenBy(t, r)
				if err != nil {
					t.Errorf("testdata/readers.py: %v", err)
				}
				mu.Lock()
				total.add(seen)
				odd.add(seen)
				mu.Unlock()
			}
		})
	}
	// Each screen has payloads of its own: whether a spot of glare can be mended depends on what lies under it.
	rng := rand.New(rand.NewPCG(5, 6))
	for _, size := range StorySizes[:scanSizes] {
		painter := NewPainter(size, nil)
		for n := range scanPayloads {
			v := story("pay", "en", "hi")
			v.Payload, v.PayeeVPA = scanPayload(rng, n%len(payloadForms), v.Amount.Decimal()), ""
			ours, _ := painter.Frame(v, StoryTime)
			s := subject{
				v.Payload,
				map[string]*image.RGBA{"pay screen": clone(ours)},
				map[string]image.Rectangle{"pay screen": painter.QR()},
				rng.Uint64(),
			}
			for _, level := range scanKinds[1:] {
				s.screens[level], s.boxes[level] = plainScreen(plainCode(t, v.Payload, level), size, painter.QR())
			}
			subjects <- s
		}
	}
	close(subjects)
	work.Wait()
	t.Log("\n" + total.table(scanSizes*scanPayloads))
	for _, level := range scanKinds[1:] {
		o := odd[level]
		t.Logf("read on one of the two only: pay screen %d, level %s %d", o[0], level, o[1])
		if worse := o.chance(); worse < 0.05 {
			t.Errorf("the pay screen was read %d times, a plain code of level %s %d times: chance alone does that in "+
				"%.1f %% of runs", total.sum("pay screen"), level, total.sum(level), 100*worse)
		}
	}
}

// odds count, for each level, the photos that were read on the pay screen alone and those that were on the plain code
// alone.
type odds map[string]pair

type pair [2]int

// add takes what one subject gave: each damage and reader is one trial.
func (o odds) add(seen tally) {
	for _, level := range scanKinds[1:] {
		p := o[level]
		for _, d := range damages {
			for reader := range readerNames {
				ours, theirs := seen[glance{d.name, "pay screen", reader}], seen[glance{d.name, level, reader}]
				p[0] += max(0, ours-theirs)
				p[1] += max(0, theirs-ours)
			}
		}
		o[level] = p
	}
}

// chance is the probability of p[0] or fewer heads in as many throws of a fair coin as both make.
func (p pair) chance() (sum float64) {
	n := p[0] + p[1]
	term := math.Pow(0.5, float64(n))
	for k := 0; k <= p[0]; k++ {
		sum += term
		term *= float64(n-k) / float64(k+1)
	}
	return sum
}

// seenBy counts which photos of a subject are read.
func (s subject) seenBy(t *testing.T, r *readers) (tally, error) {
	seen := tally{}
	for _, kind := range scanKinds {
		looks := map[int]*photo{}
		for i, d := range damages {
			if looks[d.reach] == nil {
				looks[d.reach] = look(s.screens[kind], s.boxes[kind], d.reach)
			}
			read, err := r.read(d.do(t, looks[d.reach], rand.New(rand.NewPCG(s.seed, uint64(i)))).grey())
			if err != nil {
				return seen, err
			}
			for reader, text := range read {
				if text == s.payload {
					seen[glance{d.name, kind, reader}]++
				}
			}
		}
	}
	return seen, nil
}

// glance is who looked at what, through what.
type glance struct {
	damage, kind string
	reader       int
}

// tally counts what was read.
type tally map[glance]int

func (c tally) add(o tally) {
	for g, n := range o {
		c[g] += n
	}
}

func (c tally) sum(kind string) (n int) {
	for g, v := range c {
		if g.kind == kind {
			n += v
		}
	}
	return n
}

// table is the tally in Markdown; each is the number of photos of a kind with a damage.
func (c tally) table(each int) string {
	var b strings.Builder
	fmt.Fprintf(
		&b,
		"| %d photos each: %s | %s |\n|---|%s\n",
		each,
		strings.Join(readerNames[:], " / "),
		strings.Join(scanKinds, " | "),
		strings.Repeat("---|", len(scanKinds)),
	)
	for _, d := range damages {
		fmt.Fprintf(&b, "| %s |", d.name)
		for _, kind := range scanKinds {
			fmt.Fprintf(&b, " %d / %d |", c[glance{d.name, kind, 0}], c[glance{d.name, kind, 1}])
		}
		b.WriteString("\n")
	}
	fmt.Fprintf(&b, "| **all (of %d)** |", each*len(damages)*len(readerNames))
	for _, kind := range scanKinds {
		fmt.Fprintf(&b, " **%d** |", c.sum(kind))
	}
	return b.String()
}

func clone(img *image.RGBA) *image.RGBA {
	c := image.NewRGBA(img.Rect)
	copy(c.Pix, img.Pix)
	return c
}

// plainCode is qrencode's code of payload (Debian package qrencode).
func plainCode(t *testing.T, payload, level string) (c code) {
	t.Helper()
	cmd := exec.Command("qrencode", "--output=-", "--type=ASCII", "--margin=0", "--level="+level)
	cmd.Stdin = strings.NewReader(payload)
	out, err := cmd.Output()
	if err != nil {
		t.Fatalf("qrencode (Debian package qrencode): %v", err)
	}
	for _, line := range strings.Split(strings.TrimRight(string(out), "\n"), "\n") {
		var row []bool
		for i := 0; i+1 < len(line); i += 2 { // two characters a module
			row = append(row, line[i] == '#')
		}
		c = append(c, row)
	}
	return c
}

// plainScreen is a white screen with a code in a box.
func plainScreen(c code, size image.Point, in image.Rectangle) (*image.RGBA, image.Rectangle) {
	screen := image.NewRGBA(image.Rectangle{Max: size})
	fill(screen, screen.Rect, white)
	n := len(c) + 2*quietZone
	module := in.Dx() / n
	at := in.Min.Add(image.Pt((in.Dx()-module*n)/2, (in.Dy()-module*n)/2))
	box := image.Rectangle{at, at.Add(image.Pt(module*n, module*n))}
	c.draw(screen, module, box)
	return screen, box
}

// payloadForms are strings as gateways make them (reference/gateways.md): what differs from sale to sale is left open.
var payloadForms = []string{
	"upi://pay?ver=01&mode=15&pa=rpy.qrsharmastores{9}@icici&pn=SharmaStores&tr=RZP{a}qrv2&tn=PaymenttoSharmaStores&" +
		"cu=INR&mc=5411&qrMedium=04&am={₹}",
	"upi://pay?pa=sharma.stores@icici&pn=Sharma%20General%20Stores&mc=5411&tr={A}&tn=Sale%20{9}&am={₹}&cu=INR&" +
		"mode=15&orgid=000000",
	"upi://pay?pa=sharma.stores@enkash&pn=Sharma%20Stores&mc=5411&tr=EK{9}{9}&am={₹}&cu=INR",
}

// scanPayload fills in a form.
func scanPayload(rng *rand.Rand, form int, rupees string) string {
	word := func(from string, n int) string {
		b := make([]byte, n)
		for i := range b {
			b[i] = from[rng.IntN(len(from))]
		}
		return string(b)
	}
	const digits, capitals = "0123456789", "ABCDEFGHIJKLMNOPQRSTUVWXYZ"
	s := payloadForms[form]
	for strings.Contains(s, "{9}") {
		s = strings.Replace(s, "{9}", word(digits, 6), 1)
	}
	s = strings.Replace(s, "{a}", word(digits+capitals+strings.ToLower(capitals), 14), 1)
	s = strings.Replace(s, "{A}", word(digits+capitals, 18), 1)
	return strings.Replace(s, "{₹}", rupees, 1)
}
