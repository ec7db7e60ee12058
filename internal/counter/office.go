package counter

import (
	"context"
	"io"
	"net/http"

	"galla/internal/counter/wire"
)

// Office is the box's place in a chain of shops as the counter needs it. Its calls may be made from any goroutine; they
// wait for the office, 20 s at most. Join and Leave are written into the chain of events with who asked.
type Office interface {
	Status() wire.Office
	Look(ctx context.Context, b wire.LookAtOffice) (wire.OfficePlace, error)
	Join(ctx context.Context, by string, b wire.JoinOffice) (wire.Office, error)
	Leave(ctx context.Context, by string) (wire.Office, error)
	Export(ctx context.Context, w io.Writer) error // refuses before the first byte where there is no office
}

func (c *Counter) showOffice(w http.ResponseWriter, _ *http.Request, _ Caller) error {
	return answer(w, http.StatusOK, c.office.Status())
}

func (c *Counter) lookAtOffice(w http.ResponseWriter, r *http.Request, who Caller) error {
	var b wire.LookAtOffice
	if _, err := c.write(w, r, who, &b); err != nil {
		return err
	}
	place, err := c.office.Look(r.Context(), b)
	if err != nil {
		return err
	}
	return answer(w, http.StatusOK, place)
}

func (c *Counter) joinOffice(w http.ResponseWriter, r *http.Request, who Caller) error {
	var b wire.JoinOffice
	if _, err := c.write(w, r, who, &b); err != nil {
		return err
	}
	who, err := c.prove(who, Owner, b.Acting)
	if err != nil {
		return err
	}
	is, err := c.office.Join(r.Context(), who.Name, b)
	if err != nil {
		return err
	}
	return answer(w, http.StatusOK, is)
}

func (c *Counter) leaveOffice(w http.ResponseWriter, r *http.Request, who Caller) error {
	var b wire.Acting
	if _, err := c.write(w, r, who, &b); err != nil {
		return err
	}
	who, err := c.prove(who, Owner, b)
	if err != nil {
		return err
	}
	is, err := c.office.Leave(r.Context(), who.Name)
	if err != nil {
		return err
	}
	return answer(w, http.StatusOK, is)
}

// exportForOffice makes the chain a file for the office.
func (c *Counter) exportForOffice(w http.ResponseWriter, r *http.Request, who Caller) error {
	out := c.file(w, who, "segments", "", "")
	out.Kind = "application/octet-stream"
	return out.End(c.office.Export(r.Context(), out))
}
