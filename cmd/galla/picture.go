package main

import (
	"bytes"
	"errors"
	"io"
	"net/url"
	"os"

	"galla/cmd/galla/textview"
)

// pictureCommand draws a day.
type pictureCommand struct {
	Day  string `help:"The business day, like 2026-11-22; left out, today." placeholder:"DAY"`
	Out  string `help:"${picture_out}" placeholder:"FILE"`
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
	return textview.Picture(s.out, p)
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
