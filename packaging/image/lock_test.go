package image

import (
	"fmt"
	"os"
	"strings"
	"testing"
)

// TestUpdatesFitTheKernel: from 6.19 on the kernel's word about dm-verity has a second field (its commit ae97648e14f7),
// and RAUC before 1.15.2 then takes no bundle (github.com/rauc/rauc/issues/1842). A card was built so once: it sold,
// and could not be updated.
func TestUpdatesFitTheKernel(t *testing.T) {
	raw, err := os.ReadFile("debian.lock")
	if err != nil {
		t.Fatal(err)
	}

	version := func(name string) (v [3]int) {
		_, rest, found := strings.Cut("\n"+string(raw), "\n"+name+" ")
		if !found {
			t.Fatalf("debian.lock has no %s", name)
		}
		if n, err := fmt.Sscanf(rest, "%d.%d.%d", &v[0], &v[1], &v[2]); n < 2 {
			t.Fatalf("%s: %.20q is no version: %v", name, rest, err)
		}
		return v
	}
	kernel, rauc := version("linux-image-arm64"), version("rauc")
	newer := kernel[0] > 6 || kernel[0] == 6 && kernel[1] >= 19
	knows := rauc[0] > 1 || rauc[0] == 1 && (rauc[1] > 15 || rauc[1] == 15 && rauc[2] >= 2)
	if newer && !knows {
		t.Errorf("with kernel %v RAUC %v takes no bundle: want 1.15.2 or later", kernel, rauc)
	}
}
