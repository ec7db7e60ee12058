// Package signature is how a box proves to its office who calls: a small part of RFC 9421 (HTTP message signatures)
// with Ed25519 and the digest of RFC 9530.
//
//	Content-Digest: sha-256=:…:
//	Signature-Input: galla=("@method" "@path" "content-digest");created=1796040000;keyid="…";alg="ed25519"
//	Signature: galla=:…:
//
// It passes any reverse proxy that leaves method, path and body alone, which a client certificate does not.
//
// It promises: Verify accepts what Sign made over the same method, path and body, within Skew of its time, and nothing
// else: no other components, order, parameters or second signature. It says when a request was signed, so that the
// caller can refuse one that is older than the last; it remembers nothing itself.
//
// It refuses a request without a digest, also one without a body. It is pure but for the headers it is given. Its
// functions may be called from any goroutine.
package signature
