package counter

import (
	"fmt"
	"net/http"
	"strconv"
	"time"

	"galla/internal/counter/problem"
	"galla/internal/counter/query"
)

// retryHint is how long a client waits before it comes back, in ms (the stream's "retry:" field).
const retryHint = 1000

// events streams what happens, from any event on: what was before is caught up with first, then it lives. A comment
// goes out when nothing else does, so that both sides notice a dead line; a client that does not take a write within
// answerTime is cut off, and comes back with the last id it saw. One whose device was revoked hears nothing more. Each
// event's frame has its kind as name; as=message leaves the names out, for an EventSource that only has onmessage.
func (c *Counter) events(w http.ResponseWriter, r *http.Request, who Caller) error {
	since, err := c.since(r)
	if err != nil {
		return err
	}
	as := r.URL.Query().Get("as")
	if as != "" && as != "message" {
		return problem.New(problem.BadQuery, fmt.Sprintf("as is %.20q", as), `Leave it out, or say "message".`)
	}
	most := feedsLocal
	if who.Device != "" {
		most = feedsDevice
	}
	leave, ok := c.feeds.Take(keyOwner(who), most)
	w.Header().Set("RateLimit-Policy", fmt.Sprintf(`"feeds";q=%d;qu="concurrent-requests"`, most))
	w.Header().Set("RateLimit", c.feeds.Left("feeds", keyOwner(who), most))
	if !ok {
		return crowded("feeds", fmt.Sprintf("this caller has %d feeds open already", most),
			"Close one, or share one among its pages.")
	}

	defer leave()

	rc := http.NewResponseController(w)
	rc.SetReadDeadline(time.Time{}) // the request is read; the deadline would end the stream
	h := w.Header()
	h.Set("Content-Type", "text/event-stream")
	h.Set("X-Accel-Buffering", "no")
	w.WriteHeader(http.StatusOK)
	if r.Method == http.MethodHead { // it hears nothing, and would hold its connection and a feed
		return nil
	}

	send := func(pieces ...[]byte) bool {
		if !c.people.Still(who, Cashier) { // asked again each time: a feed stays open for days
			return false
		}
		rc.SetWriteDeadline(time.Now().Add(answerTime))
		for _, b := range pieces { // the frames are everybody's: none is copied
			if _, err := w.Write(b); err != nil {
				return false
			}
		}
		return rc.Flush() == nil
	}

	// The hello carries the id, so that a client that is cut off before the first event resumes from here.
	if !send(fmt.Appendf(nil, "retry: %d\nid: %d\nevent: hello\ndata: {\"seq\":%d}\n\n", retryHint, since, since)) {
		return nil
	}
	beat := time.NewTicker(c.heartbeat)
	defer beat.Stop()
	var pieces [][]byte
	for {
		changed := c.till.Changed() // taken before the read: a commit in between closes it
		frames, err := c.feed.After(r.Context(), since)
		if err != nil {
			c.log.Warn("feed ended", "since", since, "error", err)
			return nil // the stream is under way: its end is all we can say
		}
		if len(frames) > 0 {
			pieces = pieces[:0]
			for _, f := range frames {
				if as == "message" {
					pieces = append(pieces, f.Plain())
				} else {
					pieces = append(pieces, f.Data)
				}
			}
			since = frames[len(frames)-1].Seq
			if !send(pieces...) {
				return nil
			}
			continue
		}
		select {
		case <-changed:
		case <-beat.C:
			if !send([]byte(": still here\n\n")) {
				return nil
			}
		case <-r.Context().Done():
			return nil
		case <-stopping(r.Context()):
			return nil
		}
	}
}

// since says from which event on the client wants to hear: Last-Event-ID, which a browser sends when it comes back,
// goes before the address, which it repeats from its first call; neither means from now on.
func (c *Counter) since(r *http.Request) (uint64, error) {
	v, err := query.Of(r, "since", "as")
	if err != nil {
		return 0, err
	}
	since, err := query.Number(v, "since")
	if err != nil {
		return 0, err
	}
	newest, err := c.till.Seq()
	if err != nil {
		return 0, err
	}
	if last := r.Header.Get("Last-Event-ID"); last != "" {
		if since, err = strconv.ParseUint(last, 10, 63); err != nil {
			return 0, problem.New(problem.BadQuery, fmt.Sprintf("Last-Event-ID %.40q is not the number of an event",
				last), "Send the id of the last event you saw.")
		}
	} else if !v.Has("since") {
		since = newest
	}
	if since > newest {
		return 0, problem.New(problem.AheadOfUs, fmt.Sprintf("you have seen event %d, but the newest here is %d: "+
			"the till's store was replaced", since, newest), "Read the sales anew and follow from their seq.")
	}
	return since, nil
}
