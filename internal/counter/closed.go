package counter

import (
	"net/http"

	"galla/internal/counter/problem"
)

// Closed answers every request with why there is no counter now and what to do: for a gallad that may not sell, and
// must not leave its callers without a word.
func Closed(why, next string) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Cache-Control", "no-store")
		problem.Write(w, problem.Coded(problem.New(problem.NotReady, why, next), "out_of_service", nil))
	})
}
