//go:build rig

package gatewaytest_test

import (
	"testing"

	"galla/gateway/gatewaytest"
)

// TestThousandSeeds is what make rig-seeds runs, with the race detector.
func TestThousandSeeds(t *testing.T) {
	t.Run("enkash", func(t *testing.T) { gatewaytest.Seeds(t, 1, 1000, newEnKash, gatewaytest.EnKash) })
	t.Run("razorpay", func(t *testing.T) { gatewaytest.Seeds(t, 1, 1000, newRazorpay, gatewaytest.Razorpay) })
}
