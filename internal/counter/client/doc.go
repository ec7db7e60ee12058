// Package client speaks the counter's API: over gallad's Unix socket, or over HTTP with a paired device's token.
//
// Writes take the caller's idempotency key and are sent again with the same key, for as long as the context allows,
// when the answer got lost on the way: the till does nothing twice. A read is sent once more. A gallad that can't be
// reached at all is an *UnreachableError at once. What gallad refuses comes back as its *wire.Problem.
package client
