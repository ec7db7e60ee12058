package gl

import (
	"strings"
	"testing"
)

func TestVersion(t *testing.T) {
	for _, tt := range []struct {
		version, renderer string
		says              string
		enough, software  bool
	}{
		{"OpenGL ES 3.1 Mesa 22.3.6", "V3D 4.2", "OpenGL ES 3.1 by V3D 4.2", true, false},
		{"OpenGL ES 2.0 Mesa 22.3.6", "VC4 V3D 2.1", "OpenGL ES 2.0 by VC4 V3D 2.1", false, false},
		{"2.1 Mesa 22.3.6", "VC4 V3D 2.1", "OpenGL 2.1 by VC4 V3D 2.1", false, false},
		{"4.5 (Compatibility Profile) Mesa 22.3.6", "llvmpipe (LLVM 15.0.6, 256 bits)",
			"OpenGL 4.5 by llvmpipe (LLVM 15.0.6, 256 bits)", true, true},
		{"3.1 Mesa 20.3", "Mali450", "OpenGL 3.1 by Mali450", false, false},
		{"3.2.0", "softpipe", "OpenGL 3.2 by softpipe", true, true},
	} {
		v, err := read(tt.version, tt.renderer)
		if err != nil || v.String() != tt.says || v.Enough() != tt.enough || v.Software() != tt.software {
			t.Errorf("%q by %q: %v, enough %v, software %v, %v",
				tt.version, tt.renderer, v, v.Enough(), v.Software(), err)
		}
		if back, err := Parse(v.String() + "\n"); err != nil || back != v {
			t.Errorf("%q is read back as %v, %v", v, back, err)
		}
	}
	for _, s := range []string{"", "OpenGL", "OpenGL 3 by x", "Vulkan 1.3 by x", "OpenGL 3.2 by ",
		"OpenGL 3.2 by " + strings.Repeat("x", 300)} {
		if v, err := Parse(s); err == nil {
			t.Errorf("%q is %v", s, v)
		}
	}
	if _, err := read("none", ""); err == nil {
		t.Error("a version without numbers is one")
	}
}
