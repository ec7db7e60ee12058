package main

import (
	"crypto/rand"
	"fmt"
	"strings"

	"galla/internal/day"
	"galla/internal/office/joining"
)

type codeCommand struct {
	Counter string `arg:"" help:"The counter's id, such as mg-road/1."`
}

func (c *codeCommand) Run(s *session) error {
	settings, err := s.settings()
	if err != nil {
		return err
	}
	print := "as the machine trusts: a proxy shows the certificate"
	if settings.BehindProxy == "" {
		sum, err := fingerprint(settings.TLS) // root may read it, the package's user too
		if err != nil {
			return err
		}
		print = colons(sum)
	}
	store, err := s.open(settings)
	if err != nil {
		return err
	}
	defer store.Close()
	code, made, err := joining.New(store.Joining(), rand.Reader, nil).NewCode(s, c.Counter, s.by)
	if err != nil {
		return err
	}

	fmt.Fprintf(s.out, "code         %s   for one box, until %s\n", code, made.Expires.In(day.IST).Format("15:04 IST"))
	fmt.Fprintf(s.out, "office       %s\n", settings.Address)
	fmt.Fprintf(s.out, "fingerprint  %s\n", print)
	fmt.Fprintf(s.out, "\nOn the box:  sudo galla office join %s %s\n", settings.Address, code)
	fmt.Fprintf(s.out, "Then here:   galla-office terminal list, and terminal confirm\n")
	return nil
}

// colons writes a hash as certificates are shown.
func colons(sum [32]byte) string {
	return strings.ReplaceAll(fmt.Sprintf("% X", sum[:]), " ", ":")
}
