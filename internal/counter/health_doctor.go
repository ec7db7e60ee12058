package counter

import (
	"context"
	"fmt"
	"net/http"
	"time"

	"galla/internal/counter/problem"
	"galla/internal/counter/wire"
)

// Doctor looks for what keeps the till from selling. Snapshot costs next to nothing; Look asks the gateways, answers
// within its context, and asks them no more than once in ten seconds however many callers there are.
type Doctor interface {
	Look(ctx context.Context) wire.Checkup
	Snapshot() wire.Checkup
}

// lookTime bounds a look; it is below answerTime.
const lookTime = 25 * time.Second

// lookAll looks at the whole chain now. Any cashier may ask: who stands at a till that doesn't sell is seldom its
// owner.
func (c *Counter) lookAll(w http.ResponseWriter, r *http.Request, _ Caller) error {
	if c.doctor == nil {
		return problem.New(problem.NoThing, "this gallad has no doctor", "Run galla doctor on the box.")
	}
	ctx, cancel := context.WithTimeout(r.Context(), lookTime)
	defer cancel()
	up := c.doctor.Look(ctx)
	if err := r.Context().Err(); err != nil {
		return fmt.Errorf("whoever asked the doctor went away: %w", err)
	}
	return answer(w, http.StatusOK, up)
}
