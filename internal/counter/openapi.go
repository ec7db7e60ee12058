package counter

import (
	_ "embed"
	"net/http"

	"galla/internal/counter/validator"
)

// openapi describes the API (OpenAPI 3.1). A test holds it against the routes and against real answers.
//
//go:embed openapi.json
var openapi []byte

var openapiTag = validator.Strong(string(openapi))

// describe answers everybody alike, so anybody may keep it.
func describe(w http.ResponseWriter, r *http.Request) {
	w.Header().Set("ETag", openapiTag)
	w.Header().Set("Cache-Control", "no-cache")
	if validator.Done(w, r) {
		return
	}
	w.Header().Set("Content-Type", "application/json")
	w.Write(openapi)
}
