package office_test

import (
	"testing"

	"galla/internal/office"
	"galla/internal/office/officetest"
)

// TestOffice is what an office does, on a store in memory; internal/office/pg runs the same on PostgreSQL.
func TestOffice(t *testing.T) {
	officetest.Run(t, func(t *testing.T, terminals ...office.Terminal) officetest.Subject {
		return officetest.NewMemory(terminals...)
	})
}
