package day

import (
	"strconv"
	"strings"
	"time"
)

// Name is what people call a sale by: "1129-2" is month, day and number, "2026-11-29/2" the same with its year, and "2"
// a number whose day is the one on which it is said.
type Name struct {
	Year   int    // 0: not said
	Day    string // month and day, "11-29"; empty: not said
	Number int    // from 1
}

// maxNumber is the highest number a sale of one day has.
const maxNumber = 999_999

// ParseName reads a name; ok is false for everything else, such as a sale's id. What people write around a name is
// taken too: "#2", "Sale 1129-2", spaces.
func ParseName(text string) (n Name, ok bool) {
	text = strings.TrimSpace(text)
	if len(text) > 4 && strings.EqualFold(text[:5], "sale ") {
		text = strings.TrimSpace(text[5:])
	}
	text = strings.TrimPrefix(text, "#")

	number := text
	if at, after, found := strings.Cut(text, "/"); found {
		when, err := time.Parse(time.DateOnly, at)
		if err != nil || when.Year() < 1 {
			return Name{}, false
		}
		n.Year, n.Day, number = when.Year(), at[5:], after
	} else if at, after, found := strings.Cut(text, "-"); found {
		if _, err := time.Parse("20060102", "2024"+at); err != nil { // a leap year knows every day
			return Name{}, false
		}
		n.Day, number = at[:2]+"-"+at[2:], after
	}

	if number == "" || len(number) > 6 || strings.Trim(number, "0123456789") != "" {
		return Name{}, false
	}
	n.Number, _ = strconv.Atoi(number)
	if n.Number < 1 || n.Number > maxNumber {
		return Name{}, false
	}
	return n, true
}

// yearsBack is how far back a day without a year is looked for. Books are kept for more than a year, never for so many.
const yearsBack = 20

// Days are the business days that the name may mean, the likeliest first: today for a bare number; the newest of the
// day and month for one without a year, today included, tomorrow not. today is a business day, "2026-11-29".
func (n Name) Days(today string) []string {
	switch {
	case n.Day == "":
		return []string{today}
	case n.Year != 0:
		return []string{time.Date(n.Year, 1, 1, 0, 0, 0, 0, time.UTC).Format("2006") + "-" + n.Day}
	}
	at, err := time.Parse(time.DateOnly, today)
	if err != nil {
		return nil
	}
	var days []string
	for year := at.Year(); year > at.Year()-yearsBack; year-- {
		day := time.Date(year, 1, 1, 0, 0, 0, 0, time.UTC).Format("2006") + "-" + n.Day
		if _, err := time.Parse(time.DateOnly, day); err == nil && day <= today {
			days = append(days, day)
		}
	}
	return days
}
