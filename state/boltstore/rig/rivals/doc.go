// Package rivals measures boltstore beside what it could have been: a bare file that is appended to and flushed, which
// is the floor of anything durable, and SQLite. It is a module of its own, so that SQLite never comes near the product.
package rivals
