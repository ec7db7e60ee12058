package printer

import (
	"cmp"
	"fmt"
	"slices"
	"strings"
	"time"

	"galla/printer/port"
)

// Profile is what must be known about a printer before the first byte. Two printers of one model agree on all of it
// except Baud and Flow, which follow the printer's switches (its own self-test slip names them: hold FEED while
// switching on).
type Profile struct {
	Name  string `toml:"name"`
	About string `toml:"-"` // which printers, and why these values

	Dots     int    `toml:"dots"`      // printable dots per row
	ColumnsA int    `toml:"columns_a"` // characters per line in font A (12 dots wide)
	ColumnsB int    `toml:"columns_b"` // and in font B (9 dots)
	Font     string `toml:"font"`      // "a" or "b"

	// how its bytes get there, from the port; "" is serial. Baud and Flow are of a serial line only
	Link      port.Means `toml:"-"`
	Baud      int        `toml:"baud"`        // 8 data bits, no parity, one stop bit: a byte is 10 bits
	Flow      port.Flow  `toml:"flow"`        // "none", "xonxoff", "rtscts"
	Buffer    int        `toml:"buffer"`      // receive buffer in bytes
	DotMicro  int        `toml:"us_per_dot"`  // microseconds per row of dots at its slowest
	FeedMicro int        `toml:"us_per_feed"` // microseconds per row without a dot; 0: as one with dots

	Draw string `toml:"draw"` // "raster" (GS v 0) or "column" (ESC *): how pictures are printed
	// dots per inch, said by GS P so that feeds count in dots; 0: they do, and it isn't said
	Units     int    `toml:"units"`
	QR        string `toml:"qr"`         // "native", "raster2" (the printer doubles every dot), "raster"
	MaxModule int    `toml:"max_module"` // largest QR module in dots
	Cut       string `toml:"cut"`        // "none", "gsv66", "gsv1", "gsv0", "esci", "escm"
	// from the print head to the tear bar or cutter; fed before a cut that doesn't feed by itself
	TailDots int `toml:"tail_dots"`

	Status string `toml:"status"` // "none", "dle" (answers DLE EOT), "never": asking breaks it, so nothing ever asks
	Ack    string `toml:"ack"`    // AckAuto or a Confirms value: how it says that a job is on paper
	Clear  string `toml:"clear"`  // "nul", "dledc4": how a half-received job is got rid of
	Rupee  string `toml:"rupee"`  // "text" prints Rs., "glyph" defines a character

	Heat *Heat `toml:"heat"` // only for print heads that know ESC 7; others print it as text
}

// Heat is the setting of a CSN-A2 class print head. More heat is darker and slower.
type Heat struct {
	Dots     int `toml:"dots"`     // heated at once, in units of 8 (n+1)
	Time     int `toml:"time"`     // in units of 10 µs
	Interval int `toml:"interval"` // in units of 10 µs
	Density  int `toml:"density"`  // 0 to 31: 50 % + 5 % * n
	Break    int `toml:"break"`    // 0 to 7, in units of 250 µs
}

// micros per row of dots at 8 dots per mm.
const (
	at50mm  = 2500
	at90mm  = 1389
	at150mm = 833
)

