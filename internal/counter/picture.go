package counter

import (
	"crypto/sha256"
	"encoding/base64"
	"net/http"

	"galla/internal/counter/picture"
	"galla/internal/counter/wire"
)

func (c *Counter) showPicture(w http.ResponseWriter, r *http.Request, _ Caller) error {
	p, err := c.pictured(r)
	if err != nil {
		return err
	}
	return answer(w, http.StatusOK, p)
}

// pictureStyle lets a browser that opens the picture use its own style sheet, and nothing else.
var pictureStyle = func() string {
	sum := sha256.Sum256([]byte(picture.Style))
	return noPage + "; style-src 'sha256-" + base64.StdEncoding.EncodeToString(sum[:]) + "'"
}()

func (c *Counter) drawPicture(w http.ResponseWriter, r *http.Request, _ Caller) error {
	p, err := c.pictured(r)
	if err != nil {
		return err
	}
	w.Header().Set("Content-Type", "image/svg+xml")
	w.Header().Set("Content-Security-Policy", pictureStyle)
	_, err = w.Write(picture.SVG(p))
	return err
}

func (c *Counter) pictured(r *http.Request) (wire.Picture, error) {
	v, err := query(r, "day")
	if err != nil {
		return wire.Picture{}, err
	}
	return c.books.Picture(r.Context(), v.Get("day"))
}
