package uplink

import (
	"context"
	"encoding/json"
	"math"
	"math/rand/v2"
	"net/http"
	"time"

	"galla/internal/segment"
)

// maxHealth bounds what a heartbeat says of the box, in bytes.
const maxHealth = 16 << 10

// beat sends a heartbeat every Beat, the first soon: boxes that come back together do not beat together.
func (u *Uplink) beat(ctx context.Context) {
	pause := time.Duration(rand.Int64N(int64(10 * time.Second)))
	for {
		sleep(ctx, pause)
		if ctx.Err() != nil {
			return
		}
		began := time.Now()
		if u.mayCall() {
			if err := u.beatOnce(ctx); err != nil && ctx.Err() == nil {
				u.o.Log.Debug("the office has not heard the heartbeat", "office", u.url.Host, "error", err)
			}
		}
		pause = max(Beat-time.Since(began), time.Second)
	}
}

// mayCall reports whether the office did not ask for silence.
func (u *Uplink) mayCall() bool {
	u.mu.Lock()
	defer u.mu.Unlock()
	return !time.Now().Before(u.until)
}

// beatOnce sends one heartbeat, and looks whether the office still has what it had.
func (u *Uplink) beatOnce(ctx context.Context) error {
	had := u.Status().Seq // before the question: what is taken meanwhile only makes the answer newer
	head, err := u.stretch(math.MaxUint64, 0)
	if err != nil {
		return err
	}
	m := segment.Heartbeat{Head: segment.Place{Seq: head.After, Hash: head.Before}, At: u.o.Wall()}
	m.Health = u.health(ctx)
	body, err := json.Marshal(m)
	if err != nil {
		return err
	}
	var there segment.Heads
	if err := u.call(ctx, http.MethodPost, segment.PathHeartbeat, "application/json", body, &there); err != nil {
		return err
	}
	newest, _, err := u.ours(there.Heads)
	if err == nil && newest < had {
		select {
		case u.again <- struct{}{}:
		default: // it is told already
		}
	}
	if err != nil {
		return err
	}
	return u.bring(ctx, there.Wants)
}

// health is the box's health as JSON; nil where the box can't say.
func (u *Uplink) health(ctx context.Context) json.RawMessage {
	h, err := u.o.Health(ctx)
	if err != nil {
		return nil
	}
	raw, err := json.Marshal(h)
	if err == nil && len(raw) > maxHealth {
		h.Checkup = nil
		raw, err = json.Marshal(h)
	}
	if err != nil || len(raw) > maxHealth {
		return nil
	}
	return raw
}
