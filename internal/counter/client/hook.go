package client

import (
	"context"
	"net/url"

	"galla/internal/counter/wire"
)

// Hooks lists the webhooks and how they stand.
func (c *Client) Hooks(ctx context.Context) (wire.Hooks, error) {
	return get[wire.Hooks](ctx, c, "/v1/hooks")
}

// TestHook has a message without events sent to a webhook's receiver now.
func (c *Client) TestHook(ctx context.Context, key, name string) (wire.HookTest, error) {
	return post[wire.HookTest](ctx, c, "/v1/hooks/"+url.PathEscape(name)+"/test", key, wire.Nothing{})
}

// Redeliver has everything after an event sent once more.
func (c *Client) Redeliver(ctx context.Context, key, name string, since uint64) (wire.Hook, error) {
	return post[wire.Hook](ctx, c, "/v1/hooks/"+url.PathEscape(name)+"/redelivery", key, wire.Redeliver{Since: since})
}
