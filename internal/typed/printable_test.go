package typed

import (
	"bytes"
	"encoding/json"
	"fmt"
	"strings"
	"testing"
	"unicode"
	"unicode/utf8"
)

// honest are texts that shops write.
var honest = []string{
	"",
	"BILL-17",
	"Tea & 2 × बिस्कुट — ₹250.00",
	"अशा जनरल स्टोअर्स",
	"ನಮಸ್ಕಾರ",
	"தமிழ்",
	"తెలుగు",
	"বাংলা",
	"ગુજરાતી",
	"ਪੰਜਾਬੀ",
	"ଓଡ଼ିଆ",
	"മലയാളം",
	"اردو",
	"Zoë",
	"e\u0301",
	"क्\u200dष",
	"র\u200d্য",
	"ന്\u200d",
	"می\u200cخواهم",
	"👨\u200d👩\u200d👧",
	"❤\ufe0f",
	"👍🏽",
	"1\ufe0f⃣",
	"日本 ＝",
	"a\u00a0b",
	"①½²",
	"°C ±5%",
}

// hidden are texts with something that is not seen, or that changes what is.
var hidden = []string{
	"a\u202eb",
	"a\u2066b",
	"\u2067a",
	"a\u2069",
	"a\u200eb",
	"a\u061cb",
	"a\u200bb",
	"a\u2060b",
	"a\ufeffb",
	"a\u2028b",
	"a\u2029b",
	"a\x00",
	"a\x1b[31m",
	"a\tb",
	"a\nb",
	"a\rb",
	"a\x7f",
	"a\u0080",
	"a\u009b31m",
	"a\u00adb",
	"a\u034fb",
	"a\u115fb",
	"a\u3164b",
	"a\uffa0b",
	"a\u2800b",
	"a\u180eb",
	"\U000e0041",
	"a\ufe0fb",
	"\ufe0f",
	"a\u200db",
	"\u200da",
	"1\u200d",
	"क\u200d\u200d",
	"a\xffb",
	"\xc3",
	"a\ue000",
	"a\u0378b",
	"a\ufffcb",
	"a\ufffdb",
	"a" + strings.Repeat("\u0301", 9),
	"\u0301a",
	"a\u17b4b",
}

// TestDoor_11: one function says what a text may hold, and the two that mend one mend each of these.
func TestDoor_11(t *testing.T) {
	for _, s := range honest {
		if !Printable(s) {
			t.Errorf("%+q is refused", s)
		}
		if got := Clean(s, 200); got != strings.Join(strings.Fields(s), " ") {
			t.Errorf("Clean(%+q) = %+q", s, got)
		}
		if got := Escape(s); got != s {
			t.Errorf("Escape(%+q) = %+q", s, got)
		}
	}
	for _, s := range hidden {
		if Printable(s) {
			t.Errorf("%+q is taken", s)
		}
		if got := Clean(s, 200); !Printable(got) {
			t.Errorf("Clean(%+q) = %+q", s, got)
		}
		unseen := func(r rune) bool {
			return r != '\n' && r != '\t' && !Visible(r) && !strings.ContainsRune("\u200d\ufe0f", r)
		}
		if got := Escape(s); strings.ContainsFunc(strings.ReplaceAll(got, "\x1b[31m", ""), unseen) {
			t.Errorf("Escape(%+q) = %+q", s, got)
		}
	}
	// no control and no format character but the joiners, whatever stands around it
	for r := range rune(unicode.MaxRune + 1) {
		if unicode.In(r, unicode.Cc, unicode.Cf, unicode.Zl, unicode.Zp, unicode.Co, unicode.Cs) && r != joiner &&
			r != nonJoiner {
			if Printable("क"+string(r)+"क") || strings.ContainsRune(Clean("क"+string(r)+"क", 9), r) {
				t.Fatalf("%U is taken", r)
			}
		}
	}
}

// TestTerminal: a terminal gets colours, lines and tables, and nothing else that it obeys; JSON stays JSON.
func TestTerminal(t *testing.T) {
	var out bytes.Buffer
	fmt.Fprintf(Terminal(&out), "\x1b[32mpaid\x1b[39m\ta\u202eb\x1b]0;title\x07 \x1b[2J \u009b \U000e0041\n")
	if got, want := out.String(), "\x1b[32mpaid\x1b[39m\ta\\u202eb\\u001b]0;title\\u0007 \\u001b[2J \\u009b "+
		"\\udb40\\udc41\n"; got != want {
		t.Errorf("%q, want %q", got, want)
	}
	raw, err := json.Marshal("a\u202eb\U000e0041\u009b")
	var back string
	if err != nil || json.Unmarshal([]byte(Escape(string(raw))), &back) != nil || back != "a\u202eb\U000e0041\u009b" {
		t.Errorf("%s: %v, %q", raw, err, back)
	}
}

// TestDoor_12: what a spreadsheet takes for a formula begins with a quote, behind blanks, in full width and behind a
// semicolon too.
func TestDoor_12(t *testing.T) {
	for s, want := range map[string]string{
		"BILL-17": "BILL-17", "a=1": "a=1", "": "", ";": ";", "a;b": "a;b",
		"=1+1": "'=1+1", " =1+1": "' =1+1", "\u00a0=1": "'\u00a0=1", "\t=1": "'\t=1", "\u3000@A": "'\u3000@A",
		"＝1+1": "'＝1+1", "﹢1": "'﹢1", "-1": "'-1", "@SUM": "'@SUM",
		`a;"=1`: `a;'"=1`, `a;""=1`: `a;'""=1`, `"=1`: `'"=1`, `"a"`: `"a"`,
		"x;=1+1": "x;'=1+1", "x; ＝1": "x;' ＝1", ";;+1": ";;'+1", "\u200b=1": "'\u200b=1", "=a;=b": "'=a;'=b",
	} {
		if got := Inert(s); got != want {
			t.Errorf("Inert(%+q) = %+q, want %+q", s, got, want)
		}
	}
}

