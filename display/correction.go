package display

// The Reed-Solomon words that a QR symbol carries beside its data (ISO/IEC 18004:2015).

// Logarithms and powers of 2 in the field that the standard counts in (§7.5.2).
var gfLog, gfPower = func() (log [256]byte, power [512]byte) {
	x := 1
	for i := range 255 {
		power[i], power[i+255], log[x] = byte(x), byte(x), byte(i)
		if x <<= 1; x > 255 {
			x ^= 0x11d
		}
	}
	return log, power
}()

func gfTimes(a, b byte) byte {
	if a == 0 || b == 0 {
		return 0
	}
	return gfPower[int(gfLog[a])+int(gfLog[b])]
}

// generator is the polynomial of n correction codewords, highest power first, without its leading 1.
func generator(n int) []byte {
	g := make([]byte, n)
	g[n-1] = 1
	for i := range n {
		root := gfPower[i]
		for j := range g {
			g[j] = gfTimes(g[j], root)
			if j+1 < n {
				g[j] ^= g[j+1]
			}
		}
	}
	return g
}

// protect cuts data into blocks, adds each one's correction, and takes turns between the blocks (§7.5, §7.6).
func protect(data []byte, version int) []byte {
	blocks, n := levelMBlocks[version], levelMCorrection[version]
	g := generator(n)
	short := len(data) / blocks // the last blocks have one more where it doesn't come out even
	longer := len(data) % blocks
	parts := make([][]byte, blocks)
	fixes := make([][]byte, blocks)
	for i := range parts {
		size := short
		if i >= blocks-longer {
			size++
		}
		parts[i], data = data[:size], data[size:]
		fix := make([]byte, n+1)
		for _, d := range parts[i] {
			factor := d ^ fix[0]
			copy(fix, fix[1:])
			for j, c := range g {
				fix[j] ^= gfTimes(c, factor)
			}
		}
		fixes[i] = fix[:n]
	}
	out := make([]byte, 0, room(version))
	for i := range short + 1 {
		for _, p := range parts {
			if i < len(p) {
				out = append(out, p[i])
			}
		}
	}
	for i := range n {
		for _, f := range fixes {
			out = append(out, f[i])
		}
	}
	return out
}
