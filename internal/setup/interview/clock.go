package interview

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"os/exec"
	"strings"
	"time"

	"galla/internal/day"
	"galla/internal/setup"
)

// askClock lets a person look at the time: certificates, slips and reports depend on it. Only timedatectl(1) sets it.
func askClock(t *Terminal, _ *setup.Answers) error {
	for {
		right, err := t.Yes(
			"Here it is "+time.Now().In(day.IST).Format("Monday 2 January 2006, 15:04")+". Is that right",
			true,
		)
		if err != nil || right {
			return err
		}

		var at time.Time
		if _, err := t.ask("What is it then, like 2026-11-22 17:30", "", func(s string) (err error) {
			if at, err = time.ParseInLocation("2006-01-02 15:04", s, day.IST); err != nil {
				return fmt.Errorf("%q is not of the form 2026-11-22 17:30", s)
			}
			return nil
		}); err != nil {
			return err
		}

		if err := setClock(t, at); err != nil {
			fmt.Fprintf(t.out, "   ! The clock can't be set here (%v). Connect the box to the internet: it sets its "+
				"clock by itself.\n", err)
			return nil
		}
	}
}

// setClock sets the box's time, which takes root; its error is timedatectl's own words.
func setClock(ctx context.Context, at time.Time) error {
	return setClockBy(at, func(args ...string) error {
		out, err := exec.CommandContext(ctx, "timedatectl", args...).CombinedOutput()
		if err != nil {
			return errors.New(strings.TrimSpace(cmp.Or(string(out), err.Error())))
		}
		return nil
	})
}

// setClockBy sets the time by timedatectl(1). Network time refuses to be overruled, so it pauses; on again, whatever
// became of the time, it corrects us once there is a network. A box without network time has nothing to pause.
func setClockBy(at time.Time, timedatectl func(args ...string) error) error {
	running := timedatectl("set-ntp", "false")
	err := timedatectl("set-time", at.UTC().Format("2006-01-02 15:04:05")+" UTC")
	if running == nil {
		return errors.Join(err, timedatectl("set-ntp", "true"))
	}
	return err
}
