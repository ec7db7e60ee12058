package file

import (
	"errors"
	"fmt"
	"io"
	"log/slog"
	"net/http"
	"time"
)

// Answer is such a file under way.
type Answer struct {
	W    http.ResponseWriter
	Kind string        // its content type
	Name string        // under which a browser keeps it
	Each time.Duration // that the reader has for one write; the whole takes as long as it takes

	// Before is run before the first byte; its error is the answer. It writes down who was given the file.
	Before func() error
	Log    *slog.Logger

	begun bool
}

// errGone says that nobody reads any more.
var errGone = errors.New("the client went away")

// Begin names the file. It is called by the first Write, and before it where a file may be empty.
func (a *Answer) Begin() error {
	if a.begun {
		return nil
	}
	if err := a.Before(); err != nil {
		return err
	}
	a.W.Header().Set("Content-Type", a.Kind)
	a.W.Header().Set("Content-Disposition", fmt.Sprintf("attachment; filename=%q", a.Name))
	a.begun = true
	return nil
}

var _ io.Writer = (*Answer)(nil)

// Write writes to the file.
func (a *Answer) Write(b []byte) (int, error) {
	if err := a.Begin(); err != nil {
		return 0, err
	}
	http.NewResponseController(a.W).SetWriteDeadline(time.Now().Add(a.Each))
	n, err := a.W.Write(b)
	if err != nil {
		err = fmt.Errorf("%w: %w", errGone, err)
	}
	return n, err
}

// End ends the file. err is what making it ended with, and is returned where nothing was written yet. Behind that it
// cuts the line, by http.ErrAbortHandler.
func (a *Answer) End(err error) error {
	if err == nil || !a.begun {
		return err
	}
	if !errors.Is(err, errGone) {
		a.Log.Error("export broke off", "error", err)
	}
	panic(http.ErrAbortHandler)
}
