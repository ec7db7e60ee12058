package alerts

import (
	"context"
	"encoding/json"
	"time"

	"galla/internal/webhook"
)

// Hook sends alerts to a webhook.
type Hook struct{ line *webhook.Sender }

// NewHook checks the options.
func NewHook(o webhook.Sending) (*Hook, error) {
	line, err := webhook.NewSender(o)
	return &Hook{line}, err
}

// Send is Way's.
func (h *Hook) Send(ctx context.Context, all []Alert) error {
	body, err := json.Marshal(map[string][]Alert{"alerts": all})
	if err != nil {
		return err
	}
	return h.line.Send(ctx, body)
}

// Wait is Way's.
func (h *Hook) Wait(err error) time.Duration { return webhook.Wait(err) }
