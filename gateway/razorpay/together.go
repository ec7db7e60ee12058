package razorpay

import (
	"context"
	"errors"
	"net/url"
	"slices"
	"strconv"
	"sync"
	"time"

	"galla/gateway"
	"galla/internal/money"
)

// Many sales are looked at together: one list of the account's payments by time (R37) says of all of them whether
// something came. It is no evidence. A sale that it names is read by itself; one that it does not name has, for this
// look, nothing new. Each is read by itself all the same now and then (ownEvery), because no page promises that the
// list has everything at once, and every close is proven by a read of its own.
const (
	// A list serves the looks of so long after it was asked for: looks at open sales, and those of the watch.
	freshSale  = 2 * time.Second
	freshWatch = 10 * time.Second
	// recently is the time whose looks are counted: a list pays where at least so many sales were looked at in it, for
	// each of its pages.
	recently   = 10 * time.Second
	leastSale  = 4
	leastWatch = 3
	// ownEvery is the least time between two reads of one sale by itself while lists say nothing of it; with many sales
	// it is ownEach for each of them. A sale that is over is read by itself every ownWatch.
	ownEvery = 30 * time.Second
	ownEach  = 5 * time.Second
	ownWatch = 29 * time.Minute

	listTimeout = 12 * time.Second
	sheetReach  = 3 * time.Hour // a list goes no further back: what is older is looked at seldom
	// and is no longer than this; where the account has more, sales are read by themselves for a while
	sheetPages  = 3
	sheetTooBig = 10 * time.Minute
	sheetMargin = time.Minute     // between a QR and its first payment
	openFor     = 5 * time.Minute // a sale that was looked at within this counts for ownEach
	memberFor   = 2 * ownWatch    // and is forgotten after this
)

// errNoList sends a look to read its order by itself.
var errNoList = errors.New("no list serves this look")

// together is what the looks of this process share. Its times are of the process's own clock, but for those of QRs and
// lists: they are Razorpay's, because ours may have been set between a QR and the list that is to show its payment.
type together struct {
	mu      sync.Mutex
	members map[string]*member             // by the QR's id
	sheets  map[gateway.Lane]sheet         // the newest of each lane: the watch's goes further back
	asking  map[gateway.Lane]chan struct{} // closed when the list that is under way in a lane has ended
	failed  error                          // what became of the last list: no other look is served by it
	tooBig  time.Time                      // when a list last had too many pages
	// payments, each in a status, that a read of their own QR has shown; and which QR was read for one
	read gateway.Memory[bool]
}

// member is a sale that is looked at.
type member struct {
	ref    string
	lane   gateway.Lane // of its last look
	made   time.Time    // Razorpay's clock
	looked time.Time    // the last look, of either kind
	own    time.Time    // the last one by itself
}

// sheet is one list.
type sheet struct {
	from    time.Time // Razorpay's clock
	asked   time.Time
	pages   int
	named   map[string][]string // references that its payments carry, and the keys of these
	unnamed []listed            // payments that carry none: any QR over their amount may be theirs
}

type listed struct {
	key    string
	amount money.Paise
}

// key is a payment in its status.
func (e *paymentEntity) key() string {
	return string(e.ID) + " " + gateway.Shorten(string(e.Status), 20)
}

// Found has tell called for every order whose payment a list shows, for the first time or in a new status, until a Read
// has shown it too. It must not block.
func (c *Client) Found(tell func(reference string)) { c.found.Store(&tell) }

// quiet answers a look from a list that has nothing of the order. The status stays empty where this process has not
// read the QR. ok is false where the order is to be read by itself.
func (c *Client) quiet(ctx context.Context, o gateway.Order) (r gateway.Reading, ok bool, err error) {
	lane, looks := gateway.Looks(ctx)
	known := c.codes.Of(o.ID)
	made := known.entity.CreatedAt.time()
	if !looks || lane == gateway.LaneScreen || known.entity.CloseReason == "paid" || known.touched || made.IsZero() ||
		c.theirs().Sub(made) > sheetReach {
		return r, false, nil
	}

	t := c.together
	if !t.joins(o, made, lane) {
		return r, false, nil
	}
	s, err := c.sheetFor(ctx, made, lane)
	if err != nil && gateway.ClassOf(err) == gateway.ClassBusy {
		return r, false, err
	}
	if err != nil || !s.covers(made) || s.named[o.Reference] != nil || t.suspects(s, o) {
		return r, false, nil
	}
	if known.entity.ID != "" {
		r.Status = orderStatus(known.entity)
	}
	return r, true, nil
}

// theirs is the time it is at Razorpay.
func (c *Client) theirs() time.Time { return time.Unix(c.theirTime(c.now()), 0) }

// alone notes that an order is read by itself.
func (t *together) alone(o gateway.Order, lane gateway.Lane) {
	t.mu.Lock()
	defer t.mu.Unlock()
	now := time.Now()
	if m := t.members[o.ID]; m != nil {
		m.lane, m.looked, m.own = lane, now, now
		return
	}
	t.members[o.ID] = &member{ref: o.Reference, lane: lane, looked: now, own: now}
}

