package counter

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"time"

	"galla/internal/counter/problem"
	"galla/internal/counter/wire"
)

// Hook is a webhook as the counter needs it. Its calls may be made from any goroutine.
type Hook interface {
	Status() wire.Hook // Behind is the counter's to fill in
	// Test sends a delivery without events, and returns how long it took; an error says why it was not taken.
	Test(ctx context.Context) (time.Duration, error)
	// Again has the events after one delivered once more; an error says why that one can't be.
	Again(since uint64) error
}

// hookStatus is how each webhook stands.
func (c *Counter) hookStatus() []wire.Hook {
	list := []wire.Hook{}
	newest, _ := c.till.Seq() // a store that fails is told by the health
	for _, h := range c.hooks {
		s := h.Status()
		if newest > s.Seq {
			s.Behind = newest - s.Seq
		}
		list = append(list, s)
	}
	return list
}

func (c *Counter) listHooks(w http.ResponseWriter, _ *http.Request, _ Caller) error {
	return answer(w, http.StatusOK, wire.Hooks{Hooks: c.hookStatus()})
}

func (c *Counter) hook(r *http.Request) (Hook, error) {
	name := r.PathValue("name")
	for _, h := range c.hooks {
		if h.Status().Name == name {
			return h, nil
		}
	}
	return nil, problem.New(problem.NoThing, fmt.Sprintf("there is no webhook %.40q", name),
		"galla hook status and GET /v1/hooks list them; one is set up in gallad.toml under [[hook]].")
}

func (c *Counter) testHook(w http.ResponseWriter, r *http.Request, who Caller) error {
	if _, err := c.write(w, r, who, &wire.Nothing{}); err != nil {
		return err
	}
	h, err := c.hook(r)
	if err != nil {
		return err
	}
	took, err := h.Test(r.Context())
	out := wire.HookTest{Taken: err == nil, Ms: took.Milliseconds(),
		Sent: wire.Delivery{Events: []wire.Event{}, Test: true}}
	if err != nil {
		out.Problem = err.Error()
	}
	return answer(w, http.StatusOK, out)
}

func (c *Counter) redeliver(w http.ResponseWriter, r *http.Request, who Caller) error {
	var b wire.Redeliver
	if _, err := c.write(w, r, who, &b); err != nil {
		return err
	}
	h, err := c.hook(r)
	if err != nil {
		return err
	}
	if err := h.Again(b.Since); err != nil {
		return problem.New(problem.RefusedNow, err.Error(), "Give the number of an event that was delivered.")
	}
	list := c.hookStatus()
	for _, s := range list {
		if s.Name == h.Status().Name {
			return answer(w, http.StatusOK, s)
		}
	}
	return errors.New("a webhook is gone")
}
