package enkash

import "net/http"

func (f *fake) more(r *http.Request, body []byte) (int, string, bool) { return 0, "", false }
