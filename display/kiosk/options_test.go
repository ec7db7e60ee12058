package kiosk

import (
	"errors"
	"image"
	"strings"
	"testing"

	"galla/display"
	"galla/display/viewstream"
)

func TestOptionsCheck(t *testing.T) {
	d := newTestDrawer()
	good := Options{Feed: viewstream.NewClient(viewstream.ClientOptions{}), Paint: d.painter, Verify: d.verify}
	for _, tt := range []struct {
		change func(*Options)
		want   string
	}{
		{func(o *Options) {}, ""},
		{func(o *Options) { o.Rotate = 270 }, ""},
		{func(o *Options) { o.Windowed = image.Pt(800, 480) }, ""},
		{func(o *Options) { o.Present = PresentX11 }, ""},
		{func(o *Options) { o.Present = "wayland" }, "auto, ebiten or x11"},
		{func(o *Options) { o.Feed = nil }, "needed"},
		{func(o *Options) { o.Rotate = 45 }, "0, 90, 180 or 270"},
		{func(o *Options) { o.Rotate = 360 }, "0, 90, 180 or 270"},
		{func(o *Options) { o.Windowed = image.Pt(800, 1) }, "64 to 16384"},
	} {
		o := good
		tt.change(&o)
		_, err := New(o)
		if tt.want == "" && err != nil || tt.want != "" && (err == nil || !strings.Contains(err.Error(), tt.want)) {
			t.Errorf("%+v: %v, want %q", o, err, tt.want)
		}
	}
}

func TestNoDisplayIsExplained(t *testing.T) {
	t.Setenv("DISPLAY", "")
	d := newTestDrawer()
	k, err := New(Options{Feed: viewstream.NewClient(viewstream.ClientOptions{}), Paint: d.painter, Verify: d.verify})
	if err != nil {
		t.Fatal(err)
	}
	if err := k.Run(t.Context()); !errors.Is(err, ErrNoDisplay) || !strings.Contains(err.Error(), "xvfb-run") {
		t.Errorf("without DISPLAY: %v", err)
	}
	k.Wake() // nobody to wake, and no harm
	for text, remedy := range map[string]string{
		"glfw: failed to load any of [libX11.so.6 libX11.so]": "apt-get install libx11-6",
		"egl: failed to initialize EGL":                       "libgl1-mesa-dri",
		"ui: no monitor was found at initializeGLFW":          "connect one",
		"ui: no window system is available: x11: failed to open display \":77\": platform " +
			"error": "does an X server run",
	} {
		if err := explain(errors.New(text)); !errors.Is(err, ErrNoDisplay) || !strings.Contains(err.Error(), remedy) {
			t.Errorf("%q is explained as %q, without %q", text, err, remedy)
		}
	}
	if err := explain(errors.New("out of memory")); errors.Is(err, ErrNoDisplay) {
		t.Errorf("%v is called a missing display", err)
	}
}

// What stands in the place of a wrong pay screen holds nothing of the sale.
func TestWithdrawn(t *testing.T) {
	v := withdrawn(display.View{
		Screen:   display.ScreenPay,
		SaleID:   "s",
		Amount:   1,
		Payload:  "upi://",
		Payee:    "P",
		PayeeVPA: "p@b",
		Number:   3,
		Shop:     "Shop",
		Demo:     true,
	})
	if v.Screen != display.ScreenOutOfService || v.Reason != display.ReasonQRUnreadable || v.Shop != "Shop" ||
		!v.Demo ||
		v.SaleID != "" || v.Amount != 0 || v.Payload != "" || v.Payee != "" ||
		v.PayeeVPA != "" ||
		v.Number != 0 {
		t.Errorf("withdrawn: %+v", v)
	}
}
