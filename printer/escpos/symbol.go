package escpos

// byteCapacity is how many bytes versions 1 to 40 hold in byte mode at error correction M (ISO/IEC 18004 table 7).
var byteCapacity = [40]int{
	14,
	26,
	42,
	62,
	84,
	106,
	122,
	152,
	180,
	213,
	251,
	287,
	331,
	362,
	412,
	450,
	504,
	560,
	624,
	666,
	711,
	779,
	857,
	911,
	997,
	1059,
	1125,
	1190,
	1264,
	1370,
	1452,
	1538,
	1628,
	1722,
	1809,
	1911,
	1989,
	2099,
	2213,
	2331,
}

// QRVersion is the version of a QR symbol that n bytes need in byte mode at error correction M; 0 when none is large
// enough.
func QRVersion(n int) int {
	for i, c := range byteCapacity {
		if n <= c {
			return i + 1
		}
	}
	return 0
}

// Modules draws the modules of a QR symbol as squares of n dots.
func Modules(modules [][]bool, n int) Bitmap {
	m := NewBitmap(len(modules)*n, len(modules)*n)
	for y, row := range modules {
		for x, black := range row {
			for d := range n * n {
				if black {
					m.Set(x*n+d%n, y*n+d/n)
				}
			}
		}
	}
	return m
}
