package stand

import (
	"bytes"
	"flag"
	"image/png"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"galla/internal/upiqr"
)

var keep = flag.String("keep", "", "write the cards to this folder, to be looked at")

const payload = "upi://pay?ver=01&mode=15&pa=rzr.qrsharma@icic&pn=Sharma%20Stores&tr=RZP5dTToci20IfGNrqrv2&" +
	"tn=PaymenttoSharma&cu=INR&mc=5411&qrMedium=04"

// TestCard: the card is A6 at 300 dots an inch in every language, and its code is read back byte for byte by our own
// reader and by zbarimg.
func TestCard(t *testing.T) {
	for language := range scan {
		c := Card{Shop: "Sharma General Store", Name: "Counter 1", Payload: payload, Language: language}
		switch language {
		case "hi":
			c.Shop, c.Amount, c.Payload = "शर्मा जनरल स्टोर, महात्मा गांधी मार्ग", 1500, payload+"&am=15.00"
		case "ta":
			c.Demo = true
		}
		raw, err := c.PNG()
		if err != nil {
			t.Fatalf("%s: %v", language, err)
		}
		p, err := png.Decode(bytes.NewReader(raw))
		if err != nil || p.Bounds().Dx() != Width || p.Bounds().Dy() != Height ||
			!bytes.Contains(raw[:60], []byte("pHYs\x00\x00\x2e\x23\x00\x00\x2e\x23\x01")) {
			t.Errorf("%s: %v, %x", language, err, raw[:60])
		}
		if got, err := upiqr.DecodePicture(raw); err != nil || got != c.Payload {
			t.Errorf("%s: our reader reads %q, %v", language, got, err)
		}
		file := filepath.Join(t.TempDir(), language+".png")
		if *keep != "" {
			file = filepath.Join(*keep, language+".png")
		}
		if err := os.WriteFile(file, raw, 0o600); err != nil {
			t.Fatal(err)
		}
		out, err := exec.Command("zbarimg", "--quiet", "--raw", file).Output()
		if err != nil || strings.TrimSpace(string(out)) != c.Payload {
			t.Errorf("%s: zbarimg reads %q, %v", language, out, err)
		}
		again, err := c.PNG()
		if err != nil || !bytes.Equal(again, raw) {
			t.Errorf("%s: the same card is another picture, %v", language, err)
		}
	}
}

// TestCardRefused: what is no card is none.
func TestCardRefused(t *testing.T) {
	for name, c := range map[string]Card{
		"no code":       {Shop: "Sharma"},
		"no shop":       {Payload: payload},
		"too long":      {Shop: "Sharma", Payload: "upi://pay?pa=a@b&pn=" + strings.Repeat("x", 2400)},
		"a long shop":   {Shop: strings.Repeat("Sharma ", 60), Payload: payload},
		"no language":   {Shop: "Sharma", Payload: payload, Language: "xx"},
		"pictures only": {Shop: "☕☕", Payload: payload},
		"spaces for it": {Shop: "   ", Payload: payload},
	} {
		if raw, err := c.PNG(); err == nil {
			t.Errorf("%s: %d bytes", name, len(raw))
		}
	}
}

// TestCardLetters: a letter that no font has is left out, as on the customer's screen, and is no empty box.
func TestCardLetters(t *testing.T) {
	with, err := Card{Shop: "Sharma", Name: "चाय ☕", Payload: payload}.PNG()
	if err != nil {
		t.Fatal(err)
	}
	without, err := Card{Shop: "Sharma", Name: "चाय ", Payload: payload}.PNG()
	if err != nil || !bytes.Equal(with, without) {
		t.Errorf("the cup is drawn: %v", err)
	}
}
