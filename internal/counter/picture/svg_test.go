package picture

import (
	"bytes"
	"encoding/xml"
	"errors"
	"flag"
	"io"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"galla/internal/counter/wire"
	"galla/internal/money"
)

var update = flag.Bool("update", false, "write the golden pictures anew")

// day is a business day with sales from nine to nine.
func day(name, which string, f int64) wire.PictureDay {
	d := wire.PictureDay{
		Day:        name,
		Which:      which,
		Sales:      wire.Line{Count: 132, Paise: 48_29_900},
		Paid:       wire.Line{Count: 118, Paise: money.Paise(37_00_000 * f / 10)},
		TimeToPaid: &wire.TimeSpan{P50: 14_200, P90: 71_000},
	}
	for h := int64(9); h < 21; h++ {
		if h != 15 || f != 10 {
			d.Hours = append(d.Hours, wire.HourLine{
				Hour: int(h),
				Line: wire.Line{Count: 9, Paise: money.Paise((h - 8) * (22 - h) * 1000 * f)},
			})
		}
	}
	for i, n := range []int64{21, 44, 30, 12, 7, 3, 1} {
		d.Waits = append(
			d.Waits,
			wire.Wait{Upto: []int64{10_000, 20_000, 30_000, 60_000, 120_000, 300_000, 0}[i], Count: int(n * f / 10)},
		)
	}
	for i, what := range []string{"paid", "other_tender", "expired", "cancelled", "failed", "open"} {
		d.Ends = append(d.Ends, wire.End{What: what, Count: []int{118, 4, 3, 5, 1, 1}[i]})
	}
	return d
}

func pictures() map[string]wire.Picture {
	none := wire.PictureDay{Day: "2026-11-22", Which: "day"}
	one := day("2026-11-22", "day", 10)
	one.Hours, one.Ends = []wire.HourLine{
		{Hour: 23, Line: wire.Line{Count: 1, Paise: 5}},
	}, []wire.End{
		{What: "paid", Count: 1},
	}
	night := day("2026-11-22", "day", 10)
	night.Hours = append([]wire.HourLine{{Hour: 0, Line: wire.Line{Count: 1, Paise: 5_00_000}}}, night.Hours...)
	night.Hours = append(night.Hours, wire.HourLine{Hour: 23, Line: wire.Line{Count: 1, Paise: 12_00_000}})
	return map[string]wire.Picture{
		"day": {
			Days: []wire.PictureDay{
				day("2026-11-22", "day", 10),
				day("2026-11-21", "before", 8),
				day("2026-11-15", "week", 12),
			},
		},
		"first": {
			Days: []wire.PictureDay{one, {Day: "2026-11-21", Which: "before"}, {Day: "2026-11-15", Which: "week"}},
			Demo: true,
		},
		"empty": {Days: []wire.PictureDay{none, {Day: "2026-11-21"}, {Day: "2026-11-15"}}},
		"round": {Days: []wire.PictureDay{night, day("2026-11-21", "before", 8), day("2026-11-15", "week", 12)}},
		"none":  {},
	}
}

// TestSVG: well-formed, within its own frame, and as it was looked at.
func TestSVG(t *testing.T) {
	for name, p := range pictures() {
		got := SVG(p)
		if !bytes.Equal(got, SVG(p)) {
			t.Errorf("%s is another picture the second time", name)
		}
		dec := xml.NewDecoder(bytes.NewReader(got))
		for {
			tok, err := dec.Token()
			if errors.Is(err, io.EOF) {
				break
			}
			if err != nil {
				t.Fatalf("%s is no XML: %v", name, err)
			}
			if e, ok := tok.(xml.StartElement); ok {
				for _, a := range e.Attr {
					if a.Name.Local == "style" || strings.HasPrefix(a.Name.Local, "on") || a.Name.Local == "href" ||
						strings.HasPrefix(a.Value, "-") {
						t.Errorf("%s: <%s %s=%q> asks for what the page forbids, or lies outside",
							name, e.Name.Local, a.Name.Local, a.Value)
					}
				}
			}
		}
		file := filepath.Join("testdata", name+".svg")
		if *update {
			if err := os.WriteFile(file, got, 0o644); err != nil {
				t.Fatal(err)
			}
			continue
		}
		if want, err := os.ReadFile(file); err != nil || !bytes.Equal(got, want) {
			t.Errorf("%s is another picture (%v): look at it with -update", name, err)
		}
	}
}

// TestText: nothing that came from outside is taken for markup.
func TestText(t *testing.T) {
	p := pictures()["day"]
	p.Days[0].Day, p.Days[0].Ends[0].What = `<script>x</script>`, `"><script>`
	if got := SVG(p); bytes.Contains(got, []byte("<script")) {
		t.Errorf("%s", got)
	}
}

func TestSeconds(t *testing.T) {
	for ms, want := range map[int64]string{0: "0 s", 10_000: "10 s", 14_250: "14.2 s", 60_000: "1 min",
		71_000: "1:11 min", 300_000: "5 min", 999: "1.0 s"} {
		if got := seconds(ms); got != want {
			t.Errorf("%d ms is %q, not %q", ms, got, want)
		}
	}
}
