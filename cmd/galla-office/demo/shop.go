package demo

import (
	"context"
	"encoding/json"
	"fmt"
	"math/rand/v2"
	"os"
	"os/exec"
	"path/filepath"
	"time"

	"galla/internal/counter/client"
	"galla/internal/counter/wire"
	"galla/state"
)

// shop is one with its box.
type shop struct {
	w        *world
	name, id string
	dir      string
	line     *line
	till     *client.Client
	gallad   *exec.Cmd
	terminal string
	paid     uint64 // the newest event when the last customer had paid
}

func (s *shop) file(name string) string { return filepath.Join(s.dir, name) }

// furnish makes the files of the box.
func (s *shop) furnish() error {
	if err := os.Mkdir(s.dir, 0o700); err != nil {
		return err
	}
	s.till = client.New(s.file("api"))
	for name, text := range map[string]string{
		"gallad.toml": fmt.Sprintf("[shop]\nname = %q\n[till]\nterminal = \"T1\"\ndatabase = %q\n"+
			"sales_a_minute = 600\n[listen]\nsocket = %q\ndisplay = %q\n"+
			"[[gateway]]\nprovider = \"razorpay\"\nbase_url = %q\nrate = 50\n",
			s.name, s.file("sales.db"), s.file("api"), s.file("display"), s.w.gateway),
		// From the simulator's README: they open nothing else.
		"gateway-razorpay": "key_id = \"rzp_live_GallaSim000001\"\nkey_secret = \"galla-sim-live-secret\"\n",
	} {
		if err := os.WriteFile(s.file(name), []byte(text), 0o600); err != nil {
			return err
		}
	}
	return nil
}

// start starts the box, and waits until it sells.
func (s *shop) start(ctx context.Context) (err error) {
	s.gallad, err = s.w.run("gallad", "--config", s.file("gallad.toml"), "--secrets", s.dir)
	if err != nil {
		return err
	}
	return within(ctx, 30*time.Second, s.name+"'s box", func(ctx context.Context) (bool, error) {
		h, err := s.till.Health(ctx)
		return err == nil && h.Ready, err
	})
}

// sell takes sales, each paid.
func (s *shop) sell(ctx context.Context, count int) error {
	for range count {
		rupees := 20 + rand.IntN(600)
		sale, err := s.till.Open(ctx, client.Key(), wire.OpenSale{AmountPaise: wire.Amount(100 * rupees)})
		if err != nil {
			return err
		}
		err = within(ctx, 30*time.Second, "a customer of "+s.name, func(ctx context.Context) (bool, error) {
			is, err := s.till.Sale(ctx, sale.ID)
			return err == nil && is.Phase == state.PhasePaid, err
		})
		if err != nil {
			return err
		}
	}
	h, err := s.till.Health(ctx)
	s.paid = h.Seq
	return err
}

// office is how the box stands to the office.
func (s *shop) office(ctx context.Context) (o wire.Office, err error) {
	out, err := s.w.does(ctx, "", "galla", "--socket", s.file("api"), "office", "status", "--json")
	if jsonErr := json.Unmarshal([]byte(out), &o); jsonErr == nil { // it ends with 75 while there is a problem
		err = nil
	}
	return o, err
}

// told waits until the office has every payment of the box. What else happened comes within a minute.
func (s *shop) told(ctx context.Context) error {
	return within(ctx, 2*time.Minute, "the office to have what "+s.name+" sold",
		func(ctx context.Context) (bool, error) {
			o, err := s.office(ctx)
			return o.Seq >= s.paid, err
		})
}

// current waits until the office has all that the box has.
func (s *shop) current(ctx context.Context) error {
	return within(ctx, 3*time.Minute, "the office to have all of "+s.name, func(ctx context.Context) (bool, error) {
		o, err := s.office(ctx)
		return o.Problem == "" && o.Behind == 0 && o.Seq > 0, err
	})
}
