package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"net/http"
	"net/netip"
	"time"

	"galla/gateway"
	"galla/gateway/enkash/wire"
	"galla/gateway/razorpay"
	"galla/internal/config"
	"galla/internal/counter"
)

// gatewayWebhooks receives what gateways post: Razorpay's webhooks at /hints/NAME, signed, and EnKash's payment
// notifications, mandate and debit callbacks at the same path, which anybody may have sent. Each is a hint: it has a
// sale polled, at most every two seconds, or a mandate, at most every minute, and proves nothing. The listener is on a
// loopback address; a reverse proxy with TLS passes the gateways' requests on to it (README, Webhooks).
type gatewayWebhooks struct {
	mux   *http.ServeMux
	tasks []func(context.Context) error
}

// gatewayWebhookTasks are the listener and the workers of gateways' webhooks; none where no gateway is to post.
func (b *box) gatewayWebhookTasks() ([]task, error) {
	tell := func(gateway string, ids ...string) {
		b.till.Hint(gateway, ids...)
		b.operations.Hint(gateway, ids...)
		b.standing.Hint(gateway, ids...)
	}
	posted, err := newGatewayWebhooks(b.config.Gateways, b.gateways, b.secrets, tell, b.log)
	if err != nil {
		return nil, fmt.Errorf("%w: %w", errConfig, err)
	}
	l := b.sockets.hints
	if posted == nil && l != nil { // or a proxy's connections would wait there for ever
		b.log.Warn("listen.hints is set, and no gateway posts there: it has neither webhooks = true nor a notify_url")
		return nil, l.Close()
	}

	if l == nil {
		return nil, nil
	}

	// A hint is about a sale that the till watches, and it watches none before Ready.
	tasks := []task{
		{
			name:     "hints",
			needs:    b.till.Ready(),
			patience: startPatience,
			listens:  true,
			run: func(ctx context.Context) error {
				return counter.Serve(
					ctx,
					l,
					counter.Listener{Proxy: netip.AddrFrom4([4]byte{127, 0, 0, 1})},
					posted.mux,
					b.log,
				)
			},
		},
	}

	for _, run := range posted.tasks {
		tasks = append(tasks, task{name: "hints of a gateway", run: run})
	}
	b.log.Info("hints of gateways", "at", "http://"+l.Addr().String()+"/hints/NAME")
	return tasks, nil
}

// newGatewayWebhooks routes the path of each gateway that is to post, and calls tell for each hint; nil if there is
// none.
func newGatewayWebhooks(
	configured []config.Gateway,
	gateways []gateway.Gateway,
	secrets string,
	tell func(gateway string, ids ...string),
	log *slog.Logger,
) (*gatewayWebhooks, error) {
	h := &gatewayWebhooks{mux: http.NewServeMux()}
	some := false
	for i, g := range configured {
		place := "/hints/" + g.Name
		switch {
		case g.Webhooks:
			s, _, err := config.ReadSecrets(g.Name, secrets)
			if err != nil {
				return nil, err
			}
			ch := make(chan razorpay.Hint, 64)
			hooks, err := razorpay.NewHooks(s.WebhookSecrets, ch)
			if err != nil {
				return nil, err
			}
			hooks.Warn(func(n int) {
				log.Warn("webhooks come whose signature does not fit: see galla doctor gateway",
					"gateway", g.Name, "events", n)
			})
			if c, ok := gateways[i].(*razorpay.Client); ok {
				c.Listen(hooks)
			}
			h.mux.Handle(place, hooks)
			h.tasks = append(h.tasks, func(ctx context.Context) error {
				watch := time.NewTicker(30 * time.Minute)
				defer watch.Stop()
				for {
					select {
					case <-ctx.Done():
						return nil
					case <-watch.C:
						if n, since := hooks.Silent(); n > 0 {
							log.Warn(
								"webhooks don't come, while payments do: see galla doctor gateway",
								"gateway",
								g.Name,
								"payments",
								n,
								"since",
								since,
							)
						}
					case hint := <-ch:
						log.Info("hint", "gateway", g.Name, "event", hint.Event)
						tell(g.Name, hint.QRID, hint.PaymentID)
					}
				}
			})
		case g.NotifyURL != "":
			h.mux.HandleFunc("POST "+place, func(w http.ResponseWriter, r *http.Request) {
				body, err := io.ReadAll(http.MaxBytesReader(w, r.Body, wire.MaxNotification))
				switch {
				case errors.As(err, new(*http.MaxBytesError)):
					http.Error(w, "the notification is too large", http.StatusRequestEntityTooLarge)
					return
				case err != nil:
					http.Error(w, "the notification came too slowly, or was cut off", http.StatusRequestTimeout)
					return
				}
				n, err := wire.ParseNotification(body)
				if err != nil {
					http.Error(w, err.Error(), http.StatusBadRequest)
					return
				}
				tell(g.Name, n.IDs...)
				w.WriteHeader(http.StatusOK)
			})
		default:
			continue
		}
		some = true
	}

	if !some {
		return nil, nil
	}
	return h, nil
}
