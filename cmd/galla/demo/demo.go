package demo

import (
	"context"
	"errors"
	"fmt"
	"image"
	"image/draw"
	"image/png"
	"io"
	"os"
	"path/filepath"
	"time"

	"galla/printer/printertest"
)

// Demo is one demonstration.
type Demo struct {
	Out      string    // folder for the pictures and the programs' log; made if it isn't there
	Says     io.Writer // where a person reads how it goes
	Patience int       // by which every time limit is multiplied: 1 to 20
	Stay     bool      // everything keeps running until the context ends
}

// Run takes the sales. It fails when a program did, or a sale did not end paid.
func (d Demo) Run(ctx context.Context) error {
	if err := os.MkdirAll(d.Out, 0o755); err != nil {
		return fmt.Errorf("the pictures have no place: %w; give another folder with --out", err)
	}
	for _, old := range []string{"*.png", "*.txt", "screens/*.png"} { // of an earlier demo
		names, _ := filepath.Glob(filepath.Join(d.Out, old))
		for _, n := range names {
			os.Remove(n)
		}
	}

	dir, err := os.MkdirTemp("", "galla-demo-")
	if err != nil {
		return err
	}
	defer os.RemoveAll(dir)

	w := &world{
		dir:      dir,
		out:      d.Out,
		says:     d.Says,
		log:      filepath.Join(d.Out, "log.txt"),
		patience: min(max(d.Patience, 1), 20),
	}

	defer w.stop()
	if err := w.start(); err != nil {
		return fmt.Errorf("%w; what the programs said is in %s", err, w.log)
	}
	var unpaid error
	for i, sale := range []order{
		{gateway: "enkash", rupees: "250", reference: "BILL-17"},
		{gateway: "razorpay", rupees: "85,000.50", reference: "BILL-18"},
	} {
		if err := w.gallad(ctx, sale.gateway); err != nil {
			return fmt.Errorf("%w; what the programs said is in %s", err, w.log)
		}
		if err := w.take(ctx, i+1, sale); err != nil {
			unpaid = errors.Join(unpaid, fmt.Errorf("sale %d at %s: %w", i+1, sale.gateway, err))
		}
	}

	fmt.Fprintf(d.Says, "\nPictures of every screen and slip: %s\n", d.Out)
	if unpaid != nil {
		return unpaid
	}
	if !d.Stay {
		fmt.Fprintln(d.Says, "All is stopped. At a terminal the demo stays, for sales of your own.")
		return nil
	}
	fmt.Fprintf(d.Says, `
Everything keeps running. Look next at:
  the cashier's page    http://%s
  the pretend phone     %s
Take a sale on the page, and pay it on the phone. Or in another terminal:
  export GALLA_SOCKET=%s
  galla sale 99.50 --wait
  galla list
  galla doctor
For software of your own: galla demo --serve.
Ctrl-C ends the demo.
`, w.tcp, w.addresses.Manage, w.socket())

	<-ctx.Done()
	return nil
}

// slip saves what came out of the virtual printer since the last time, with edges of its own.
func (w *world) slip(name string) error {
	const edge = printertest.PaperMargin // which the paper's picture has once
	roll := w.printer.Paper()
	end := roll.Bounds().Dy() - 2*edge
	m := image.NewGray(image.Rect(0, 0, roll.Bounds().Dx(), end-w.rows+2*edge))
	draw.Draw(m, m.Bounds(), image.White, image.Point{}, draw.Src)
	draw.Draw(m, image.Rect(0, edge, m.Bounds().Dx(), edge+end-w.rows), roll, image.Pt(0, edge+w.rows), draw.Src)
	w.rows = end
	f, err := os.Create(filepath.Join(w.out, name))
	if err != nil {
		return err
	}
	return errors.Join(png.Encode(f, m), f.Close())
}

// within waits until done answers true, asking every 20 ms, or says what it waited for.
func within(ctx context.Context, limit time.Duration, what string, done func() (bool, error)) error {
	ctx, cancel := context.WithTimeout(ctx, limit)
	defer cancel()
	for {
		ok, err := done()
		if ok || err != nil {
			return err
		}
		select {
		case <-ctx.Done():
			return fmt.Errorf("waited %v for %s", limit, what)
		case <-time.After(20 * time.Millisecond):
		}
	}
}
