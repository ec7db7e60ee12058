// Package feed writes the till's events as clients of the API and receivers of webhooks read them: a Feed is the frames
// of GET /v1/events, a Delivery the body of a webhook's message.
//
// It promises: every event once and in order, from any event on, the same bytes for everybody; the newest of a sale's
// events in one batch carries the sale as it stands. It keeps the newest Kept frames in memory and nothing on disk, and
// owns no goroutine.
//
// It refuses kinds of events that don't exist. It knows no client: who may hear, when a line is cut off, and where a
// message goes, the counter and package webhook decide. Every call may be made from any goroutine, before the till is
// ready too.
package feed
