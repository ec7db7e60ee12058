package joining

import (
	"context"
	"fmt"
	"regexp"
	"strings"
	"time"
	"unicode/utf8"

	"galla/internal/money"
	"galla/internal/typed"
)

// Office is the chain itself.
type Office struct {
	Name string // as a box shows it when it joins
}

// Shop is one of the chain's shops.
type Shop struct {
	ID    string // small letters, digits and dashes
	Name  string
	GSTIN string // or empty
	State string // two digits of the GST state code, or empty; the GSTIN's where there is one

	// Opens and Closes are hours of IST, "09:00" and "22:30"; a shop that closes at or before the hour at which it
	// opens closes on the next day. Both empty: learned from its sales.
	Opens, Closes string
}

// Counter is a place in a shop where a terminal stands.
type Counter struct {
	ID    string // the shop's id, a slash, and a number from 1
	Shop  string
	Label string // unique in its shop
}

// MaxName bounds names and labels, in characters.
const MaxName = 80

var (
	idRule    = regexp.MustCompile(`^[a-z0-9]+(-[a-z0-9]+)*$`)
	stateRule = regexp.MustCompile(`^[0-9]{2}$`)
)

// maxID bounds the id of a shop.
const maxID = 32

// Slug proposes an id for a shop of a name; empty where the name has no letters for one.
func Slug(name string) string {
	var b strings.Builder
	for _, r := range strings.ToLower(name) {
		switch {
		case r >= 'a' && r <= 'z' || r >= '0' && r <= '9':
			b.WriteRune(r)
		case b.Len() > 0 && !strings.HasSuffix(b.String(), "-"):
			b.WriteByte('-')
		}
	}
	id := b.String()
	return strings.Trim(id[:min(len(id), maxID)], "-")
}

// Hour reads an hour of the day, "09:00", as the time since midnight.
func Hour(text string) (time.Duration, error) {
	at, err := time.Parse("15:04", text)
	if err != nil || len(text) != 5 {
		return 0, refuse(BadHours, text, "the hour %.20q is none: write it like 09:30 or 22:00", text)
	}
	return time.Duration(at.Hour())*time.Hour + time.Duration(at.Minute())*time.Minute, nil
}

func name(what, text string) error {
	if text == "" || strings.TrimSpace(text) != text || !typed.Printable(text) ||
		utf8.RuneCountInString(text) > MaxName {
		return refuse(BadName, text, "the %s %.100q can't be used: give 1 to %d characters that can be read, without "+
			"spaces around them", what, text, MaxName)
	}
	return nil
}

// check completes a shop and looks at its meaning.
func (s *Shop) check() error {
	if len(s.ID) > maxID || !idRule.MatchString(s.ID) {
		return refuse(BadID, s.ID, "the id %.50q of the shop can't be used: give up to %d small letters, digits and "+
			"single dashes between them, like mg-road", s.ID, maxID)
	}
	if err := name("shop's name", s.Name); err != nil {
		return err
	}
	if s.GSTIN != "" {
		if err := money.CheckGSTIN(s.GSTIN); err != nil {
			return refuse(BadGSTIN, s.GSTIN, "%v", err)
		}
		if s.State == "" {
			s.State = s.GSTIN[:2]
		}
	}
	if s.State != "" && !stateRule.MatchString(s.State) || s.GSTIN != "" && s.State != s.GSTIN[:2] {
		return refuse(BadState, s.State, "the state %.20q can't be used: give the two digits of the GST state code, "+
			"those of the GSTIN where there is one", s.State)
	}

	if s.Opens == "" && s.Closes == "" {
		return nil
	}
	opens, err := Hour(s.Opens)
	if err != nil {
		return err
	}
	closes, err := Hour(s.Closes)
	if err == nil && opens == closes {
		err = refuse(BadHours, s.Opens, "the shop opens and closes at %s: leave both out for hours that are learned "+
			"from its sales", s.Opens)
	}
	return err
}

// Office is the chain.
func (j *Joining) Office(ctx context.Context) (o Office, err error) {
	err = j.store.View(ctx, func(tx Tx) error {
		o, err = tx.Office()
		return err
	})
	return o, err
}

// Rename gives the chain its name.
func (j *Joining) Rename(ctx context.Context, o Office) error {
	if err := name("chain's name", o.Name); err != nil {
		return err
	}
	return j.store.Change(ctx, func(tx Tx) error { return tx.PutOffice(o) })
}

// AddShop adds a shop. Without an id it gets one from its name.
func (j *Joining) AddShop(ctx context.Context, s Shop) (Shop, error) {
	if s.ID == "" {
		s.ID = Slug(s.Name)
	}
	if err := s.check(); err != nil {
		return s, err
	}
	return s, j.store.Change(ctx, func(tx Tx) error {
		if _, found, err := tx.Shop(s.ID); err != nil || found {
			if found {
				err = refuse(ShopTwice, s.ID, "there is a shop %q already: give this one another --id", s.ID)
			}
			return err
		}
		return tx.PutShop(s)
	})
}

// ChangeShop changes what is said of a shop.
func (j *Joining) ChangeShop(ctx context.Context, s Shop) error {
	if err := s.check(); err != nil {
		return err
	}
	return j.store.Change(ctx, func(tx Tx) error {
		if err := shop(tx, s.ID); err != nil {
			return err
		}
		return tx.PutShop(s)
	})
}

// Shops are all shops, by their ids.
func (j *Joining) Shops(ctx context.Context) (all []Shop, err error) {
	err = j.store.View(ctx, func(tx Tx) error {
		all, err = tx.Shops()
		return err
	})
	return all, err
}

// AddCounter adds a counter to a shop and gives it its id.
func (j *Joining) AddCounter(ctx context.Context, shopID, label string) (c Counter, err error) {
	if err := name("counter's label", label); err != nil {
		return c, err
	}
	return c, j.store.Change(ctx, func(tx Tx) error {
		if err := shop(tx, shopID); err != nil {
			return err
		}
		all, err := tx.Counters()
		if err != nil {
			return err
		}
		n := 1
		for _, other := range all {
			switch {
			case other.Shop == shopID && typed.Alike(other.Label, label):
				return refuse(CounterTwice, other.Label, "shop %s has a counter %q already: give this one another "+
					"label", shopID, other.Label)
			case other.Shop == shopID:
				n++
			}
		}
		c = Counter{fmt.Sprintf("%s/%d", shopID, n), shopID, label}
		return tx.PutCounter(c)
	})
}

// Counters are all counters, by their shops and in the order in which they were added.
func (j *Joining) Counters(ctx context.Context) (all []Counter, err error) {
	err = j.store.View(ctx, func(tx Tx) error {
		all, err = tx.Counters()
		return err
	})
	return all, err
}

func shop(tx Tx, id string) error {
	_, found, err := tx.Shop(id)
	if err == nil && !found {
		err = refuse(ShopUnknown, id, "there is no shop %.50q: see galla-office shop list", id)
	}
	return err
}
