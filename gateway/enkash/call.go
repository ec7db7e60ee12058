package enkash

import (
	"context"
	"encoding/json"
	"errors"
	"net/http"
	"strings"

	"galla/gateway"
	"galla/gateway/enkash/wire"
)

// codeTokenRefused is the response_code of "Token is invalid." (seen in public code; EnKash publishes no list).
const codeTokenRefused = "117"

// public sends a call of the checkout plane (/pay/checkout/…), which takes no credentials, and returns its payload.
func (c *Client) public(ctx context.Context, call gateway.Call) (json.RawMessage, gateway.Answer, error) {
	a, err := c.caller.Do(ctx, call)
	if err != nil {
		return nil, a, err
	}
	return c.open(call, a)
}

// sender is public or signed.
type sender func(context.Context, gateway.Call) (json.RawMessage, gateway.Answer, error)

// record sends a call and reads the payload of its answer into r, which points to a record of this package.
func (c *Client) record(ctx context.Context, send sender, call gateway.Call, r any) (gateway.Answer, error) {
	payload, a, err := send(ctx, call)
	if err != nil {
		return a, err
	}
	if err := wire.Decode(payload, r); err != nil {
		return a, c.caller.Unreadable(call, a, err)
	}
	return a, nil
}

// signed sends a call with the merchant's credentials and returns its payload. A refused token changed nothing, so
// the call goes again: once with a fresh token, once more with the other prefix, and then the keys are to blame.
func (c *Client) signed(ctx context.Context, call gateway.Call) (json.RawMessage, gateway.Answer, error) {
	a, err := c.withToken(ctx, call)
	if err != nil {
		return nil, a, err
	}
	return c.open(call, a)
}

func (c *Client) withToken(ctx context.Context, call gateway.Call) (gateway.Answer, error) {
	usual := c.tokens.prefixRaw()
	for try := 0; ; try++ {
		value, err := c.tokens.get(ctx, c)
		if err != nil {
			return gateway.Answer{}, err
		}
		raw := usual != (try == 2)
		header := call.Header.Clone()
		if header == nil {
			header = http.Header{}
		}
		header.Set("Authorization", c.tokens.header(value, raw))
		// The spelling is EnKash's; HTTP/1 header names have no case, but a careless server's may.
		header["merchantAccessKey"] = []string{c.cfg.AccessKey}
		signed := call
		signed.Header = header
		a, err := c.caller.Do(ctx, signed)
		if err != nil {
			return a, err
		}
		if !tokenRefused(a) {
			if try == 2 {
				c.tokens.keepPrefix(raw)
				c.log.Warn("the token is accepted with the other prefix: set token_prefix so in the config", "raw", raw)
			}
			return a, nil
		}
		switch try {
		case 0: // perhaps it just grew old
			c.tokens.refused(value)
		case 2:
			env, _ := wire.ReadEnvelope(a.Body) // a 401 may have no body worth reading
			return a, c.caller.Failed(call, a, gateway.ClassMisconfigured, env.Code(), c.redact(env.Words()), "",
				"EnKash refuses a fresh token with and without \"Bearer\": compare the access key with the "+
					"dashboard, and the base URL with the keys")
		}
	}
}

func tokenRefused(a gateway.Answer) bool {
	if a.Status == http.StatusUnauthorized {
		return true
	}
	env, err := wire.ReadEnvelope(a.Body)
	if err != nil || env.OK() {
		return false
	}
	words := strings.ToLower(env.Words())
	return env.Code() == codeTokenRefused ||
		strings.Contains(words, "token") && (strings.Contains(words, "invalid") || strings.Contains(words, "expired"))
}

// open takes the payload out of an answer, or says why there is none.
func (c *Client) open(call gateway.Call, a gateway.Answer) (json.RawMessage, gateway.Answer, error) {
	env, err := wire.ReadEnvelope(a.Body)
	if a.Status >= 300 || err == nil && env.Code() != "" && !env.OK() {
		return nil, a, c.refusal(call, a, env)
	}
	if err == nil && env.Code() == "" {
		// No verdict is no success: a proxy's or a framework's own JSON looks like this.
		return nil, a, c.caller.Unreadable(call, a, errors.New("it has neither response_code nor resultCode"))
	}
	if err != nil {
		return nil, a, c.caller.Unreadable(call, a, err)
	}
	return env.Payload, a, nil
}
