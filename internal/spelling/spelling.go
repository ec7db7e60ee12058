package spelling

// Nearest returns the name that key most likely was meant to be, or "" when none is close.
func Nearest(key string, names []string) string {
	best, at := "", 1+min(len(key)/3, 3)
	if len(key) > 60 {
		return ""
	}
	for _, n := range names {
		if d := Distance(key, n); d <= at && (best == "" || d < at) {
			best, at = n, d
		}
	}
	if best != "" {
		return best
	}
	for _, n := range names { // "amount" for "amount_paise"
		if len(key) > 2 && len(n) > len(key) && n[:len(key)] == key {
			return n
		}
	}
	return ""
}

// Distance counts the single changes of a byte, or swaps of two neighbours, between a and b.
func Distance(a, b string) int {
	rows := make([][]int, len(a)+1)
	for i := range rows {
		rows[i] = make([]int, len(b)+1)
		rows[i][0] = i
	}
	for j := range rows[0] {
		rows[0][j] = j
	}
	for i := 1; i <= len(a); i++ {
		for j := 1; j <= len(b); j++ {
			change := 1
			if a[i-1] == b[j-1] {
				change = 0
			}
			rows[i][j] = min(rows[i-1][j]+1, rows[i][j-1]+1, rows[i-1][j-1]+change)
			if i > 1 && j > 1 && a[i-1] == b[j-2] && a[i-2] == b[j-1] {
				rows[i][j] = min(rows[i][j], rows[i-2][j-2]+1)
			}
		}
	}
	return rows[len(a)][len(b)]
}
