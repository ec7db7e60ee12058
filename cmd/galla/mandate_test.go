package main

import "testing"

// TestDebitDay: the day a person names is the date of the debit, read in India or in UTC.
func TestDebitDay(t *testing.T) {
	b, err := (&mandateNotifyCommand{Amount: "200", On: "2026-12-05"}).body()
	if err != nil {
		t.Fatal(err)
	}
	for _, at := range []string{b.On.Format("2006-01-02"), b.On.UTC().Format("2006-01-02")} {
		if at != "2026-12-05" {
			t.Errorf("the debit is on %s", at)
		}
	}
	if b, err = (&mandateNotifyCommand{Amount: "200"}).body(); err != nil || !b.On.IsZero() {
		t.Errorf("without a day: %v, %v", b.On, err)
	}
}
