//go:build gpu && rig

package kiosk

import "testing"

// The long proofs of make rig-display: the same as in every run, at the numbers the issue asks for.

func TestThousandPairs(t *testing.T) { pairs(t, 1000) }

func TestTenThousandSales(t *testing.T) { sales(t, 10_000) }
