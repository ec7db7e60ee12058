package query

import (
	"fmt"
	"net/http"
	"net/url"
	"slices"
	"strconv"
	"strings"

	"galla/internal/counter/problem"
	"galla/internal/spelling"
)

// Of reads the address's values, each known and at most once.
func Of(r *http.Request, known ...string) (url.Values, error) {
	v, err := url.ParseQuery(r.URL.RawQuery)
	if err != nil {
		return nil, problem.New(problem.BadQuery, "the part of the address after ? can't be read",
			"Escape special characters.")
	}
	for k, vals := range v {
		if !slices.Contains(known, k) {
			p := problem.New(
				problem.BadQuery,
				fmt.Sprintf("the value %.40q in the address is not known here", k),
				instead(r, k, known),
			)
			p.Field = fmt.Sprintf("%.60s", k)
			return nil, p
		}
		if len(vals) > 1 {
			return nil, problem.New(
				problem.BadQuery,
				fmt.Sprintf("the value %q comes twice in the address", k),
				"Give it once.",
			)
		}
	}
	return v, nil
}

// instead says what to do in the place of a value of the address that is not known.
func instead(r *http.Request, name string, known []string) string {
	switch {
	case name == "day" && strings.HasPrefix(r.URL.Path, "/v1/reports/") && r.Method == http.MethodGet:
		return "This report is of one day already. Of another: GET /v1/reports/z has the closed days, GET " +
			"/v1/reports/picture?day= one day's hours."
	case len(known) == 0 && r.Method == http.MethodGet:
		return "Leave it out: this call takes none."
	case len(known) == 0:
		return "Leave it out: what this call takes goes into its body."
	}
	next := "It takes " + strings.Join(known, ", ") + "."
	if near := spelling.Nearest(name, known); near != "" {
		next = fmt.Sprintf("Did you mean %q? %s", near, next)
	}
	return next
}

// Number reads a whole number; left out it is 0.
func Number(v url.Values, name string) (uint64, error) {
	s := v.Get(name)
	if s == "" {
		return 0, nil
	}
	n, err := strconv.ParseUint(s, 10, 63)
	if err != nil {
		return 0, problem.New(
			problem.BadQuery,
			fmt.Sprintf("%s is %.40q, which is not a whole number", name, s),
			"Give digits only.",
		)
	}
	return n, nil
}

// Limit reads how much of something a page has at most: 0 where nothing was said.
func Limit(v url.Values, most uint64, of, onward string) (int, error) {
	n, err := Number(v, "limit")
	switch {
	case err != nil:
		return 0, err
	case n > most:
		return 0, problem.New(
			problem.BadQuery,
			fmt.Sprintf("limit is %d: a page has %d %s at most", n, most, of),
			fmt.Sprintf("Ask for %d or fewer and page with %s.", most, onward),
		)
	case n == 0 && v.Get("limit") != "":
		return 0, problem.New(problem.BadQuery, "limit is 0, and a page has something",
			fmt.Sprintf("Give 1 to %d, or leave limit out.", most))
	}
	return int(n), nil
}

// Yes reads true or false; left out it is false.
func Yes(v url.Values, name string) (bool, error) {
	switch s := v.Get(name); s {
	case "", "false":
		return false, nil
	case "true":
		return true, nil
	default:
		return false, problem.New(problem.BadQuery, fmt.Sprintf("%s is %.40q", name, s), "Give true or false.")
	}
}
