package web

import (
	"context"
	"errors"
	"log/slog"
	"sync"
	"time"

	"galla/internal/office"
	"galla/internal/segment"
)

const (
	takers    = 2                // transactions at once: one is written while the other one's segments are judged
	takeTime  = 60 * time.Second // for a transaction
	batchSize = 16 << 20         // bytes of segments in one
	giveUp    = 3                // submissions that fail one by one, in a row: it is not them
)

// errBusy says that the office can't say now whether it has a segment.
var errBusy = errors.New("too many segments wait")

// queue takes segments that wait at the same time in one transaction: a commit costs the same for one and for a
// thousand.
type queue struct {
	core   Core
	counts Counts
	log    *slog.Logger
	in     chan *submitted
}

// submitted is a segment that waits, and who waits for it.
type submitted struct {
	office.Submission
	ctx    context.Context
	answer chan result // has room for the one answer
}

type result struct {
	taken segment.Taken
	err   error
}

func newQueue(o Options) *queue {
	return &queue{o.Core, o.Counts, o.Log, make(chan *submitted, maxCalls)}
}

// take waits for a segment's answer. With an error nobody knows whether it is there: the box asks for the heads.
func (q *queue) take(ctx context.Context, s office.Submission) (segment.Taken, error) {
	one := &submitted{s, ctx, make(chan result, 1)}
	select {
	case q.in <- one:
	default:
		return segment.Taken{}, errBusy
	}
	select {
	case r := <-one.answer:
		return r.taken, r.err
	case <-ctx.Done():
		return segment.Taken{}, ctx.Err()
	}
}

// run works until ctx ends. A transaction that has begun is finished.
func (q *queue) run(ctx context.Context) {
	var all sync.WaitGroup
	for range takers {
		all.Go(func() {
			for {
				select {
				case <-ctx.Done():
					return
				case one := <-q.in:
					q.batch(context.WithoutCancel(ctx), q.gather(one))
				}
			}
		})
	}
	all.Wait()
	for {
		select {
		case one := <-q.in:
			one.answer <- result{err: errBusy}
		default:
			return
		}
	}
}

// gather adds to one submission those that wait too.
func (q *queue) gather(one *submitted) (all []*submitted) {
	size := 0
	for {
		if one.ctx.Err() == nil { // somebody waits for it
			all = append(all, one)
			size += len(one.Raw)
		}
		if len(all) == office.MaxBatch || size >= batchSize {
			return all
		}
		select {
		case one = <-q.in:
		default:
			return all
		}
	}
}

// batch takes submissions in one transaction. Where that fails, each gets one of its own: what is wrong with one must
// not keep the others out.
func (q *queue) batch(ctx context.Context, all []*submitted) {
	if len(all) == 0 {
		return
	}
	err := q.commit(ctx, all)
	if err == nil {
		return
	}
	failed := 0
	for i, one := range all {
		if len(all) > 1 && failed < giveUp {
			if err = q.commit(ctx, all[i:i+1]); err == nil {
				failed = 0
				continue
			}
		}
		failed++
		one.answer <- result{err: err}
	}
}

// commit takes submissions and answers them, unless it fails.
func (q *queue) commit(ctx context.Context, all []*submitted) error {
	ctx, cancel := context.WithTimeout(ctx, takeTime)
	defer cancel()
	submissions := make([]office.Submission, len(all))
	for i, one := range all {
		submissions[i] = one.Submission
	}
	began := time.Now()
	taken, err := q.core.Take(ctx, submissions)
	q.counts.Batch(len(all), time.Since(began), err)
	if err != nil {
		q.log.Error("segments were not taken", "segments", len(all), "error", err)
		return err
	}
	for i, one := range all {
		one.answer <- result{taken: taken[i]}
	}
	return nil
}
