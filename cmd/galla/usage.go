package main

import (
	"errors"
	"fmt"
	"regexp"
	"strings"

	"github.com/alecthomas/kong"
)

// usageError is a mistake in the command line.
type usageError struct{ why, next string }

func (e *usageError) Error() string { return e.why }

// negative is what the parser says of an amount like -5, which it takes for a flag.
var negative = regexp.MustCompile(`^unknown flag (-[0-9.,]*[0-9])`)

// noNumber is what it says of a flag that takes a whole number, in words of Go.
var noNumber = regexp.MustCompile(`^(--[a-z-]+): expected .*int.* but got ("[^"]*")`)

// mistyped is a command line that can't be read, with the help of the command it was meant for.
func mistyped(err error) *usageError {
	command := "galla"
	var parse *kong.ParseError
	if errors.As(err, &parse) && parse.Context.Selected() != nil {
		command = parse.Context.Selected().FullPath()
	}

	why := strings.Replace(err.Error(), `one of "",`, "one of ", 1) // the empty word stands for a flag that is left out
	if typed := negative.FindStringSubmatch(why); typed != nil {
		why = fmt.Sprintf("%s is no amount: it must be above zero", typed[1])
	}
	if typed := noNumber.FindStringSubmatch(why); typed != nil {
		why = fmt.Sprintf("%s is %s, which is no whole number that it takes", typed[1], typed[2])
	}
	return &usageError{why: why, next: "See " + command + " --help."}
}
