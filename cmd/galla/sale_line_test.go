package main

import (
	"bytes"
	"context"
	"fmt"
	"regexp"
	"strings"
	"testing"
	"testing/synctest"
	"time"
	"unicode/utf8"

	"galla/cmd/galla/textview"
	"galla/internal/counter/wire"
	"galla/internal/money"
	"galla/state"
)

// TestSaleLine (counter.md 11, 23): a list is the same text with colours and without, its columns in line either way,
// and its last line counts the sales and what was kept.
func TestSaleLine(t *testing.T) {
	sales := []wire.Sale{
		{
			Name:        "1130-2",
			CreatedAt:   time.Date(2026, 11, 30, 4, 0, 0, 0, time.UTC),
			AmountPaise: 21550,
			KeptPaise:   21550,
			Phase:       state.PhasePaid,
		},
		{
			Name:        "1130-1",
			CreatedAt:   time.Date(2026, 11, 29, 20, 0, 0, 0, time.UTC),
			AmountPaise: 100,
			Phase:       state.PhaseClosed,
			CloseReason: state.CloseExpired,
		},
		{Name: "1129-17", AmountPaise: 50000, Phase: state.PhaseAwaiting, Attention: []wire.Attention{{}}},
	}
	text := func(p textview.Paint, columns int) string {
		var out bytes.Buffer
		s := &session{out: &out}
		if err := table(
			s,
			false,
			sales,
			"",
			textview.SaleHead(p, columns),
			func(w wire.Sale) string { return textview.SaleLine(w, p, columns) },
		); err != nil {
			t.Fatal(err)
		}
		return out.String()
	}

	plain, colours := text(textview.Bare, 0), text(textview.Painted, 120)
	got := regexp.MustCompile("\x1b\\[[0-9]+m").ReplaceAllString(colours, "")
	if strings.ReplaceAll(got, " ", "") != strings.ReplaceAll(plain, " ", "") {
		t.Errorf("with colours:\n%s\nwithout:\n%s", got, plain)
	}
	lines := strings.Split(regexp.MustCompile("\x1b\\[[0-9]+m").ReplaceAllString(colours, ""), "\n")
	at := utf8.RuneCountInString(lines[0][:strings.Index(lines[0], "PHASE")])
	for i, phase := range []string{"paid", "closed", "awaiting"} {
		if got := string([]rune(lines[1+i])[at:]); !strings.HasPrefix(got, phase) {
			t.Errorf("%q stands below the heading of the phase, not %s", got, phase)
		}
	}
	for _, want := range []string{"2026-11-30 09:30:00", "\x1b[32mpaid\x1b[39m", "\x1b[31m! needs a decision\x1b[39m"} {
		if !strings.Contains(colours, want) {
			t.Errorf("%q is not in\n%q", want, colours)
		}
	}
	for _, columns := range []int{40, 80} { // each sale has a line of its own
		got := text(textview.Bare, columns)
		for _, line := range strings.Split(got, "\n") {
			if utf8.RuneCountInString(line) > columns {
				t.Errorf("%q is wider than %d columns", line, columns)
			}
		}
		for _, want := range []string{"1129-17", "₹215.50", "awaiting", "!"} {
			if !strings.Contains(got, want) {
				t.Errorf("%q is not in\n%s", want, got)
			}
		}
	}
	if got := textview.Listed(sales); got != "3 sales, "+money.Paise(21550).String()+" kept" {
		t.Errorf("the last line is %q", got)
	}
}

// TestMistyped (counter.md 11): a command line that can't be read names the help of the command it was meant for, and
// says what was wrong in words of the command line.
func TestMistyped(t *testing.T) {
	for _, c := range []struct {
		args      string
		why, next string
	}{
		{"sale", `expected "<amount>"`, "See galla sale --help."},
		{"sale -5", "-5 is no amount: it must be above zero", "See galla sale --help."},
		{"report z --dya 2026-11-29", "unknown flag --dya", "See galla report z --help."},
		{"list --phase foo", `--phase must be one of "opened","quoting"`, "See galla list --help."},
		{"events --since -1", `--since is "-1", which is no whole number that it takes`, "See galla events --help."},
		{"list --limit many", `--limit is "many", which is no whole number that it takes`, "See galla list --help."},
		{"foo", "unexpected argument foo", "See galla --help."},
		{"export --from 2026-11-30 --to 2026-11-29", "--from 2026-11-30 is after --to 2026-11-29",
			"Give the earlier day"},
		{"export --from yesterday", `--from "yesterday" is not a day`, "Write it like"},
	} {
		var out, errs bytes.Buffer
		code := runCommand(context.Background(), strings.Fields(c.args), &out, &errs)
		if said := errs.String(); code != exitUsage || !strings.Contains(said, c.why) ||
			!strings.Contains(said, c.next) ||
			out.Len() > 0 {
			t.Errorf("galla %s: exit code %d, %q", c.args, code, said)
		}
	}
}

// TestProgress: what lasts says each second how far it is, and what is written is untouched.
func TestProgress(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var out, says bytes.Buffer
		p := &progress{to: &out, says: &says, next: time.Now().Add(time.Second)}
		for range 25 {
			fmt.Fprint(p, "a,b\nc,d\n")
			time.Sleep(100 * time.Millisecond)
		}
		if out.Len() != 25*8 || says.String() != "galla: 24 lines so far\ngalla: 46 lines so far\n" {
			t.Errorf("%d bytes came through, and it said %q", out.Len(), &says)
		}
	})
}
