package textview

import (
	"fmt"
	"io"
	"strings"

	"galla/internal/counter/wire"
)

// Picture draws the hours of a day: a bar for the day, and the figures of the days before.
func Picture(w io.Writer, p wire.Picture) error {
	if p.Demo {
		fmt.Fprintln(w, "DEMO, not real money")
	}
	t := Columns(w)
	hours := map[int][3]wire.Line{}
	var top wire.Line
	head := "HOUR\t"
	for i, d := range p.Days {
		head += d.Day + "\t"
		for _, h := range d.Hours {
			row := hours[h.Hour]
			row[min(i, 2)] = h.Line
			hours[h.Hour] = row
			if i == 0 && h.Paise > top.Paise {
				top = h.Line
			}
		}
	}

	fmt.Fprintln(t, head)
	for h := range 24 {
		row, some := hours[h]
		if !some {
			continue
		}
		bar := ""
		if top.Paise > 0 {
			bar = strings.Repeat("#", int(30*row[0].Paise/top.Paise))
		}
		fmt.Fprintf(t, "%d\t%s\t%s\t%s\t%s\n", h, row[0].Paise, row[1].Paise, row[2].Paise, bar)
	}

	row := func(name string, of func(wire.PictureDay) string) {
		fmt.Fprintf(t, "%s\t", name)
		for _, d := range p.Days {
			fmt.Fprintf(t, "%s\t", of(d))
		}
		fmt.Fprintln(t)
	}

	row("paid", func(d wire.PictureDay) string { return d.Paid.Paise.String() })
	row("half paid in", func(d wire.PictureDay) string {
		if d.TimeToPaid == nil {
			return "-"
		}
		return fmt.Sprintf("%.1f s", float64(d.TimeToPaid.P50)/1000)
	})

	if len(p.Days) > 0 {
		for i, e := range p.Days[0].Ends {
			row(strings.ReplaceAll(e.What, "_", " "), func(d wire.PictureDay) string {
				if i < len(d.Ends) {
					return fmt.Sprint(d.Ends[i].Count)
				}
				return "-"
			})
		}
	}

	return t.Flush()
}
