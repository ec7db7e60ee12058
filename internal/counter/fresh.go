package counter

import (
	"encoding/json"
	"net/http"

	"galla/internal/counter/validator"
)

// unchanged gives the answer to a GET its entity tag, and says that the client has that answer already: it is told so,
// and nothing is left to do. of is all that the answer depends on beside the address, the caller and this process,
// which ends before an update or another sales file can say something else. It is asked before the answer is read: what
// comes in between is newer than the tag, and costs the next request a whole answer.
func (c *Counter) unchanged(w http.ResponseWriter, r *http.Request, who Caller,
	tag func(...any) string, of ...any) bool {
	validator.Give(w, r, tag(append(of, c.born, who.Role, who.Name, r.URL.Path, r.URL.RawQuery)...))
	return validator.Done(w, r)
}

// answerKnown answers with what lies in memory and is short: its bytes are its tag. A write is answered whole.
func (c *Counter) answerKnown(w http.ResponseWriter, r *http.Request, who Caller, v any) error {
	raw, err := json.Marshal(v)
	if err != nil {
		return err
	}
	if r.Method != http.MethodPost && c.unchanged(w, r, who, validator.Strong, string(raw)) {
		return nil
	}
	return answer(w, http.StatusOK, v)
}
