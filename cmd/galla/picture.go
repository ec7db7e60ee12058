package main

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"net/url"
	"os"
	"strings"

	"galla/internal/counter/wire"
)

// pictureCommand draws a day.
type pictureCommand struct {
	Day  string `help:"The business day, like 2026-11-22; left out, today." placeholder:"DAY"`
	Out  string `help:"Write it as SVG into this file; - is standard output. Left out, it is shown in letters." placeholder:"FILE"`
	JSON bool   `name:"json" help:"Print its figures as JSON."`
}

// Run implements the command.
func (c *pictureCommand) Run(s *session) error {
	v := url.Values{}
	if c.Day != "" {
		if err := checkDay(c.Day); err != nil {
			return err
		}
		v.Set("day", c.Day)
	}
	switch c.Out {
	case "":
	case "-":
		return s.till.PictureSVG(s, v, s.out)
	default:
		var b bytes.Buffer
		if err := s.till.PictureSVG(s, v, &b); err != nil {
			return err
		}
		return writeFile(c.Out, &b)
	}
	p, err := s.till.Picture(s, v)
	if err != nil {
		return err
	}
	if c.JSON {
		return s.printJSON(p)
	}
	return s.showPicture(p)
}

// writeFile writes a file whole or reports why not.
func writeFile(name string, from io.Reader) error {
	f, err := os.Create(name)
	if err != nil {
		return &usageError{why: err.Error(), next: "Name a file that can be written with --out."}
	}
	_, err = io.Copy(f, from)
	return errors.Join(err, f.Close())
}

// showPicture draws the hours with letters: a bar for the day, and the figures of the days before.
func (s *session) showPicture(p wire.Picture) error {
	if p.Demo {
		fmt.Fprintln(s.out, "DEMO, not real money")
	}
	t := s.columns()
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
