package main

import (
	"fmt"
	"time"

	"galla/internal/day"
)

// checkDay refuses what is no business day; none is today's.
func checkDay(text string) error {
	if _, err := time.Parse(time.DateOnly, text); text != "" && err != nil {
		return &usageError{why: fmt.Sprintf("day %q is not a date: write it like 2026-11-22", text)}
	}
	return nil
}

// dayOf reads a day as a person writes it: it begins at midnight in India.
func dayOf(name, s string) (time.Time, error) {
	at, err := time.ParseInLocation(time.DateOnly, s, day.IST)
	if err != nil {
		return at, &usageError{why: fmt.Sprintf("%s %q is not a day", name, s), next: "Write it like 2026-12-01."}
	}
	return at, nil
}

// endOfDay is the last second of a day: who says "until Monday" means Monday too.
func endOfDay(name, s string) (time.Time, error) {
	at, err := dayOf(name, s)
	if err != nil {
		return at, err
	}
	return at.Add(24*time.Hour - time.Second), nil // India has no summer time
}
