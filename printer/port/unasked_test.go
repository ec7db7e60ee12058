package port

import "testing"

// TestPaper_8 is paper.md 8: printers that must not be asked how they are, known by what the kernel says of them.
func TestPaper_8(t *testing.T) {
	for _, f := range []Found{
		{Maker: "SAM4S", Model: "ELLIX40"},
		{ID: DeviceID{Maker: "SAM4s", Model: "GCUBE-102"}},
		{Model: "Shin Heung Precision"},
	} {
		if !f.Unasked() {
			t.Errorf("%+v would be asked", f)
		}
	}
	if (Found{Maker: "EPSON", Model: "TM-T82"}).Unasked() {
		t.Error("an Epson is never asked")
	}
}
