package gl

import (
	"errors"
	"fmt"
	"regexp"
	"strconv"
	"strings"

	"github.com/ebitengine/purego"
)

// Version is what a driver offers.
type Version struct {
	ES           bool // OpenGL ES; else OpenGL
	Major, Minor int
	Renderer     string // who draws, in the driver's words: "V3D 4.2", "llvmpipe (LLVM 15.0.6, 256 bits)"
}

// String is as people write it.
func (v Version) String() string {
	name := "OpenGL"
	if v.ES {
		name = "OpenGL ES"
	}
	return fmt.Sprintf("%s %d.%d by %s", name, v.Major, v.Minor, v.Renderer)
}

// Enough says whether ebiten v2.10 can draw with it.
func (v Version) Enough() bool {
	if v.ES {
		return v.Major >= 3
	}
	return v.Major > 3 || v.Major == 3 && v.Minor >= 2
}

// Software says whether the processor draws. The names are Mesa's software drivers.
func (v Version) Software() bool {
	for _, name := range []string{"llvmpipe", "softpipe", "swrast", "software"} {
		if strings.Contains(strings.ToLower(v.Renderer), name) {
			return true
		}
	}
	return false
}

var spoken = regexp.MustCompile(`^(OpenGL ES|OpenGL) (\d{1,2})\.(\d{1,2}) by (.{1,200})$`)

// Parse reads what String wrote.
func Parse(s string) (Version, error) {
	m := spoken.FindStringSubmatch(strings.TrimSpace(s))
	if m == nil {
		return Version{}, fmt.Errorf("%.80q names no OpenGL", s)
	}
	major, _ := strconv.Atoi(m[2])
	minor, _ := strconv.Atoi(m[3])
	return Version{m[1] == "OpenGL ES", major, minor, m[4]}, nil
}

// Ask makes a context as ebiten does, OpenGL ES 3 first, then OpenGL 3.2, then what older there is, and asks it.
// EGL's constants are Khronos' (EGL/egl.h).
func Ask() (Version, error) {
	x11, err := open("libX11.so.6")
	if err != nil {
		return Version{}, err
	}
	egl, err := open("libEGL.so.1")
	if err != nil {
		return Version{}, err
	}
	var (
		openDisplay    func(name uintptr) uintptr
		getDisplay     func(native uintptr) uintptr
		initialize     func(display uintptr, major, minor *int32) uint32
		bindAPI        func(api uint32) uint32
		chooseConfig   func(display uintptr, attributes *int32, configs *uintptr, size int32, n *int32) uint32
		createContext  func(display, config, share uintptr, attributes *int32) uintptr
		createPbuffer  func(display, config uintptr, attributes *int32) uintptr
		makeCurrent    func(display, draw, read, context uintptr) uint32
		getProcAddress func(name string) uintptr
	)

	purego.RegisterLibFunc(&openDisplay, x11, "XOpenDisplay")
	for f, name := range map[any]string{
		&getDisplay: "eglGetDisplay", &initialize: "eglInitialize", &bindAPI: "eglBindAPI",
		&chooseConfig: "eglChooseConfig", &createContext: "eglCreateContext", &createPbuffer: "eglCreatePbufferSurface",
		&makeCurrent: "eglMakeCurrent", &getProcAddress: "eglGetProcAddress",
	} {
		purego.RegisterLibFunc(f, egl, name)
	}

	native := openDisplay(0)
	if native == 0 {
		return Version{}, errors.New("no X display")
	}
	display := getDisplay(native)
	var major, minor int32
	if display == 0 || initialize(display, &major, &minor) == 0 {
		return Version{}, errors.New("EGL can't be initialized")
	}
	const (
		apiES, apiGL                             = 0x30A0, 0x30A2
		surfaceType, renderable, none            = 0x3033, 0x3040, 0x3038
		pbufferBit, es2Bit, es3Bit, glBit        = 0x1, 0x4, 0x40, 0x8
		contextMajor, contextMinor               = 0x3098, 0x30FB
		width, height                            = 0x3057, 0x3056
		versionName, rendererName         uint32 = 0x1F02, 0x1F01
	)

	for _, try := range []struct {
		api               uint32
		bit, major, minor int32
	}{{apiES, es3Bit, 3, 0}, {apiGL, glBit, 3, 2}, {apiES, es2Bit, 2, 0}, {apiGL, glBit, 2, 1}} {
		if bindAPI(try.api) == 0 {
			continue
		}
		var config uintptr
		var n int32
		wanted := []int32{surfaceType, pbufferBit, renderable, try.bit, none}
		if chooseConfig(display, &wanted[0], &config, 1, &n) == 0 || n == 0 {
			continue
		}
		version := []int32{contextMajor, try.major, contextMinor, try.minor, none}
		context := createContext(display, config, 0, &version[0])
		if context == 0 {
			continue
		}
		size := []int32{width, 16, height, 16, none}
		surface := createPbuffer(display, config, &size[0])
		if makeCurrent(display, surface, surface, context) == 0 {
			continue
		}
		at := getProcAddress("glGetString")
		if at == 0 {
			continue
		}
		var getString func(name uint32) string
		purego.RegisterFunc(&getString, at)
		v, err := read(getString(versionName), getString(rendererName))
		if err == nil {
			return v, nil
		}
	}

	return Version{}, errors.New("EGL gives no context")
}

var numbers = regexp.MustCompile(`(\d{1,2})\.(\d{1,2})`)

// read makes a Version of GL_VERSION ("OpenGL ES 3.2 Mesa 22.3.6", "4.5 (Compatibility Profile) Mesa 22.3.6") and
// GL_RENDERER.
func read(version, renderer string) (Version, error) {
	m := numbers.FindStringSubmatch(version)
	if m == nil {
		return Version{}, fmt.Errorf("GL_VERSION is %.80q", version)
	}
	major, _ := strconv.Atoi(m[1])
	minor, _ := strconv.Atoi(m[2])
	return Version{strings.Contains(version, "OpenGL ES"), major, minor, renderer}, nil
}

func open(library string) (uintptr, error) {
	h, err := purego.Dlopen(library, purego.RTLD_NOW|purego.RTLD_GLOBAL)
	if err != nil {
		return 0, fmt.Errorf("%s: %w", library, err)
	}
	return h, nil
}
