package printer

import (
	"cmp"
	"fmt"
	"time"

	"galla/printer/escpos"
)

// Segment is one indivisible piece of a job: a text line with its style, or one command with its data. A job that
// must stop early stops between two segments.
type Segment struct {
	Bytes []byte
	Dots  int  // rows of dots it feeds
	Blank int  // how many of them have no dot: the paper moves faster over these
	Even  bool // the rows are fed while the bytes arrive (a picture) instead of after the last (a line of text)
}

// Job is a rendered document: bytes for one profile, whatever the port.
type Job struct {
	Kind     string // "order slip", "receipt", …: for logs and errors
	Segments []Segment

	// Unwanted is asked right before the first byte: a sentence ends the job failed with it, "" lets it begin. It is
	// called by Run, so it must answer soon: the time of a commit. nil: the job is wanted.
	Unwanted func() string
}

// Len is the number of bytes of the job.
func (j Job) Len() int {
	n := 0
	for _, s := range j.Segments {
		n += len(s.Bytes)
	}
	return n
}

// Dots is the length of the paper it takes, in rows of dots.
func (j Job) Dots() int {
	n := 0
	for _, s := range j.Segments {
		n += s.Dots
	}
	return n
}

// Bytes joins the segments.
func (j Job) Bytes() []byte {
	b := make([]byte, 0, j.Len())
	for _, s := range j.Segments {
		b = append(b, s.Bytes...)
	}
	return b
}

// feed is how long the print head takes for a segment.
func (s Segment) feed(p Profile) time.Duration {
	return time.Duration(s.Dots-s.Blank)*p.DotTime() + time.Duration(s.Blank)*p.FeedTime()
}

// Head is how long the print head takes for the job.
func (j Job) Head(p Profile) time.Duration {
	var t time.Duration
	for _, s := range j.Segments {
		t += s.feed(p)
	}
	return t
}

// Limit is the least time the job can take on this printer: the line or the print head, whichever is slower.
func (j Job) Limit(p Profile) time.Duration {
	return max(time.Duration(j.Len())*p.ByteTime(), j.Head(p))
}

// Drawer is how a cash drawer is opened: which pin of the printer's connector has its coil, and for how long.
type Drawer struct {
	Pin   int           // 2 or 5; 0 is 2
	Pulse time.Duration // 0 is 100 ms
}

// Bounds of a pulse: below 10 ms no coil moves, and the command's byte ends at 510 ms (units of 2 ms).
const (
	leastPulse  = 10 * time.Millisecond
	longestKick = 500 * time.Millisecond
)

// Check refuses a drawer that no printer can open.
func (d Drawer) Check() error {
	if d.Pin != 0 && d.Pin != 2 && d.Pin != 5 {
		return fmt.Errorf("the drawer's pin is %d: the connector has drawers at pin 2 or 5", d.Pin)
	}
	if d.Pulse != 0 && (d.Pulse < leastPulse || d.Pulse > longestKick) {
		return fmt.Errorf("the drawer's pulse is %v: give %v to %v; most drawers open with 100ms", d.Pulse,
			leastPulse, longestKick)
	}
	return nil
}

// Kick is a job that opens the drawer and prints nothing. The coil rests at least as long as it was under current.
func (d Drawer) Kick() Job {
	pin := escpos.DrawerPin2
	if d.Pin == 5 {
		pin = escpos.DrawerPin5
	}
	pulse := cmp.Or(d.Pulse, 100*time.Millisecond)
	return Job{Kind: "drawer kick", Segments: []Segment{
		{Bytes: escpos.DrawerKick(pin, byte(pulse/(2*time.Millisecond)), 250)},
	}}
}
