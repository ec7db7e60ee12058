package joining

import (
	"cmp"
	"context"
	"crypto/rand"
	"crypto/sha256"
	"fmt"
	"math/big"
	"net/netip"
	"strings"
	"time"
)

const (
	CodeLife = 15 * time.Minute

	codeDigits = 8
	codeKept   = 24 * time.Hour // after its end: a box that lost the answer asks again

	tryWindow   = 15 * time.Minute
	triesOfOne  = 10  // wrong codes of an address in a window
	triesOfAll  = 200 // wrong codes of all addresses in a window: with ten codes alive, a guess in 50,000 windows
	maxCodeText = 40
)

// CodeHash is what is stored of a code.
type CodeHash [sha256.Size]byte

// Code lets one terminal join at a counter.
type Code struct {
	Hash    CodeHash
	Counter string
	By      string // who made it
	Expires time.Time
	UsedBy  string // the terminal; empty: nobody yet
	UsedAt  time.Time
}

// Offer is what a code is for, as the box shows it before it joins.
type Offer struct {
	Office  string
	Shop    string // its name
	Counter string // its label
	Expires time.Time
}

// digest is of a code as people type it; ok is false for what can't be one.
func digest(text string) (h CodeHash, ok bool) {
	var digits []byte
	if len(text) > maxCodeText {
		return h, false
	}
	for _, r := range text {
		switch {
		case r >= '0' && r <= '9':
			digits = append(digits, byte(r))
		case !strings.ContainsRune(" -\t\u2010\u2011\u2012\u2013", r):
			return h, false
		}
	}
	return sha256.Sum256(append([]byte("galla join code\x00"), digits...)), len(digits) == codeDigits
}

// NewCode makes a code for a counter, such as 1234-5678. It is told once.
func (j *Joining) NewCode(ctx context.Context, counter, by string) (code string, c Code, err error) {
	now := j.wall()
	return code, c, j.store.Change(ctx, func(tx Tx) error {
		if _, _, err := place(tx, counter); err != nil {
			return err
		}
		if err := tx.ForgetCodes(now.Add(-codeKept)); err != nil {
			return err
		}
		for {
			n, err := rand.Int(j.random, big.NewInt(100_000_000))
			if err != nil {
				return err
			}
			code = fmt.Sprintf("%04d-%04d", n.Int64()/10_000, n.Int64()%10_000)
			h, _ := digest(code)
			if _, taken, err := tx.Code(h); err != nil || taken {
				if err != nil {
					return err
				}
				continue
			}
			c = Code{Hash: h, Counter: counter, By: by, Expires: now.Add(CodeLife)}
			return tx.PutCode(c)
		}
	})
}

// Look says what a code is for. address is the caller's.
func (j *Joining) Look(ctx context.Context, code string, address netip.Addr) (o Offer, err error) {
	var refused error
	err = j.store.Change(ctx, func(tx Tx) error {
		o, refused = Offer{}, nil
		var c Code
		if c, refused, err = j.code(tx, code, address); err != nil || refused != nil {
			return err
		}
		if c.UsedBy != "" || !j.wall().Before(c.Expires) {
			refused = over()
			return nil
		}
		o, err = offer(tx, c)
		return err
	})
	if err == nil {
		err = refused
	}
	return o, err
}

// code finds a code, and counts one that is wrong. refused is for the caller, and the transaction is to be committed.
func (j *Joining) code(tx Tx, code string, address netip.Addr) (c Code, refused, err error) {
	now, from := j.wall(), source(address)
	its, all, err := tx.Tries(from, now.Add(-tryWindow))
	if err != nil {
		return c, nil, err
	}
	if its >= triesOfOne || all >= triesOfAll {
		p := refuse(TooManyTries, from, "too many wrong codes were tried: wait %s, then make a new code", tryWindow)
		p.Wait = tryWindow
		return c, p, nil
	}
	h, ok := digest(code)
	if ok {
		if c, ok, err = tx.Code(h); err != nil {
			return c, nil, err
		}
	}
	if !ok {
		return c, refuse(CodeUnknown, "", "there is no such code: it has eight digits, and is made on the office's "+
			"page or by galla-office code"), tx.AddTry(from, now)
	}
	return c, nil, nil
}

func over() *Problem {
	return refuse(CodeOver, "", "the code is over: it is for one box and lasts %d minutes; make a new one",
		int(CodeLife.Minutes()))
}

// source is whom tries are counted for: an address, of IPv6 its network of one customer.
func source(a netip.Addr) string {
	if a = a.Unmap(); a.Is6() {
		if p, err := a.WithZone("").Prefix(64); err == nil {
			return p.String()
		}
	}
	return a.String()
}

// offer is what a code is for.
func offer(tx Tx, c Code) (Offer, error) {
	counter, shop, err := place(tx, c.Counter)
	if err != nil {
		return Offer{}, err
	}
	o, err := tx.Office()
	return Offer{cmp.Or(o.Name, shop.Name), shop.Name, counter.Label, c.Expires}, err
}

// place is a counter and its shop.
func place(tx Tx, counter string) (Counter, Shop, error) {
	all, err := tx.Counters()
	if err != nil {
		return Counter{}, Shop{}, err
	}
	for _, c := range all {
		if c.ID == counter {
			s, _, err := tx.Shop(c.Shop)
			return c, s, err
		}
	}
	return Counter{}, Shop{}, refuse(CounterUnknown, counter, "there is no counter %.50q: see galla-office shop list",
		counter)
}
