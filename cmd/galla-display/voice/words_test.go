package voice

import (
	"strings"
	"testing"

	"galla/internal/money"
)

func TestReceived(t *testing.T) {
	for _, tt := range []struct {
		paise  money.Paise
		en, hi string
	}{
		{0, "zero rupees received", "शून्य रुपये प्राप्त हुए"},
		{1, "one paisa received", "एक पैसा प्राप्त हुए"},
		{50, "fifty paise received", "पचास पैसे प्राप्त हुए"},
		{1_00, "one rupee received", "एक रुपया प्राप्त हुए"},
		{10_00, "ten rupees received", "दस रुपये प्राप्त हुए"},
		{21_00, "twenty one rupees received", "इक्कीस रुपये प्राप्त हुए"},
		{99_99, "ninety nine rupees and ninety nine paise received", "निन्यानवे रुपये और निन्यानवे पैसे प्राप्त हुए"},
		{100_00, "one hundred rupees received", "एक सौ रुपये प्राप्त हुए"},
		{105_00, "one hundred and five rupees received", "एक सौ पाँच रुपये प्राप्त हुए"},
		{250_00, "two hundred and fifty rupees received", "दो सौ पचास रुपये प्राप्त हुए"},
		{250_50, "two hundred and fifty rupees and fifty paise received", "दो सौ पचास रुपये और पचास पैसे प्राप्त हुए"},
		{1_000_00, "one thousand rupees received", "एक हज़ार रुपये प्राप्त हुए"},
		{1_005_00, "one thousand and five rupees received", "एक हज़ार पाँच रुपये प्राप्त हुए"},
		{12_345_00, "twelve thousand three hundred and forty five rupees received", "बारह हज़ार तीन सौ पैंतालीस " +
			"रुपये प्राप्त हुए"},
		{1_25_000_00, "one lakh twenty five thousand rupees received", "एक लाख पच्चीस हज़ार रुपये प्राप्त हुए"},
		{12_34_567_89, "twelve lakh thirty four thousand five hundred and sixty seven rupees and " +
			"eighty nine paise received",
			"बारह लाख चौंतीस हज़ार पाँच सौ सड़सठ रुपये और नवासी पैसे प्राप्त हुए"},
		{1_00_00_000_00, "one crore rupees received", "एक करोड़ रुपये प्राप्त हुए"},
		{250_00_00_000_00, "two hundred and fifty crore rupees received", "दो सौ पचास करोड़ रुपये प्राप्त हुए"},
	} {
		if got := Received(tt.paise, "en", false); got != tt.en {
			t.Errorf("%s in English: %q, want %q", tt.paise, got, tt.en)
		}
		hi := tt.hi
		if tt.paise == 1 || tt.paise == 1_00 {
			hi = strings.Replace(hi, "प्राप्त हुए", "प्राप्त हुआ", 1)
		}
		if got := Received(tt.paise, "hi", false); got != hi {
			t.Errorf("%s in Hindi: %q, want %q", tt.paise, got, hi)
		}
	}
	if got := Received(100, "en", true); got != "demo. one rupee received" {
		t.Errorf("a demonstration says %q", got)
	}
	if got := Received(200, "hi", true); got != "डेमो। दो रुपये प्राप्त हुए" {
		t.Errorf("a demonstration says %q", got)
	}
}
