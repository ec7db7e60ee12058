package membership

import (
	"context"
	"io"

	"galla/internal/segment"
)

// Export writes this box's whole chain as its office takes it from a file ("galla-office import"): signed, for a shop
// whose line does not reach the office. A box that has joined none is refused before the first byte. An error behind
// that leaves w with a file that is not whole. It may take as long as w takes.
func (m *Membership) Export(ctx context.Context, w io.Writer) error {
	m.mu.Lock()
	f := m.file // none where it is broken, which the status tells
	m.mu.Unlock()
	if f == nil {
		return refuse("office_none", NotNow, "", "this box has joined no head office, so none would take its file",
			"Join one first, where there is a network (galla office join).")
	}
	return segment.Write(ctx, w, m.o.Chain, f.key())
}