// joins notes a look at an order, and says whether it may be answered by a list.
func (t *together) joins(o gateway.Order, made time.Time, lane gateway.Lane) bool {
	t.mu.Lock()
	defer t.mu.Unlock()
	now := time.Now()
	m := t.members[o.ID]
	if m == nil {
		m = &member{ref: o.Reference, own: now}
		t.members[o.ID] = m
	}
	m.made, m.lane, m.looked = made, lane, now

	lately, open := 0, 0
	for id, k := range t.members {
		since := now.Sub(k.looked)
		if since > memberFor {
			delete(t.members, id)
		}
		if since <= openFor {
			open++
		}
		if since <= recently {
			lately++
		}
	}
	least, own := leastSale, max(ownEvery, time.Duration(open)*ownEach)
	if lane == gateway.LaneWatch {
		least, own = leastWatch, ownWatch
	}
	return lately >= least*max(1, t.sheets[lane].pages) && now.Sub(m.own) < own &&
		(t.tooBig.IsZero() || now.Sub(t.tooBig) > sheetTooBig)
}

// suspects reports whether a payment without a reference may be the order's. Each is looked into once in each status.
func (t *together) suspects(s sheet, o gateway.Order) (found bool) {
	for _, p := range s.unnamed {
		key := o.ID + " " + p.key
		if p.amount == o.Amount && !t.read.Of(key) {
			t.read.Note(key, func(b *bool) { *b = true })
			found = true
		}
	}
	return found
}

// covers reports whether payments of a QR that was made then would stand in the list.
func (s sheet) covers(made time.Time) bool {
	return !s.asked.IsZero() && !made.Add(-sheetMargin).Before(s.from)
}

// sheetFor is the newest list, if it is fresh enough for the lane, else a new one. A look waits for a list of its own
// lane that is under way.
func (c *Client) sheetFor(ctx context.Context, made time.Time, lane gateway.Lane) (sheet, error) {
	t := c.together
	fresh := freshSale
	if lane == gateway.LaneWatch {
		fresh = freshWatch
	}
	for waited := false; ; waited = true {
		t.mu.Lock()
		if s := t.sheets[lane]; s.covers(made) && time.Since(s.asked) < fresh {
			t.mu.Unlock()
			return s, nil
		}
		under := t.asking[lane]
		if under == nil && !waited {
			break
		}
		failed := t.failed
		t.mu.Unlock()
		if waited {
			return sheet{}, failed
		}

		goOn := gateway.Hold(ctx)
		select {
		case <-under:
		case <-ctx.Done():
		}
		goOn()
	}

	from, now := made, c.theirs()
	for _, m := range t.members {
		if m.lane == lane && !m.made.IsZero() && m.made.Before(from) && now.Sub(m.made) < sheetReach {
			from = m.made
		}
	}
	done := make(chan struct{})
	t.asking[lane] = done
	t.mu.Unlock()

	ctx, cancel := gateway.Errand{Lane: lane, Limit: listTimeout, Ahead: true}.Begin(ctx)
	s, err := c.list(ctx, from.Add(-sheetMargin))
	cancel()
	t.mu.Lock()
	defer t.mu.Unlock()
	delete(t.asking, lane)
	close(done)
	if s.pages > sheetPages {
		t.tooBig = time.Now()
	}
	if t.failed = errNoList; err != nil {
		t.failed = err
		return s, err
	}

	t.sheets[lane] = s
	if tell := c.found.Load(); tell != nil {
		for _, m := range t.members {
			if slices.ContainsFunc(s.named[m.ref], func(key string) bool { return !t.read.Of(key) }) {
				(*tell)(m.ref)
			}
		}
	}

	return s, nil
}

// list asks for the account's payments since from, a time of Razorpay's clock.
func (c *Client) list(ctx context.Context, from time.Time) (sheet, error) {
	s := sheet{from: from, asked: time.Now(), named: map[string][]string{}}
	skew, _ := c.caller.Skew()
	query := url.Values{
		"from": {strconv.FormatInt(from.Unix(), 10)},
		"to":   {strconv.FormatInt(c.theirTime(c.now()), 10)},
	}
	for {
		if s.pages++; s.pages > sheetPages {
			return s, errNoList
		}
		query.Set("count", strconv.Itoa(pageSize))
		query.Set("skip", strconv.Itoa((s.pages-1)*pageSize))
		var page collection[paymentEntity, *paymentEntity]
		if err := c.do(ctx, read("list payments", "/v1/payments", query), &page); err != nil {
			return s, err
		}
		for _, e := range page.Items {
			switch from := origin(e.Notes); {
			case from.Standing != "": // of a printed code, and no sale's
			case from.Reference != "":
				s.named[from.Reference] = append(s.named[from.Reference], e.key())
			default:
				s.unnamed = append(s.unnamed, listed{e.key(), money.Paise(e.Amount.v)})
			}
		}
		if len(page.Items) < pageSize {
			// our clock was set, and the list ended at another time than now
			if after, _ := c.caller.Skew(); (after - skew).Abs() >= openMargin {
				return s, errNoList
			}
			return s, nil
		}
	}
}
