package books

import (
	"encoding/csv"
	"slices"
	"strings"
	"testing"
	"time"

	"galla/state"
)

// TestCells (books.md 12): a spreadsheet takes no text for a number, a date or a formula.
func TestCells(t *testing.T) {
	for text, want := range map[string]string{
		"":                      "",
		"Asha Stores":           "Asha Stores",
		"007061076787":          `="007061076787"`,
		"412345678901 00706107": `="412345678901 00706107"`,
		"1129-2":                `="1129-2"`,
		"MAR-17":                `="MAR-17"`,
		`5" pipe`:               `="5"" pipe"`,
		"=HYPERLINK(1)":         "'=HYPERLINK(1)",
		"  =1+1":                "'  =1+1",
		"+91 98":                "'+91 98",
		"-1":                    "'-1",
		"@SUM(1)":               "'@SUM(1)",
		"\t=1":                  "'\t=1",
		"＝1":                    "'＝1",
		"चाय 2":                 `="चाय 2"`,
	} {
		if got := Cell(text); got != want {
			t.Errorf("%q becomes %q, want %q", text, got, want)
		}
		var file strings.Builder
		w := csv.NewWriter(&file)
		w.Write([]string{Cell(text), "x"})
		w.Flush()
		if back, err := csv.NewReader(strings.NewReader(file.String())).Read(); err != nil || back[0] != want {
			t.Errorf("%q is read as %q, %v", text, back, err)
		}
	}
}

// TestExportLineIsTheAccount: the sums of a line are the account's.
func TestExportLineIsTheAccount(t *testing.T) {
	b := newBench(t)
	id := open(t, b.till, 50000)
	p := b.till.Pay(id, 50000)
	b.till.Pay(id, 20000)
	b.till.Reverse(id, p, 10000)
	s, err := b.till.Sale(t.Context(), id)
	if err != nil {
		t.Fatal(err)
	}
	s.Payments[0].AccountType, s.Payments[0].Fee = "credit_card", 1000
	s.Payments[1].AccountType, s.Payments[1].Fee = "bank_account", 5
	line := ExportLine(s)
	for name, want := range map[string]string{"captured_rupees": "700.00", "refunded_rupees": "0.00",
		"reversed_rupees": "100.00", "kept_rupees": "400.00", "undecided_rupees": "200.00",
		"promised_rupees": "0.00", "account_type": "credit_card bank_account",
		"fee_rupees": "10.05", "name": `="1122-1"`} {
		if got := line[slices.Index(ExportHead, name)]; got != want || len(line) != len(ExportHead) {
			t.Errorf("%s is %s, want %s", name, got, want)
		}
	}
}

// TestExportNamesTheKind (corners.md 4): a line says how its sale came, and under which mandate or at which standing
// QR.
func TestExportNamesTheKind(t *testing.T) {
	for name, tc := range map[string]struct {
		sale state.Sale
		want []string
	}{
		"counter": {state.Sale{}, []string{"counter", "", "", ""}},
		"mandate": {
			state.Sale{Kind: state.KindMandate, Debit: &state.Debit{Mandate: "MND1"}},
			[]string{"mandate", `="MND1"`, "", ""},
		},
		"standing": {
			state.Sale{Kind: state.KindStanding, Standing: &state.Standing{QR: "qr_A", Name: "=Till"}},
			[]string{"standing", "", "qr_A", "'=Till"},
		},
		"a standing QR without a name": {
			state.Sale{Kind: state.KindStanding, Standing: &state.Standing{QR: "qr_A"}},
			[]string{"standing", "", "qr_A", ""},
		},
	} {
		line := ExportLine(tc.sale)
		if got := line[len(line)-4:]; !slices.Equal(got, tc.want) || len(line) != len(ExportHead) {
			t.Errorf("%s: %q, want %q", name, got, tc.want)
		}
	}
}

