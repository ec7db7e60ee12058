package printer

import (
	"time"

	"galla/printer/escpos"
)

// Segment is one indivisible piece of a job: a text line with its style, or one command with its data. A job that
// must stop early stops between two segments.
type Segment struct {
	Bytes []byte
	Dots  int  // rows of dots it feeds
	Even  bool // the rows are fed while the bytes arrive (a picture) instead of after the last (a line of text)
}

// Job is a rendered document: bytes for one profile, whatever the port.
type Job struct {
	Kind     string // "order slip", "receipt", …: for logs and errors
	Segments []Segment

	// Unwanted is asked right before the first byte: a sentence ends the job failed with it, "" lets it begin. It is called by
	// Run, so it must answer soon: the time of a commit. nil: the job is wanted.
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

// Limit is the least time the job can take on this printer: the line or the print head, whichever is slower.
func (j Job) Limit(p Profile) time.Duration {
	return max(time.Duration(j.Len())*p.ByteTime(), time.Duration(j.Dots())*p.DotTime())
}

// KickDrawer is a job that opens the cash drawer on pin 2 and prints nothing: 100 ms on, 500 ms off.
func KickDrawer() Job {
	return Job{Kind: "drawer kick", Segments: []Segment{{Bytes: escpos.DrawerKick(escpos.DrawerPin2, 50, 250)}}}
}
