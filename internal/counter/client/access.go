package client

import (
	"context"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"strconv"

	"galla/internal/counter/wire"
)

// People lists the persons who work at the counter.
func (c *Client) People(ctx context.Context) (wire.People, error) {
	return get[wire.People](ctx, c, "/v1/people")
}

// AddPerson makes a person.
func (c *Client) AddPerson(ctx context.Context, key string, b wire.AddPerson) (wire.Person, error) {
	return post[wire.Person](ctx, c, "/v1/people", key, b)
}

// SetPIN gives a person a new PIN.
func (c *Client) SetPIN(ctx context.Context, key, name string, b wire.SetPIN) error {
	_, err := post[wire.People](ctx, c, "/v1/people/"+url.PathEscape(name)+"/pin", key, b)
	return err
}

// RemovePerson removes a person.
func (c *Client) RemovePerson(ctx context.Context, key, name string, by wire.Acting) error {
	_, err := post[wire.People](ctx, c, "/v1/people/"+url.PathEscape(name)+"/remove", key, by)
	return err
}

// OfferPairing asks for a code that pairs a device.
func (c *Client) OfferPairing(ctx context.Context, key string, b wire.OfferPairing) (wire.Pairing, error) {
	return post[wire.Pairing](ctx, c, "/v1/pairing", key, b)
}

// Pair makes a device of this caller, with a code.
func (c *Client) Pair(ctx context.Context, key string, b wire.Pair) (wire.Paired, error) {
	return post[wire.Paired](ctx, c, "/v1/devices", key, b)
}

// SignIn says who works on this device.
func (c *Client) SignIn(ctx context.Context, key, name, pin string) (wire.Me, error) {
	return post[wire.Me](ctx, c, "/v1/session", key, wire.SignIn{Name: name, PIN: pin})
}

// Devices lists the paired devices.
func (c *Client) Devices(ctx context.Context) (wire.Devices, error) {
	return get[wire.Devices](ctx, c, "/v1/devices")
}

// LetIn makes the token of a device that waits work.
func (c *Client) LetIn(ctx context.Context, key, id string, by wire.Acting) error {
	_, err := post[wire.Devices](ctx, c, "/v1/devices/"+url.PathEscape(id)+"/let-in", key, by)
	return err
}

// Revoke ends a device's pairing.
func (c *Client) Revoke(ctx context.Context, key, id string, by wire.Acting) error {
	_, err := post[wire.Devices](ctx, c, "/v1/devices/"+url.PathEscape(id)+"/revoke", key, by)
	return err
}

// Guesses lists the newest runs of wrong PINs.
func (c *Client) Guesses(ctx context.Context) (wire.Guesses, error) {
	return get[wire.Guesses](ctx, c, "/v1/guesses")
}

// ReportX reads the day as it stands.
func (c *Client) ReportX(ctx context.Context) (wire.Report, error) {
	return get[wire.Report](ctx, c, "/v1/reports/x")
}

// ReportZ closes the day.
func (c *Client) ReportZ(ctx context.Context, key string, b wire.CloseDay) (wire.Report, error) {
	return post[wire.Report](ctx, c, "/v1/reports/z", key, b)
}

// Reconcile holds a business day against the gateways; v takes day and most.
func (c *Client) Reconcile(ctx context.Context, v url.Values) (wire.Reconciliation, error) {
	return get[wire.Reconciliation](ctx, c, "/v1/reports/reconciliation?"+v.Encode())
}

// PrintReconciliation prints it, and waits for the paper.
func (c *Client) PrintReconciliation(
	ctx context.Context,
	key string,
	b wire.ReconcileDay,
) (wire.Reconciliation, error) {
	return post[wire.Reconciliation](ctx, c, "/v1/reports/reconciliation/print", key, b)
}

// Z reads a Z report again.
func (c *Client) Z(ctx context.Context, number int) (wire.Report, error) {
	return get[wire.Report](ctx, c, "/v1/reports/z/"+strconv.Itoa(number))
}

// PrintX prints the day as it stands, and waits for the paper.
func (c *Client) PrintX(ctx context.Context, key string) (wire.Report, error) {
	return post[wire.Report](ctx, c, "/v1/reports/x/print", key, wire.Nothing{})
}

// PrintZ prints a Z report again, and waits for the paper.
func (c *Client) PrintZ(ctx context.Context, key string, number int) (wire.Report, error) {
	return post[wire.Report](ctx, c, "/v1/reports/z/"+strconv.Itoa(number)+"/print", key, wire.Nothing{})
}

// Printer reads how the printer is.
func (c *Client) Printer(ctx context.Context) (wire.Printer, error) {
	return get[wire.Printer](ctx, c, "/v1/printer")
}

// TestPrinter prints the self-test, and waits for the paper.
func (c *Client) TestPrinter(ctx context.Context, key string) (wire.Printed, error) {
	return post[wire.Printed](ctx, c, "/v1/printer/test", key, wire.Nothing{})
}

// Export copies the sales to w; v takes format, from and to. An error after the first bytes leaves a file that isn't
// whole.
func (c *Client) Export(ctx context.Context, v url.Values, w io.Writer) error {
	return c.download(ctx, "the export", "/v1/export?"+v.Encode(), w)
}

// Picture reads a business day in figures; v takes day.
func (c *Client) Picture(ctx context.Context, v url.Values) (wire.Picture, error) {
	return get[wire.Picture](ctx, c, "/v1/reports/picture?"+v.Encode())
}

// PictureSVG writes the day drawn.
func (c *Client) PictureSVG(ctx context.Context, v url.Values, w io.Writer) error {
	return c.download(ctx, "the picture", "/v1/reports/picture.svg?"+v.Encode(), w)
}

// download copies an answer that is no JSON object.
func (c *Client) download(ctx context.Context, what, path string, w io.Writer) error {
	resp, err := c.send(ctx, http.MethodGet, path, "", nil, nil)
	if err != nil {
		return err
	}
	defer resp.Body.Close()
	if resp.StatusCode != http.StatusOK {
		b, err := io.ReadAll(io.LimitReader(resp.Body, maxBodyOfProblem))
		if err != nil {
			return &LostError{err}
		}
		return asProblem(resp, b)
	}
	if _, err := io.Copy(w, resp.Body); err != nil {
		return fmt.Errorf("%s broke off, so what was written is not whole: %w", what, err)
	}
	return nil
}
