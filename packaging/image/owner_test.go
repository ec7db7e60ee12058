package image

import (
	"strings"
	"testing"
)

// tillWithPeople answers galla's commands as gallad would: asks is what it was asked, with what it read.
const tillWithPeople = `case "$1 $2" in
"person pin")
	read -r pin
	echo "$* $pin" >> "$BOX/asks"
	[ "$3" = Ravi ] || { echo "galla: there is no person called $3" >&2; exit 1; } ;;
"device pair") echo "$*" >> "$BOX/asks" ;;
esac`

// TestOwnerByStick: an owner who lost the PIN gets in at the box, by a file on a stick; a file is taken once, and its
// PIN stands nowhere else.
func TestOwnerByStick(t *testing.T) {
	b := newBox(t)
	b.played("galla", tillWithPeople)
	b.plug("sda1", "galla-owner.txt", "\xef\xbb\xbfName = Ravi\r\nPIN= 4826 \r\n")
	out := b.stick("sda1", true)
	b.says(
		"the journal",
		out,
		"Ravi has the PIN of galla-owner.txt, and is signed out everywhere. The customer's screen shows a code",
	)
	b.says("the stick", b.read("sticks/sda1/galla-owner-answer.txt"), "Delete galla-owner.txt")
	b.want("what the till was asked", b.read("asks"), "person pin Ravi 4826\ndevice pair --let-in\n")

	b.says("left in", b.stick("sda1", true), "was taken already")
	b.want("what the till was asked then", b.read("asks"), "person pin Ravi 4826\ndevice pair --let-in\n")
	if strings.Contains(out+b.read("taken")+b.read("sticks/sda1/galla-owner-answer.txt"), "4826") {
		t.Error("the PIN stands in the journal, the answer or the note")
	}
}

func TestOwnerByStickRefused(t *testing.T) {
	for what, c := range map[string]struct{ file, want string }{
		"nothing in it":      {"", "needs two lines"},
		"no PIN":             {"name = Ravi", "needs two lines"},
		"somebody unknown":   {"name = Rani\npin = 4826", "there is no person called Rani"},
		"a flag for a name":  {"name = --help\npin = 4826", "no person is called --help"},
		"signs for a person": {"name = $(reboot)\npin = 4826", "there is no person called $(reboot)"},
	} {
		t.Run(what, func(t *testing.T) {
			b := newBox(t)
			b.played("galla", tillWithPeople)
			b.plug("sda1", "galla-owner.txt", c.file)
			b.says("the journal", b.stick("sda1", true), c.want)
			b.says("the stick", b.read("sticks/sda1/galla-owner-answer.txt"), "No PIN was changed: ")
			if strings.Contains(b.read("asks"), "device pair") {
				t.Error("a code was shown")
			}
		})
	}
}
