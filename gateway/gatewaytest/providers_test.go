package gatewaytest_test

import (
	"net/http"
	"testing"
	"time"

	"galla/gateway"
	"galla/gateway/enkash"
	"galla/gateway/gatewaytest"
	"galla/gateway/razorpay"
)

func newEnKash(t *testing.T, baseURL string, transport http.RoundTripper, now func() time.Time) gateway.Gateway {
	c, err := enkash.New(enkash.Config{
		BaseURL:      baseURL,
		AccessKey:    gatewaytest.EnKashAccessKey,
		SecretKey:    gatewaytest.EnKashSecretKey,
		CancelOrders: true,
		MandateUnit:  "paise",
		Transport:    transport,
		Now:          now,
	})
	if err != nil {
		t.Fatal(err)
	}
	return c
}

func newRazorpay(t *testing.T, baseURL string, transport http.RoundTripper, now func() time.Time) gateway.Gateway {
	c, err := razorpay.New(razorpay.Config{
		BaseURL:   baseURL,
		KeyID:     gatewaytest.RazorpayKeyID,
		KeySecret: gatewaytest.RazorpayKeySecret,
		Transport: transport,
		Now:       now,
	})
	if err != nil {
		t.Fatal(err)
	}
	return c
}

func TestContractEnKash(t *testing.T)   { gatewaytest.Contract(t, newEnKash, gatewaytest.EnKash) }
func TestContractRazorpay(t *testing.T) { gatewaytest.Contract(t, newRazorpay, gatewaytest.Razorpay) }

// The thousand seeds of the issue run in make rig-seeds; these few keep the everyday run honest.
func TestSeedsEnKash(t *testing.T)   { gatewaytest.Seeds(t, 1, 24, newEnKash, gatewaytest.EnKash) }
func TestSeedsRazorpay(t *testing.T) { gatewaytest.Seeds(t, 1, 24, newRazorpay, gatewaytest.Razorpay) }
