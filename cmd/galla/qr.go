package main

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"net/url"
	"os"
	"strconv"

	qrcode "github.com/skip2/go-qrcode"

	"galla/cmd/galla/textview"
	"galla/internal/counter/wire"
)

// qrCommand is about counter QRs: codes to print and stand on the counter. At Razorpay each payment of one becomes a
// sale.
type qrCommand struct {
	Create qrCreateCommand `cmd:"" help:"${qr_create}"`
	Show   qrShowCommand   `cmd:"" help:"Show a counter QR as the gateway has it."`
	List   qrListCommand   `cmd:"" help:"List counter QRs as the gateway has them; at Razorpay those of the last day."`
	Today  qrTodayCommand  `cmd:"" help:"List this box's standing QRs and what came at each today."`
	Stand  qrStandCommand  `cmd:"" help:"Print the stand of a standing QR, or write its A6 card as a PNG."`
	Cancel qrCancelCommand `cmd:"" help:"Close a counter QR for good."`
}

func keepsQRs(a wire.Account) bool { return a.QRs }

// qr is the gateway of a counter QR.
func (w where) qr(s *session, id string) (string, error) {
	known := func() (map[string]string, error) {
		all, err := s.till.Standing(s)
		gateways := map[string]string{}
		for _, q := range all.QRs {
			gateways[q.ID] = q.Gateway
		}
		return gateways, err
	}
	return w.holder(s, keepsQRs, id, known, func(gw string) error {
		_, err := s.till.CounterQR(s, gw, id)
		return err
	})
}

type qrCreateCommand struct {
	Name        string `arg:"" help:"Its name, such as \"Counter 1\"."`
	Amount      string `help:"A fixed amount in rupees; left out, the customer types it." placeholder:"RUPEES"`
	Once        bool   `help:"It takes one payment only."`
	Description string `help:"What the customer may see." placeholder:"TEXT"`
	Expiry      string `help:"Until when, in the gateway's own notation." placeholder:"TEXT"`
	Reference   string `help:"Your reference; left out, one is made." placeholder:"R"`
	Picture     string `help:"Write the code as a PNG to this new file, for printing." placeholder:"FILE"`
	JSON        bool   `name:"json" help:"Print JSON."`
	where
}

// Run implements the command.
func (c *qrCreateCommand) Run(s *session) error {
	b := wire.CreateQR{Name: c.Name, MultipleUse: !c.Once,
		Description: c.Description, Expiry: c.Expiry, Reference: c.Reference}
	var err error
	if c.Amount != "" {
		if b.AmountPaise, err = rupees(c.Amount); err != nil {
			return err
		}
	}
	// Before the code is made: a picture that can't be written isn't worth one.
	if _, err := os.Lstat(c.Picture); c.Picture != "" && !errors.Is(err, fs.ErrNotExist) {
		return there(c.Picture)
	}
	var made *wire.CounterQR
	err = c.operate(s, keepsQRs, c.JSON, func(ctx context.Context, key, gw string) (o wire.Operation, err error) {
		o, err = s.till.CreateQR(ctx, key, gw, b)
		made = o.QR
		return o, err
	})
	if err != nil || c.Picture == "" || made == nil {
		return err
	}
	return picture(*made, c.Picture)
}

type qrShowCommand struct {
	ID      string `arg:"" help:"The gateway's id of it."`
	Picture string `help:"Write the code as a PNG to this new file, for printing." placeholder:"FILE"`
	JSON    bool   `name:"json" help:"Print JSON."`
	where
}

// Run implements the command.
func (c *qrShowCommand) Run(s *session) error {
	gw, err := c.qr(s, c.ID)
	if err != nil {
		return err
	}
	q, err := s.till.CounterQR(s, gw, c.ID)
	if err != nil {
		return err
	}
	if c.Picture != "" {
		if err := picture(q, c.Picture); err != nil {
			return err
		}
	}
	if c.JSON {
		return s.printJSON(q)
	}
	fmt.Fprintf(s.out, "counter QR %s: %s\n", q.ID, q.Status)
	t := s.columns()
	textview.QRRows(t, q)
	return t.Flush()
}

