package counter

import (
	"cmp"
	"crypto/sha256"
	"encoding/base64"
	"net/http"
	"time"

	"galla/internal/counter/picture"
	"galla/internal/counter/query"
	"galla/internal/counter/validator"
	"galla/internal/counter/wire"
)

func (c *Counter) showPicture(w http.ResponseWriter, r *http.Request, who Caller) error {
	p, known, err := c.pictured(w, r, who)
	if err != nil || known {
		return err
	}
	return answer(w, http.StatusOK, p)
}

// pictureStyle lets a browser that opens the picture use its own style sheet, and nothing else.
var pictureStyle = func() string {
	sum := sha256.Sum256([]byte(picture.Style))
	return noPage + "; style-src 'sha256-" + base64.StdEncoding.EncodeToString(sum[:]) + "'"
}()

func (c *Counter) drawPicture(w http.ResponseWriter, r *http.Request, who Caller) error {
	p, known, err := c.pictured(w, r, who)
	if err != nil || known {
		return err
	}
	w.Header().Set("Content-Type", "image/svg+xml")
	w.Header().Set("Content-Security-Policy", pictureStyle)
	_, err = w.Write(picture.SVG(p))
	return err
}

// pictured reads the picture's figures; known: the client has them, and was told so. Those of today hold the others' up
// to this time of day, so their tag is a weak one, of a minute.
func (c *Counter) pictured(w http.ResponseWriter, r *http.Request, who Caller) (p wire.Picture, known bool, err error) {
	v, err := query.Of(r, "day")
	if err != nil {
		return p, false, err
	}
	seq, err := c.till.Seq()
	if err != nil {
		return p, false, err
	}
	asked, today := v.Get("day"), c.names.Today()
	tag, minute := validator.Strong, ""
	if asked == "" || asked == today {
		tag, minute = validator.Weak, c.now().UTC().Format("15:04")
	}
	if _, err := time.Parse(time.DateOnly, cmp.Or(asked, today)); err == nil &&
		c.unchanged(w, r, who, tag, seq, today, minute) {
		return p, true, nil
	}
	p, err = c.books.Picture(r.Context(), asked)
	return p, false, err
}
