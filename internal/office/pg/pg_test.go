package pg_test

import (
	"testing"

	"galla/internal/office"
	"galla/internal/office/officetest"
	"galla/internal/office/pg/pgtest"
)

func TestMain(m *testing.M) { pgtest.Main(m) }

// TestOffice is what an office does, as on a store in memory.
func TestOffice(t *testing.T) {
	officetest.Run(t, func(t *testing.T, terminals ...office.Terminal) officetest.Subject {
		return pgtest.Open(t, terminals...)
	})
}
