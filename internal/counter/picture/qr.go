package picture

import (
	"bytes"
	"fmt"

	"github.com/skip2/go-qrcode"
)

// quiet is the empty edge of a QR, in modules: readers fail without it (ISO/IEC 18004 §6.3.8).
const quiet = 4

// QR draws a payload, byte for byte, black on white at level M, in units of one module, with its quiet zone. It fails
// where a payload is empty or longer than a code holds.
func QR(payload string) ([]byte, error) {
	q, err := qrcode.New(payload, qrcode.Medium)
	if err != nil {
		return nil, fmt.Errorf("a QR of %d bytes: %w", len(payload), err)
	}
	q.DisableBorder = true
	modules := q.Bitmap()
	side := len(modules) + 2*quiet

	var b bytes.Buffer
	fmt.Fprintf(
		&b,
		`<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 %d %d" width="%[3]d" height="%[3]d" `+
			`shape-rendering="crispEdges">`+
			`<path fill="#fff" d="M0 0h%[1]dv%[1]dH0z"/><path fill="#000" d="`,
		side,
		side,
		side*8,
	)
	for y, row := range modules {
		for x := 0; x < len(row); x++ {
			from := x
			for x < len(row) && row[x] {
				x++
			}
			if x > from {
				fmt.Fprintf(&b, "M%d %dh%dv1h-%dz", from+quiet, y+quiet, x-from, x-from)
			}
		}
	}
	b.WriteString(`"/></svg>` + "\n")
	return b.Bytes(), nil
}
