package kiosk

import (
	"image"
	"runtime/debug"
	"sync"
	"time"

	"galla/display"
	"galla/display/viewstream"
)

// proof is one presented frame on its way to being checked.
type proof struct {
	moment viewstream.Moment
	drawn  time.Time   // for which moment it was drawn: the View may have been over by then
	at     time.Time   // when it was presented
	code   *image.Gray // read back of a pay screen: the part of the panel where its QR stands
	size   image.Point // of the panel it is a part of
	panel  *image.RGBA // read back: all of it, where Options.Presented asks for it
}

// prover checks frames beside the frame loop, one after the other.
type prover struct {
	o     *Options
	pic   *picture // for turning frames upright; nothing that changes is touched
	work  chan proof
	waits sync.WaitGroup
	wrong func(viewstream.Moment) // called when a frame is not what its View says
	tidy  bool                    // memory is given back after each: ebiten's way back takes several pictures' worth
}

func newProver(o *Options, pic *picture, wrong func(viewstream.Moment)) *prover {
	p := &prover{o: o, pic: pic, work: make(chan proof, 4), wrong: wrong}
	p.waits.Go(func() {
		for job := range p.work {
			p.check(job)
			if p.tidy {
				debug.FreeOSMemory()
			}
		}
	})
	return p
}

// submit hands over a frame. When checking falls behind, the oldest frame goes unchecked: its View is no longer shown.
func (p *prover) submit(job proof) {
	for {
		select {
		case p.work <- job:
			return
		default:
		}
		select {
		case old := <-p.work:
			p.o.Log.Warn("a frame went unchecked", "seq", old.moment.View.Seq, "screen", old.moment.View.Screen)
		default:
		}
	}
}

// check looks at one frame and tells gallad what it found.
func (p *prover) check(job proof) {
	v := display.At(job.moment.View, job.drawn) // what the Painter drew
	var problem string
	if job.code != nil {
		code, size := p.pic.uprightCode(job.code, job.size)
		if err := p.o.Verify(code, size, v); err != nil {
			problem = err.Error()
			p.o.Log.Error("the pay screen is withdrawn", "sale", v.SaleID, "seq", v.Seq, "err", err)
			p.wrong(job.moment)
		}
	}
	p.tell(job, problem)
	if p.o.Presented != nil {
		p.o.Presented(v, p.pic.upright(job.panel))
	}
}

// tell has gallad learn that the View is on the screen. One whose time was over before its frame was drawn never was:
// the picture said so, and gallad knows the time itself.
func (p *prover) tell(job proof, problem string) {
	if problem == "" && display.At(job.moment.View, job.drawn).Screen != job.moment.View.Screen {
		return
	}
	p.o.Feed.Shown(job.moment, job.at, problem)
}

// close waits for the frames that were handed over.
func (p *prover) close() {
	close(p.work)
	p.waits.Wait()
}