// TestDoor_14: names that look the same are the same; others are not.
func TestDoor_14(t *testing.T) {
	for _, same := range [][2]string{
		{"Asha", "Аsha"}, {"Asha", "asha"}, {"Asha", "ASHA"}, {"Asha", "Ａｓｈａ"}, {"Asha", "аѕһа"}, {"Asha", "Αsha"},
		{"Ali", "AIi"}, {"Ali", "A1i"}, {"Till 1", "Till l"},
		{"Counter 0", "Counter O"}, {"Counter 0", "Counter ०"}, {"Bar 8", "Bar ৪"}, {"Ravi Kumar", "Ravi  Kumar"},
		{"Ravi Kumar", "Ravi\u00a0Kumar"}, {"Zoë", "Zoe\u0308"}, {"రాజు బ", "రాజు ಬ"},
		{"राम", "राम\u200d"}, {"O'Neil", "O’Neil"}, {"ОLЕG", "oleg"}, {"Ravi", "Ravi\u0307"}, {"Ravi", "Ravi."},
		{"Ravi", "'Ravi' -"}, {"İnci", "inci"},
		{"आशा", "\u0905\u093e\u0936\u093e"}, {"ओम", "\u0905\u094bम"}, {"ओम", "\u0906\u0947म"},
		{"ओम", "\u0905\u093e\u0947म"},
		{"ऐश", "\u090f\u0947श"}, {"गोपी", "ग\u093e\u0947पी"}, {"আশা", "\u0985\u09beশা"}, {"ਆਸ਼ਾ", "\u0a05\u0a3eਸ਼ਾ"},
		{"ਉਮਾ", "\u0a73\u0a41ਮਾ"},
		{"આશા", "\u0a85\u0abeશા"}, {"એશા", "\u0a85\u0ac7શા"}, {"ଆଶା", "\u0b05\u0b3eଶା"}, {"ஔவை", "ஒளவை"},
		{"ఔ", "\u0c12\u0c4c"},
		{"ಔ", "\u0c92\u0ccc"}, {"ഈശ", "\u0d07\u0d57ശ"}, {"ഓം", "\u0d12\u0d3eം"}, {"മോഹൻ", "മോഹന്\u200d"},
		{"Ram", "Rarn"}, {"Till 0", "Till ๐"},
	} {
		if !Alike(same[0], same[1]) {
			t.Errorf("%q and %q look different: %q, %q", same[0], same[1], look(same[0]), look(same[1]))
		}
	}
	for _, other := range [][2]string{
		{"Asha", "Usha"}, {"Ali", "Ail"}, {"Neil", "Nell"}, {"Ravi", "Rani"}, {"राम", "राय"}, {"Asha", "आशा"},
		{"Zoë", "Zoe"}, {"Till 1", "Till 2"}, {"రాజు", "రాజా"}, {"বাবু", "বাবা"},
		{"आशा", "अशा"}, {"ओम", "उम"}, {"മോഹൻ", "മോഹന"}, {"ഇശ", "ഈശ"}, {"Arun", "Amun"}, {"Vivek", "Wivek"},
	} {
		if Alike(other[0], other[1]) {
			t.Errorf("%q and %q look the same: %q", other[0], other[1], look(other[0]))
		}
	}
}

// TestDoor_14_Words: a word is of one script, or a letter of another is taken for one of its own; so is none of
// phonetics' small capitals. What people have names in is a name.
func TestDoor_14_Words(t *testing.T) {
	for _, name := range []string{
		"Asha", "आशा", "Zoë", "Ravi का फ़ोन", "रवि-Ravi", "O'Neil", "D’Souza", "क्\u200dष", "می\u200cخواهم", "田中さん",
		"カトウ", "김철수", "Till 2", "Till २", "Ольга", "Ελένη", "അമ്മ", "e\u0301", "Ɛsi",
	} {
		if !Written(name) {
			t.Errorf("%q is refused", name)
		}
	}
	for _, name := range []string{
		"Аsha", "Rа", "ΑSHA", "Rاvi", "Rסn", "Mohอn", "आशाа", "Ꭺsha", "ᴀsha", "Jᴏhn", "Raviꓮ", "രaജു",
	} {
		if Written(name) {
			t.Errorf("%q is taken", name)
		}
	}
}

func FuzzText(f *testing.F) {
	for _, s := range append(honest, hidden...) {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, s string) {
		clean := Clean(s, 40)
		if !Printable(clean) || utf8.RuneCountInString(clean) > 40 {
			t.Errorf("Clean(%+q) = %+q", s, clean)
		}
		if again := Clean(clean, 40); again != clean {
			t.Errorf("Clean(%+q) = %+q, and once more %+q", s, clean, again)
		}
		if Printable(s) && Escape(s) != s {
			t.Errorf("Escape(%+q) = %+q", s, Escape(s))
		}
		if !Alike(s, s) {
			t.Errorf("%q looks like another", s)
		}
	})
}
