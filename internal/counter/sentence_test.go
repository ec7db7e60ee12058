package counter

import (
	"bytes"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"galla/gateway"
	"galla/internal/counter/wire"
	"galla/internal/counter/wire/catalogue"
)

const sentencePage = "../../packaging/docs/sentences.md"

// TestSentencePage: the page of all sentences is that of the catalogue; go test -update writes it.
func TestSentencePage(t *testing.T) {
	var b bytes.Buffer
	fmt.Fprint(&b, `# Every sentence, its evidence, and what to do next

Made from the catalogue by `+"`go test ./internal/counter -run TestSentencePage -update`"+
		`; do not edit it. The API gives each sentence as a code with its values,
and its English beside it: `+"`message`, `message_code`, `message_values`"+`, and in the same way for `+
		"`detail`, `says` and `problem`"+`. A value stands in braces; in JSON an
amount's name ends in `+"`_paise`, a moment's in `_at`, a date's in `_day`, a number's in `_count`"+
		`. Codes are only ever added. The console says them in English,
Hindi, Marathi, Tamil, Telugu and Bengali.
`)
	cell := func(s string) string {
		s = strings.ReplaceAll(s, "|", "\\|")
		return regexp.MustCompile(`<`).ReplaceAllString(s, "&lt;")
	}
	seen := map[string]bool{}
	for _, area := range catalogue.Areas {
		fmt.Fprintf(&b, "\n## %s\n\n| code | sentence | evidence | next step |\n|---|---|---|---|\n", area.Name)
		for _, s := range area.Sentences {
			if seen[s.Code] || s.Text == "" || s.Evidence == "" {
				t.Errorf("%q stands twice, says nothing or has no evidence", s.Code)
			}
			seen[s.Code] = true
			fmt.Fprintf(&b, "| `%s` | %s | %s | %s |\n", s.Code, cell(s.Text), cell(s.Evidence), cell(s.Next))
		}
	}
	fmt.Fprint(
		&b,
		"\n## Gateways\n\nThe evidence of each is the gateway's own answer, or that none came. Its sentence holds "+
			"its next step.\n\n| code | sentence |\n|---|---|\n",
	)
	for _, s := range gateway.Sentences {
		if seen[s.Code] {
			t.Errorf("%q stands twice", s.Code)
		}
		seen[s.Code] = true
		fmt.Fprintf(&b, "| `%s` | %s |\n", s.Code, cell(s.Text))
	}

	if *update {
		if err := os.WriteFile(sentencePage, b.Bytes(), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	got, err := os.ReadFile(sentencePage)
	if err != nil || !bytes.Equal(got, b.Bytes()) {
		t.Errorf("%s is not that of the catalogue (run go test -update): %v", sentencePage, err)
	}
}

// TestSentencesAreSaid: every code that the sources say is in the catalogue, and the catalogue has no other.
func TestSentencesAreSaid(t *testing.T) {
	said := map[string]string{}
	find := func(dir, pattern, form string) {
		t.Helper()
		re, n := regexp.MustCompile(pattern), 0
		err := filepath.WalkDir(dir, func(path string, d fs.DirEntry, err error) error {
			if err != nil || d.IsDir() || !strings.HasSuffix(path, ".go") || strings.HasSuffix(path, "_test.go") ||
				strings.Contains(path, "wire/catalogue/") {
				return err
			}
			source, err := os.ReadFile(path)
			for _, m := range re.FindAllSubmatch(source, -1) {
				n++
				said[strings.NewReplacer("$1", string(m[1]), "$2", string(m[len(m)-1])).Replace(form)] = path
			}
			return err
		})
		if err != nil || n == 0 {
			t.Errorf("%s: %q is found %d times: %v", dir, pattern, n, err)
		}
	}

	find("wire", `"((?:sale|item|refund)_[a-z_]+)"`, "$1")
	// put before a status or a kind; a field
	for _, built := range []string{"sale_refund_", "item_", "refund_", "sale_id"} {
		delete(said, built)
	}
	find("../../state", `Attention\w+ +AttentionKind = "([a-z_]+)"`, "item_$1")
	find("../../state", `Refund\w+ +RefundStatus = "([a-z_]+)"`, "refund_$1")
	for _, status := range []string{"asked", "pending"} {
		said["sale_refund_"+status] = "wire/message.go"
	}
	find("../standing", `"(standing_[a-z_]+[a-z])"`, "$1")
	find("../../cmd/gallad", `"(standing_[a-z_]+[a-z])"`, "$1")
	find("../mandate", `refuse\(\s*"([a-z_]+)"`, "problem_$1")
	find("wire", `"(mandate_[a-z_]+[a-z])"`, "$1")
	find("../mandate", `Step = +"([a-z_]+)"`, "mandate_$1")
	find("../mandate", `State += "([a-z]+)"`, "mandate_$1")
	for _, debit := range []string{"under_way", "undecided", "paid", "not_paid"} { // of a debit, not of a mandate
		delete(said, "mandate_"+debit)
	}
	find("problem", `newKind\(\s*"([a-z-]+)"`, "problem_$1")
	find(".", `Coded\([\s\S]*?,\s*"([a-z_]+)",\s`, "problem_$1")
	find("../people", `\.as\(\s*"([a-z_]+)",?\s*\)`, "problem_$1")
	find("../people", `\bas\(\s*"([a-z_]+)",?\s*\)`, "problem_$1")
	find("../membership", `refuse\(\s*"([a-z_]+)"`, "problem_$1")
	find("../membership", `Trouble\(\s*"(office_[a-z_]+)"`, "$1")
	find("../uplink", `Trouble = "([a-z]+)"`, "office_$1")
	find(".", `"(health_[a-z_]+[a-z])"`, "$1")
	find("../till", `"(health_[a-z_]+)"`, "$1")
	for _, condition := range []string{"paper_out", "cover_open"} {
		said["health_printer_"+condition] = "health.go"
	}
	find("../doctor", `"(doctor_[a-z_]+[a-z])"`, "$1")
	find("../doctor", `\b(?:ok|note|bad)\(\s*"([a-z]+)",\s*"([a-z_]+)"`, "doctor_$1_$2")
	find("../doctor", `\bquoted\(\s*wire\.Level\w+,\s*"([a-z]+)",\s*"([a-z_]+)"`, "doctor_$1_$2")
	for _, link := range []string{"gateway", "keys", "feature", "clock"} { // of an examination, by its level
		for _, level := range []string{"ok", "note", "bad"} {
			said["doctor_"+link+"_"+level] = "../doctor/account.go"
		}
	}
	find("../doctor", `"(doctor_card_[a-z]+)"`, "$1")
	for _, condition := range []string{"printer_gone", "printer_offline", "printer_error", "paper_out", "paper_cover"} {
		said["doctor_"+condition] = "../doctor/paper.go"
	}

	known := map[string]bool{}
	for code, path := range said {
		code = strings.ReplaceAll(code, "-", "_")
		known[code] = true
		if !wire.Known(code) {
			t.Errorf("%s says %q, which the catalogue lacks", path, code)
		}
	}
	for _, area := range catalogue.Areas {
		for _, s := range area.Sentences {
			if !known[s.Code] {
				t.Errorf("the catalogue has %q, which nobody says", s.Code)
			}
		}
	}
}

// TestWrongPINIsNoWrongCode: what a person typed wrong in two places has a code for each (counter.md 4).
func TestWrongPINIsNoWrongCode(t *testing.T) {
	b := newEither(t)
	b.staff(t)
	p := b.pairPhone(t, "")
	pin := p.want(t, 403, "POST", "/v1/session", `{"name":"asha","pin":"0007"}`).Body.String()
	code := b.call(trusted, "POST", "/v1/devices", `{"code":"00000000","name":"pc"}`).Body.String()
	if !strings.Contains(pin, `"detail_code":"problem_wrong_pin"`) ||
		!strings.Contains(code, `"detail_code":"problem_wrong_pairing_code"`) {
		t.Errorf("a wrong PIN is %s, a wrong code %s", pin, code)
	}
}