// Profiles name only printers that have the commands they use. Sources: Epson's ESC/POS command reference lists the
// models of each command (GS ( H fn 48, GS ( k fn 165 ff.); escpos-printer-db; the makers' manuals, printer.md.
var profiles = []Profile{
	{Name: "generic58", About: "any 58 mm printer, the safe choice: a QR as a doubled picture because most clones " +
		"print a native one as text, no status because most never answer, no cut because most have no cutter",
		Dots: 384, ColumnsA: 32, ColumnsB: 42, Font: "a", Baud: 9600, Flow: port.FlowNone, Buffer: 4096,
		DotMicro: at50mm, Draw: "raster",
		QR: "raster2", MaxModule: 8, Cut: "none", TailDots: 120,
		Status: "none", Ack: ConfirmsNone, Clear: "nul", Rupee: "text"},
	{Name: "generic80", About: "any 80 mm printer with a cutter: as generic58 at 576 dots; the module is held at 6 " +
		"dots so that a QR fits a 4 KB buffer in one band",
		Dots: 576, ColumnsA: 48, ColumnsB: 64, Font: "a", Baud: 19200, Flow: port.FlowNone, Buffer: 4096,
		DotMicro: at90mm, Draw: "raster",
		QR: "raster2", MaxModule: 6, Cut: "gsv1", TailDots: 140,
		Status: "none", Ack: ConfirmsNone, Clear: "nul", Rupee: "text"},
	{Name: "epson80", About: "Epson TM-T20 (all), TM-T82II, T82III and T82X, TM-T81III, TM-T83III, TM-T88IV to " +
		"T88VII, TM-m30: native QR, full status; how it says that a slip " +
		"is on paper is found out; DTR/DSR must be wired to CTS for flow = \"rtscts\", a 4 KB buffer needs none",
		Dots: 576, ColumnsA: 48, ColumnsB: 64, Font: "a", Baud: 38400, Flow: port.FlowNone, Buffer: 4096,
		DotMicro: at150mm, Draw: "raster", Units: 203,
		QR: "native", MaxModule: 8, Cut: "gsv66", TailDots: 120,
		Status: "dle", Ack: AckAuto, Clear: "dledc4", Rupee: "glyph"},
	{Name: "epson-old", About: "older Epson without a native QR: TM-T88II and T88III (180 dots per inch, 42 columns; " +
		"a T88IV set to 180 too). Full status; the paper status stands in for the completion answer they lack",
		Dots: 512, ColumnsA: 42, ColumnsB: 56, Font: "a", Baud: 9600, Flow: port.FlowNone, Buffer: 4096,
		DotMicro: at90mm, Draw: "raster", Units: 180,
		QR: "raster2", MaxModule: 6, Cut: "gsv66", TailDots: 120,
		Status: "dle", Ack: AckAuto, Clear: "nul", Rupee: "glyph"},
	{Name: "tvs80", About: "TVS RP-3160, RP-3200 and their kin, and the first TM-T81 and TM-T82: Epson's commands; " +
		"how it says that a slip is on paper is found out; no Indian scripts of its own",
		Dots: 576, ColumnsA: 48, ColumnsB: 64, Font: "a", Baud: 9600, Flow: port.FlowNone, Buffer: 4096,
		DotMicro: at90mm, Draw: "raster",
		QR: "raster2", MaxModule: 6, Cut: "gsv66", TailDots: 120,
		Status: "dle", Ack: AckAuto, Clear: "nul", Rupee: "text"},
	{Name: "silent80", About: "80 mm printers that must not be asked how they are, such as SAM4s: as generic80, and " +
		"nothing is ever read from or asked of them",
		Dots: 576, ColumnsA: 48, ColumnsB: 64, Font: "a", Baud: 9600, Flow: port.FlowNone, Buffer: 4096,
		DotMicro: at90mm, Draw: "raster",
		QR: "raster2", MaxModule: 6, Cut: "gsv1", TailDots: 140,
		Status: "never", Ack: ConfirmsNone, Clear: "nul", Rupee: "text"},
	{Name: "csn-a2", About: "CSN-A2 and Adafruit 597 panel printers: 256 bytes of buffer and up to 30 ms per heated " +
		"row on a 5 V supply, so everything is paced; heat set by ESC 7",
		Dots: 384, ColumnsA: 32, ColumnsB: 42, Font: "a", Baud: 19200, Flow: port.FlowNone, Buffer: 256,
		DotMicro: 30000, FeedMicro: 2100, Draw: "raster",
		QR: "raster2", MaxModule: 6, Cut: "none", TailDots: 90,
		Status: "none", Ack: ConfirmsNone, Clear: "nul", Rupee: "text",
		Heat: &Heat{Dots: 11, Time: 120, Interval: 40, Density: 10, Break: 2}},
	{Name: "qr203", About: "QR203 panel printers: as qr204, with pictures by columns (ESC *), because their rows " +
		"(GS v 0) come out speckled",
		Dots: 384, ColumnsA: 32, ColumnsB: 42, Font: "a", Baud: 9600, Flow: port.FlowNone, Buffer: 256, DotMicro: 10000,
		FeedMicro: 2100, Draw: "column",
		QR: "raster2", MaxModule: 6, Cut: "none", TailDots: 90,
		Status: "none", Ack: ConfirmsNone, Clear: "nul", Rupee: "text",
		Heat: &Heat{Dots: 7, Time: 80, Interval: 2, Density: 10, Break: 2}},
	{Name: "qr204", About: "QR204 and QR701 panel printers: 9600 baud, 256 bytes of buffer, paced; wire their BUSY " +
		"line to CTS for flow = \"rtscts\"",
		Dots: 384, ColumnsA: 32, ColumnsB: 42, Font: "a", Baud: 9600, Flow: port.FlowNone, Buffer: 256, DotMicro: 10000,
		FeedMicro: 2100, Draw: "raster",
		QR: "raster2", MaxModule: 6, Cut: "none", TailDots: 90, Status: "none", Ack: ConfirmsNone, Clear: "nul",
		Rupee: "text",
		Heat:  &Heat{Dots: 7, Time: 80, Interval: 2, Density: 10, Break: 2}},
}

// bauds are the speeds printers have, the likely ones first.
var bauds = []int{9600, 19200, 38400, 115200, 57600, 4800, 2400}

// Profiles returns a copy of the table, the safe default first. A custom profile is one of these with values replaced.
func Profiles() []Profile {
	out := slices.Clone(profiles)
	for i := range out {
		if h := out[i].Heat; h != nil {
			own := *h
			out[i].Heat = &own
		}
	}
	return out
}

