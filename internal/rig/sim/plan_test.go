package sim

import (
	"fmt"
	"hash/fnv"
	"math/rand/v2"
	"strings"
	"time"
)

// every is how many seeds share one costly kind of run: of any so many in a row, four keep their sales in a real file,
// one talks net/http, and one reads pictures. What is checked is the same in all of them.
const every = 32

// plan is what a seed says about its whole run.
type plan struct {
	file     bool // boltstore in a folder, instead of statetest.Memory
	http     bool // net/http over net.Pipe, instead of a call of the handler
	pictures bool // posters and QR pictures, instead of strings

	round bool // customers have mandates, at EnKash
	stand bool // QRs stand on the counter, at Razorpay

	story         string // what is told before the storm; mostly nothing
	razorpayFirst bool
	cancelOrders  bool // EnKash
	captureLate   bool // Razorpay
	printOrder    bool
	printReceipt  bool
	drawer        bool
	noPrinter     bool
	steps         int
	life          time.Duration
	cut           time.Duration // of the business day
	clock         string        // what the wall clock says at the start
}

func (p plan) String() string {
	var words []string
	for _, kind := range []struct {
		word string
		is   bool
	}{{"file", p.file}, {"http", p.http}, {"pictures", p.pictures}, {"mandates", p.round}, {"standing QRs", p.stand}} {
		if kind.is {
			words = append(words, kind.word)
		}
	}
	return fmt.Sprintf("%s, clock %s", strings.Join(append(words, "run"), " "), p.clock)
}

// The wall clocks of a box without a clock chip, and what somebody may set. The truth is trueStart and what went by
// since.
var (
	trueStart = time.Date(2026, 11, 22, 4, 30, 0, 0, time.UTC)
	clocks    = map[string]time.Duration{
		"right":            0,
		"a day ahead":      24 * time.Hour,
		"a day behind":     -24 * time.Hour,
		"an hour behind":   -time.Hour,
		"12 minutes ahead": 12 * time.Minute,
		"1970":             time.Unix(12, 0).Sub(trueStart),
		"2019":             time.Date(2019, 9, 26, 1, 0, 0, 0, time.UTC).Sub(trueStart),
	}
	clockNames = []string{"right", "a day ahead", "a day behind", "an hour behind", "12 minutes ahead", "1970", "2019"}
)

func newPlan(seed uint64) plan {
	r := rand.New(rand.NewPCG(seed, 3))
	p := plan{
		file:     seed%(every/4) == 3,
		http:     seed%every == 5,
		pictures: seed%every == 11,
		clock:    "right",
		steps:    4 + r.IntN(10),
	}
	if r.IntN(8) == 0 {
		p.steps += 20 + r.IntN(30)
	}
	for _, b := range []*bool{&p.razorpayFirst, &p.cancelOrders, &p.captureLate, &p.printOrder, &p.printReceipt} {
		*b = r.IntN(2) == 0
	}
	p.drawer, p.noPrinter = r.IntN(3) == 0, r.IntN(5) == 0
	p.life = []time.Duration{20 * time.Second, 30 * time.Second, 30 * time.Second, 45 * time.Second, time.Minute,
		2 * time.Minute, 5 * time.Minute}[r.IntN(7)]
	p.cut = []time.Duration{0, 0, 4 * time.Hour}[r.IntN(3)]
	if r.IntN(3) == 0 {
		p.clock = clockNames[r.IntN(len(clockNames))]
	}
	more := rand.New(rand.NewPCG(seed, 5)) // beside what was drawn before there were mandates and standing QRs
	p.round, p.stand = more.IntN(*simBeside) == 0, more.IntN(*simBeside) == 0
	if p.story = storyOf(seed); p.story != "" {
		p.life = 5 * time.Minute
	}
	switch p.story {
	case unheard:
		p.razorpayFirst = false
	case tooMuch:
		p.razorpayFirst = true // EnKash names no sum of a part
	}
	return p
}

// chance is what one thing meets: a function of the seed and of what it is about, so that other things don't move it.
func (w *world) chance(about string) *rand.Rand {
	h := fnv.New64a()
	h.Write([]byte(about))
	return rand.New(rand.NewPCG(w.seed, h.Sum64()))
}

// moment draws a time below most, to the nanosecond: two things at the same one would be a race.
func moment(r *rand.Rand, most time.Duration) time.Duration {
	return 1 + time.Duration(r.Int64N(int64(most)))
}
