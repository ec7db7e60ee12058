package gateway

import (
	"bytes"
	"errors"
	"testing"
)

func TestGuard(t *testing.T) {
	for line, clean := range map[string]bool{
		`{"path":"/v1/qr","got":{"vpa":"redacted@okaxis"}}`:             true,
		`{"got":{"note":"paid by ra****@okaxis"}}`:                      true,
		`{"got":{"image_content":"upi://pay?pa=redacted@ybl&am=1.00"}}`: true,
		`{"path":"/v1/qr?vpa=rahul%40okaxis"}`:                          false,
		`{"got":{"vpa":"rahul.k@okaxis"}}`:                              false,
		`{"sent":{"key":"very-secret"}}`:                                false,
		`{"got":{"amount":100}}`:                                        true,
	} {
		var out bytes.Buffer
		n, err := Guard(&out, "", "very-secret").Write([]byte(line))
		switch {
		case clean && (err != nil || n != len(line) || out.String() != line):
			t.Errorf("%s: %v, wrote %q", line, err, out.String())
		case !clean && (!errors.Is(err, ErrLeak) || out.Len() > 0):
			t.Errorf("%s: %v, wrote %q", line, err, out.String())
		}
	}
}
