package main

import (
	"context"
	"errors"
	"fmt"
	"sync"
	"time"
)

// A task is one part of gallad. It runs until its context ends; one that returns before that has failed.
type task struct {
	name string
	run  func(context.Context) error

	// needs is closed once what the task works on is there: the till's Ready, mostly. nil: it starts at once.
	needs <-chan struct{}
	// patience is the longest it waits for needs; then it starts without it. Zero: as long as it takes.
	patience time.Duration
	// listens says that it takes requests, which the other tasks answer: it is stopped before them.
	listens bool
}

// runTasks runs the tasks until ctx ends, then returns nil; or until one of them returns, then the others are cancelled
// and the error, which is errStopped, names the task. No task runs any more when it returns.
//
// Listeners are stopped first. Requests in flight finish while the other tasks, the till among them, still run; these
// are stopped when every listener has returned. stopping is called once, before the first task is stopped.
func runTasks(ctx context.Context, tasks []task, stopping func()) error {
	outer, cancelListeners := context.WithCancel(ctx)
	defer cancelListeners()
	inner, cancelOthers := context.WithCancel(context.WithoutCancel(ctx))
	defer cancelOthers()

	failed := make(chan error, len(tasks))
	start := func(k task, ctx context.Context, wg *sync.WaitGroup) {
		wg.Go(func() {
			if !k.wait(ctx) || outer.Err() != nil {
				return
			}
			err := k.run(ctx)
			if outer.Err() != nil {
				return // it was told to, or another one failed first
			}
			if err == nil {
				err = errors.New("it ended by itself")
			}
			failed <- fmt.Errorf("%s %w: %w", k.name, errStopped, err)
			cancelListeners()
		})
	}

	var listeners, others sync.WaitGroup
	for _, k := range tasks {
		if k.listens {
			start(k, outer, &listeners)
		} else {
			start(k, inner, &others)
		}
	}

	<-outer.Done()
	stopping()
	listeners.Wait()
	cancelOthers()
	others.Wait()

	select {
	case err := <-failed:
		return err
	default:
		return nil
	}
}

// wait waits for what the task needs; false when ctx ended before.
func (k task) wait(ctx context.Context) bool {
	if k.needs == nil {
		return true
	}
	var late <-chan time.Time
	if k.patience > 0 {
		timer := time.NewTimer(k.patience)
		defer timer.Stop()
		late = timer.C
	}
	select {
	case <-k.needs:
		return true
	case <-late:
		return true
	case <-ctx.Done():
		return false
	}
}
