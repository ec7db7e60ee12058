package escpos

import "fmt"

// ECLevel is the error correction of a QR symbol.
type ECLevel byte

const (
	ECL ECLevel = '0'
	ECM ECLevel = '1'
	ECQ ECLevel = '2'
	ECH ECLevel = '3'
)

// MaxNativeQR is the longest data every printer with a native QR takes: HPRT's PPTII-A stops below 1021 bytes of
// parameter where Epson's manual allows 7089.
const MaxNativeQR = 1000

// QR stores data as a QR model 2 symbol with modules of module x module dots (1 to 8: the range all manuals share)
// and prints it at the current alignment [ref gs_lparen_ck]. The printer chooses the version and adds no quiet zone:
// the caller computes the width, because a symbol that is too wide is silently left out or cut.
// data must be printable ASCII, the range all manuals allow.
func QR(module int, level ECLevel, data string) ([]byte, error) {
	if module < 1 || module > 8 {
		return nil, fmt.Errorf("a native QR takes modules of 1 to 8 dots, not %d", module)
	}
	if level < ECL || level > ECH {
		return nil, fmt.Errorf("error correction %q is none of ECL, ECM, ECQ, ECH", byte(level))
	}
	if len(data) == 0 || len(data) > MaxNativeQR {
		return nil, fmt.Errorf("a native QR takes 1 to %d bytes, not %d: print it as a raster image",
			MaxNativeQR, len(data))
	}
	for i := range len(data) {
		if data[i] < 0x20 || data[i] > 0x7E {
			return nil, fmt.Errorf(
				"a native QR takes printable ASCII only, and byte %d is %#02x: print it as a raster image", i, data[i])
		}
	}
	n := len(data) + 3
	b := []byte{
		0x1D, '(', 'k', 4, 0, '1', 'A', '2', 0, // fn 165: model 2
		0x1D, '(', 'k', 3, 0, '1', 'C', byte(module), // fn 167: module size in dots
		0x1D, '(', 'k', 3, 0, '1', 'E', byte(level), // fn 169: error correction
		0x1D, '(', 'k', byte(n), byte(n >> 8), '1', 'P', '0', // fn 180: store; the length is in bytes
	}
	b = append(b, data...)
	return append(b, 0x1D, '(', 'k', 3, 0, '1', 'Q', '0'), nil // fn 181: print
}
