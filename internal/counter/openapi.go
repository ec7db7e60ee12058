package counter

import (
	_ "embed"
	"net/http"
)

// openapi describes the API (OpenAPI 3.1). A test holds it against the routes and against real answers.
//
//go:embed openapi.json
var openapi []byte

func describe(w http.ResponseWriter, r *http.Request) {
	w.Header().Set("Content-Type", "application/json")
	w.Write(openapi)
}
