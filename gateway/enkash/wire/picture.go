package wire

import (
	"encoding/base64"
	"errors"
	"fmt"
	"strings"

	"galla/internal/upiqr"
)

// MaxPictureText bounds the base64 text of a QR picture, in bytes.
const MaxPictureText = 2 << 20

// QRString prefers the string; a bare base64 picture, with or without a data: prefix, is read like a camera would.
func QRString(link, picture string) (string, error) {
	if low := strings.ToLower(link); strings.HasPrefix(low, "upi:") || strings.HasPrefix(link, "000201") {
		return link, nil
	}
	if picture == "" {
		return "", errors.New("the answer has neither a upi:// string nor a picture")
	}
	data, err := decodeBase64(picture)
	if err != nil {
		return "", err
	}
	s, err := upiqr.DecodePicture(data)
	if err != nil {
		return "", fmt.Errorf("the QR picture cannot be read: %w", err)
	}
	return s, nil
}

func decodeBase64(s string) ([]byte, error) {
	if len(s) > MaxPictureText {
		return nil, fmt.Errorf("the QR picture is %d bytes of base64: at most %d are read", len(s), MaxPictureText)
	}
	if rest, ok := strings.CutPrefix(s, "data:"); ok {
		_, body, found := strings.Cut(rest, ",")
		if !found {
			return nil, errors.New("the QR picture's data: prefix has no comma")
		}
		s = body
	}
	s = strings.Map(func(r rune) rune {
		switch r {
		case '\r', '\n', ' ', '\t', '=':
			return -1
		case '-':
			return '+'
		case '_':
			return '/'
		}
		return r
	}, s)
	data, err := base64.RawStdEncoding.DecodeString(s)
	if err != nil {
		return nil, fmt.Errorf("the QR picture is no base64: %w", err)
	}
	return data, nil
}
