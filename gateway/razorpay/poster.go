package razorpay

import (
	"context"
	"fmt"
	"strings"

	"galla/gateway"
	"galla/internal/upiqr"
)

// payload returns the QR's string: image_content where the account has the feature (R12), else what the one QR
// code in the branded poster at image_url says.
func (c *Client) payload(ctx context.Context, q qrEntity) (string, error) {
	if q.ImageContent != "" {
		return string(q.ImageContent), nil
	}
	address := string(q.ImageURL)
	if address == "" {
		return "", fmt.Errorf("QR %s came with neither image_content nor image_url", q.ID)
	}
	// The vendor's older pages print short links with http (seed 002); nothing is fetched unencrypted from the
	// internet.
	if rest, ok := strings.CutPrefix(address, "http://rzp.io/"); ok {
		address = "https://rzp.io/" + rest
	}
	const op = "fetch QR poster"
	a, err := c.caller.Fetch(ctx, op, address, c.hosts)
	if err != nil {
		return "", err
	}
	if a.Status != 200 {
		// A short link that isn't there yet, or no more: worth a second look, and never worth showing.
		return "", c.caller.Failed(
			gateway.Call{Op: op},
			a,
			gateway.ClassUnavailable,
			"",
			"",
			"",
			"the poster's address answers, but not with a picture",
		)
	}
	return upiqr.DecodePicture(a.Body)
}
