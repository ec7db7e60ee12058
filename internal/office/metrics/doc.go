// Package metrics counts what a head office does, for Prometheus. No series names a terminal, a shop or a person: a
// chain has thousands, and findings name them.
package metrics