// ProfileByName finds a profile; the error names all of them.
func ProfileByName(name string) (Profile, error) {
	var names []string
	for _, p := range Profiles() {
		if p.Name == name {
			return p, nil
		}
		names = append(names, p.Name)
	}
	return Profile{}, fmt.Errorf("printer profile %q is not known: use one of %s, or generic58 when in doubt", name,
		strings.Join(names, ", "))
}

// Columns is the number of characters on a line of the profile's font.
func (p Profile) Columns() int {
	if p.Font == "b" {
		return p.ColumnsB
	}
	return p.ColumnsA
}

// ByteTime is how long one byte takes on the line. A full-speed USB device takes a megabyte a second at best; a network
// is quicker than every printer.
func (p Profile) ByteTime() time.Duration {
	switch p.Link {
	case port.USB:
		return time.Microsecond
	case port.TCP:
		return 100 * time.Nanosecond
	}
	return time.Second * 10 / time.Duration(p.Baud)
}

// held tells whether the line itself waits for a printer without room: by its CTS wire, by the USB bus, by TCP's
// window.
func (p Profile) held() bool {
	return p.Link == port.USB || p.Link == port.TCP || p.Flow == port.FlowRTSCTS
}

// DotTime is how long the print head takes for one row of dots.
func (p Profile) DotTime() time.Duration { return time.Duration(p.DotMicro) * time.Microsecond }

// FeedTime is how long it takes for one row without a dot.
func (p Profile) FeedTime() time.Duration {
	return time.Duration(cmp.Or(p.FeedMicro, p.DotMicro)) * time.Microsecond
}

// Check refuses a profile no printer can have. Baud rates are checked here because the serial library takes any number,
// even -1.
func (p Profile) Check() error {
	for _, c := range []struct {
		name      string
		value     int
		low, high int
	}{
		{"dots", p.Dots, 128, 1024}, {"columns_a", p.ColumnsA, 10, 96}, {"columns_b", p.ColumnsB, 10, 128},
		{"buffer", p.Buffer, 256, 1 << 20}, {"us_per_dot", p.DotMicro, 100, 100_000},
		{"us_per_feed", p.FeedMicro, 0, p.DotMicro}, {"units", p.Units, 0, 255}, {"max_module", p.MaxModule, 2, 8},
		{"tail_dots", p.TailDots, 0, 255},
	} {
		if c.value < c.low || c.value > c.high {
			return fmt.Errorf("printer profile %q: %s is %d, outside %d to %d", p.Name, c.name, c.value, c.low, c.high)
		}
	}

	for _, c := range []struct {
		name, value string
		choices     []string
	}{
		{"font", p.Font, []string{"a", "b"}}, {"flow", string(p.Flow), []string{"none", "xonxoff", "rtscts"}},
		{"qr", p.QR, []string{"native", "raster2", "raster"}},
		{"cut", p.Cut, []string{"none", "gsv66", "gsv1", "gsv0", "esci", "escm"}},
		{"draw", p.Draw, []string{"raster", "column"}},
		{"status", p.Status, []string{"none", "dle", "never"}},
		{"ack", p.Ack, []string{AckAuto, ConfirmsNone, ConfirmsGSR, ConfirmsGSH}},
		{"clear", p.Clear, []string{"nul", "dledc4"}}, {"rupee", p.Rupee, []string{"text", "glyph"}},
	} {
		if !slices.Contains(c.choices, c.value) {
			return fmt.Errorf("printer profile %q: %s = %q: use one of %s", p.Name, c.name, c.value,
				strings.Join(c.choices, ", "))
		}
	}

	if !slices.Contains(bauds, p.Baud) {
		return fmt.Errorf("printer profile %q: baud is %d: use what the printer's self-test slip says, one of %v",
			p.Name, p.Baud, slices.Sorted(slices.Values(bauds)))
	}
	if p.Units > 0 && p.Units < 100 {
		return fmt.Errorf("printer profile %q: units is %d dots per inch: printers have 180 or 203, or "+
			"0 leaves it unsaid", p.Name, p.Units)
	}
	if 12*p.ColumnsA > p.Dots || 9*p.ColumnsB > p.Dots {
		return fmt.Errorf("printer profile %q: %d columns of 12 dots or %d of 9 don't fit %d dots", p.Name,
			p.ColumnsA, p.ColumnsB, p.Dots)
	}
	if h := p.Heat; h != nil {
		for name, v := range map[string][2]int{"dots": {h.Dots, 255}, "time": {h.Time, 255},
			"interval": {h.Interval, 255}, "density": {h.Density, 31}, "break": {h.Break, 7}} {
			if v[0] < 0 || v[0] > v[1] {
				return fmt.Errorf("printer profile %q: heat %s is %d, outside 0 to %d", p.Name, name, v[0], v[1])
			}
		}
	}

	return nil
}
