package uplink

import (
	"context"
	"encoding/json"
	"errors"
	"net/http"

	"galla/internal/segment"
)

// bring sends the Z reports that the office asked for. It asks again for what did not come: nothing is remembered here.
func (u *Uplink) bring(ctx context.Context, wants []string) error {
	if u.o.Z == nil {
		return nil
	}
	for _, operation := range wants {
		stored, err := u.o.Z(ctx, operation)
		if err != nil {
			return err
		}
		m := segment.Z{Operation: operation, Z: stored}
		if len(m.Z) == 0 || len(m.Z) > segment.MaxZ {
			m.Z, m.Lost = nil, true
		}
		body, err := json.Marshal(m)
		if err != nil {
			return err
		}
		// If we die from here on, the office has it or not, and asks for what it lacks.
		var there segment.Heads
		err = u.call(ctx, http.MethodPost, segment.PathZ, "application/json", body, &there)
		if no, ok := errors.AsType[*answerError](err); ok && no.status == http.StatusUnprocessableEntity {
			u.o.Log.Warn("the office says that a Z report of this box is not the one that was closed",
				"office", u.url.Host, "operation", operation)
			continue
		}
		if err != nil {
			return err
		}
	}
	return nil
}