type qrListCommand struct {
	Status    string `help:"${qr_status}" enum:"active,cancelled," default:"" placeholder:"STATUS"`
	Reference string `help:"Only the one with this reference." placeholder:"R"`
	Offset    int    `help:"Pass over so many, of each gateway."`
	Limit     int    `help:"At most so many of each gateway, up to 100." default:"50"`
	JSON      bool   `name:"json" help:"Print JSON."`
	where
}

// Run implements the command.
func (c *qrListCommand) Run(s *session) error {
	able, err := c.able(s, keepsQRs)
	if err != nil {
		return err
	}
	v := url.Values{"offset": {strconv.Itoa(c.Offset)}, "limit": {strconv.Itoa(c.Limit)}}
	if c.Status != "" {
		v.Set("status", c.Status)
	}
	if c.Reference != "" {
		v.Set("reference", c.Reference)
	}
	var all []wire.CounterQR
	var unread error // what the others have is shown all the same
	for _, gw := range able {
		page, err := s.till.CounterQRs(s, gw, v)
		all, unread = append(all, page.QRs...), errors.Join(unread, err)
	}
	if unread != nil && len(all) == 0 {
		return unread
	}

	const head = "ID\tGATEWAY\tNAME\tAMOUNT\tSTATUS\tREFERENCE\tMADE (IST)"
	err = table(s, c.JSON, all, "no counter QRs", head, func(q wire.CounterQR) string {
		amount := "any"
		if q.AmountPaise > 0 {
			amount = q.AmountPaise.String()
		}
		made := textview.Clock(q.CreatedAt)
		return fmt.Sprintf("%s\t%s\t%s\t%s\t%s\t%s\t%s", q.ID, q.Gateway, q.Name, amount, q.Status, q.Reference, made)
	})
	return errors.Join(err, unread)
}

type qrCancelCommand struct {
	ID   string `arg:"" help:"The gateway's id of it."`
	JSON bool   `name:"json" help:"Print JSON."`
	where
}

// Run implements the command.
func (c *qrCancelCommand) Run(s *session) (err error) {
	if c.Gateway, err = c.qr(s, c.ID); err != nil {
		return err
	}
	return c.operate(s, keepsQRs, c.JSON, func(ctx context.Context, key, gw string) (wire.Operation, error) {
		return s.till.CancelQR(ctx, key, gw, c.ID)
	})
}

// picture writes a counter QR's code as a PNG of 1024 by 1024 pixels: the gateway's string, byte for byte, on white.
func picture(q wire.CounterQR, path string) error {
	if q.Payload == "" && q.Problem == "" {
		return &usageError{why: "the gateway gave no code for it"}
	}
	if q.Payload == "" {
		return &usageError{why: "this code must not be printed: " + q.Problem}
	}
	code, err := qrcode.New(q.Payload, qrcode.Medium)
	if err != nil {
		return fmt.Errorf("the code can't be drawn: %w", err)
	}
	png, err := code.PNG(1024)
	if err != nil {
		return fmt.Errorf("the code can't be drawn: %w", err)
	}
	return newFile(path, png)
}

// newFile writes a file that is not there yet.
func newFile(path string, b []byte) error {
	f, err := os.OpenFile(path, os.O_WRONLY|os.O_CREATE|os.O_EXCL, 0o644)
	if errors.Is(err, fs.ErrExist) {
		return there(path)
	} else if err != nil {
		return &usageError{why: err.Error()}
	}
	_, err = f.Write(b)
	return errors.Join(err, f.Close())
}

func there(path string) error {
	return &usageError{why: path + " is there already", next: "Name a new file."}
}