// TestExportOfOldDays reads the days that are asked for and no others.
func TestExportOfOldDays(t *testing.T) {
	b := newBench(t)
	at := time.Date(2026, 11, 1, 5, 0, 0, 0, time.UTC)
	b.till.Now = func() time.Time { return at }
	for range 9 {
		for range 600 {
			open(t, b.till, 100)
		}
		at = at.AddDate(0, 0, 1)
	}
	c := &counted{Till: b.till}
	b.restart(t, c)
	days := map[string]int{}
	last := ""
	if err := b.Export(t.Context(), "2026-11-02", "2026-11-03", func(page []state.Sale) error {
		for _, s := range page {
			days[s.Day]++
			if last != "" && s.ID >= last {
				t.Fatalf("%s after %s", s.ID, last)
			}
			last = s.ID
		}
		return nil
	}); err != nil || len(days) != 2 || days["2026-11-02"] != 600 || days["2026-11-03"] != 600 ||
		c.sales.Load() != 1200 {
		t.Errorf("%v, %d sales read, %v", days, c.sales.Load(), err)
	}
}

// TestDoor_12: no column of the export is a formula, whatever a sale holds, and whichever sign a spreadsheet parts
// cells by.
func TestDoor_12(t *testing.T) {
	evil := []string{"=1+1", " =1+1", "＝1+1", "x;=1+1", "a7;=1", "\u00a0@SUM(A1)", "+1", "-1", "﹦1"}
	for _, text := range evil {
		s := state.Sale{
			ID:        text,
			Day:       text,
			Phase:     state.Phase(text),
			Tender:    state.Tender(text),
			Reference: text,
			Note:      text,
			By:        text,
			Payments:  []state.Payment{{RRN: text, AccountType: text, Status: state.PaymentCaptured, Amount: 1}},
			Attention: []state.Attention{{Kind: state.AttentionKind(text)}},
			Attempts:  []state.Attempt{{Gateway: text}},
			Kind:      state.SaleKind(text),
			Debit:     &state.Debit{Mandate: text},
			Standing:  &state.Standing{QR: text, Name: text},
		}
		for i, field := range ExportLine(s) {
			if strings.HasPrefix(field, `="`) && !strings.Contains(field[2:len(field)-1], `;=`) {
				continue // a text, written as a formula
			}
			for part := range strings.SplitSeq(field, ";") {
				if first := strings.TrimLeft(part, " \u00a0\t"); first != "" &&
					strings.ContainsRune("=+-@＝﹦", []rune(first)[0]) {
					t.Errorf("column %s of a sale with %q is %q", ExportHead[i], text, field)
				}
			}
		}
	}
}

// TestDoor_12_Semicolon: a line of the export, read where semicolons end cells, has no formula that somebody typed: a
// quotation mark behind one must not end the text that our own quotes begin.
func TestDoor_12_Semicolon(t *testing.T) {
	for _, text := range []string{`x;=A`, `x;"=A`, `x; "=SUM(A:B);"`, `x;=1`, `x;"=1`, `x;""=1`, `x; "" =1`, `7;"=1`,
		`7;"";"=1`, `x;"=HYPERLINK(A1);"`, `";=1`, `"=1;"+1`, `x;'"=1`} {
		var b strings.Builder
		w := csv.NewWriter(&b)
		if err := w.Write(ExportLine(state.Sale{ID: "S1", Day: "2026-11-22",
			Reference: text, Note: text, By: "cashier:asha"})); err != nil {
			t.Fatal(err)
		}
		w.Flush()
		for i, cell := range bySemicolon(strings.TrimSuffix(b.String(), "\n")) {
			if cell = strings.TrimSpace(cell); i > 0 && cell != "" && strings.ContainsRune("=+-@", rune(cell[0])) {
				t.Errorf("with %s a cell is %s, of %s", text, cell, b.String())
			}
		}
	}
}

// bySemicolon reads a line as a spreadsheet does whose cells end at semicolons: what begins with a quotation mark goes
// on to the next single one, and what stands behind that belongs to the cell.
func bySemicolon(line string) (cells []string) {
	var cell strings.Builder
	start, quoted := true, false
	for i := 0; i < len(line); i++ {
		switch c := line[i]; {
		case quoted && c == '"' && i+1 < len(line) && line[i+1] == '"':
			cell.WriteByte('"')
			i++
		case quoted && c == '"':
			quoted = false
		case start && c == '"':
			quoted, start = true, false
		case !quoted && c == ';':
			cells = append(cells, cell.String())
			cell.Reset()
			start = true
		default:
			cell.WriteByte(c)
			start = false
		}
	}
	return append(cells, cell.String())
}
