package boltstore

import "testing"

// TestBox_2_Ballast: what is kept in reserve suits the disk: a few megabytes of the image's first partition, more of a
// grown one, and never so much of a tiny one that nothing else fits.
func TestBox_2_Ballast(t *testing.T) {
	for disk, want := range map[int64]int64{
		12 << 20:  768 << 10,
		128 << 20: 4 << 20,
		512 << 20: 4 << 20,
		4 << 30:   8 << 20,
		27 << 30:  16 << 20,
		1 << 40:   16 << 20,
	} {
		if got := ballastOf(disk); got != want {
			t.Errorf("of %d MiB: %d KiB, want %d", disk>>20, got>>10, want>>10)
		}
	}
	if got := BallastFor("/nowhere/galla"); got != leastBallast {
		t.Errorf("of a disk that can't be asked: %d", got)
	}
}
