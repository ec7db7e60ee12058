package interview

import (
	"context"
	"fmt"
	"slices"
	"strings"

	"galla/internal/config"
	"galla/internal/counter/wire"
	"galla/internal/setup"
)

// Open reads the sales that are still open, as gallad has them.
type Open func(context.Context) (wire.Sales, error)

// Going tells of each gateway that the config has and the answers don't which sales are still open there, a line each:
// without the gateway nobody would hear how they end.
func Going(ctx context.Context, path string, answers setup.Answers, open Open) (lines []string) {
	names := going(path, answers)
	if len(names) == 0 {
		return nil
	}
	page, err := open(ctx)
	if err != nil {
		return []string{
			fmt.Sprintf("whether sales are still open at %s is not known: %v", strings.Join(names, " and "), err),
		}
	}
	for _, name := range names {
		var there []string
		for _, s := range page.Sales {
			at := func(p wire.Payment) bool { return p.Gateway == name }
			if s.Gateway == name || slices.ContainsFunc(s.Payments, at) {
				there = append(there, fmt.Sprintf("%s (%s, %s)", s.Name, s.AmountPaise, s.Phase))
			}
		}
		if len(there) > 0 {
			lines = append(lines, fmt.Sprintf("open at %s: %s", name, strings.Join(there, ", ")))
		}
	}
	return lines
}

// going names the gateways that go.
func going(path string, answers setup.Answers) (names []string) {
	c, err := config.Read(path)
	if err != nil {
		return nil // no till sells by it
	}
	for _, g := range c.Gateways {
		if !slices.ContainsFunc(answers.Gateways, func(a setup.Gateway) bool { return a.Provider == g.Provider }) {
			names = append(names, g.Name)
		}
	}
	return names
}

// Part asks whether a gateway may go whose sales are still open; a no is ErrLeft.
func Part(t *Terminal, path string, answers setup.Answers, open Open) error {
	lines := Going(t, path, answers, open)
	if len(lines) == 0 {
		return nil
	}
	for _, line := range lines {
		fmt.Fprintf(t.out, "   ! %s\n", setup.Sentence(line))
	}
	fmt.Fprintln(t.out, "     Without its gateway nobody hears how a sale ends: wait for it, or cancel it first.")
	sure, err := t.Yes("Take the gateway away all the same", false)
	if err == nil && !sure {
		err = ErrLeft
	}
	return err
}
