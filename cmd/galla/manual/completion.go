package manual

import (
	"fmt"
	"io"
	"slices"
	"strings"

	"github.com/alecthomas/kong"
)

// shells are how each shell says: these words were typed, offer those.
var shells = map[string]struct{ head, offer, tail string }{
	"bash": {
		"# completion of galla for bash: source it, or put it into /usr/share/bash-completion/completions/galla\n" +
			"_galla() {\n" +
			"  local words=\"${COMP_WORDS[*]:1:COMP_CWORD-1}\" next=\"\"\n  case \"$words\" in\n",
		"  %s) next=%q ;;\n",
		"  esac\n  COMPREPLY=($(compgen -W \"$next\" -- \"${COMP_WORDS[COMP_CWORD]}\"))\n}\ncomplete -o default -F " +
			"_galla galla\n",
	}, // without an offer: files
	"zsh": {
		"#compdef galla\n# completion of galla for zsh: put it into /usr/share/zsh/vendor-completions/_galla\n" +
			"_galla() {\n" +
			"  local typed=\"${(j: :)words[2,CURRENT-1]}\" next=\"\"\n  case \"$typed\" in\n",
		"  %s) next=%q ;;\n",
		"  esac\n  if [[ -n \"$next\" ]]; then compadd -- ${(s: :)next}; else _files; fi\n}\n_galla \"$@\"\n",
	},
	"fish": {
		"# completion of galla for fish: put it into /usr/share/fish/vendor_completions.d/galla.fish\nfunction " +
			"__galla_next\n" +
			"  set -l typed (commandline -opc)\n  set -e typed[1]\n  switch \"$typed\"\n",
		"  case %s\n    string split ' ' -- %q\n",
		"  end\nend\ncomplete -c galla -f -a '(set -l next (__galla_next); test -n \"$next\"; and string split \" " +
			"\" -- $next; or __fish_complete_path (commandline -ct))'\n",
	},
}

// Completion writes the completion of app for a shell: bash, zsh or fish. Of another shell it writes nothing and says
// so by false.
func Completion(w io.Writer, app *kong.Application, shell string) bool {
	words, known := shells[shell]
	if !known {
		return false
	}
	fmt.Fprint(w, words.head)
	complete(w, words.offer, shell == "fish", app.Node, "")
	fmt.Fprint(w, words.tail)
	return true
}

// complete writes the cases of the commands below n, the longest first, because a shell takes the first that fits.
func complete(w io.Writer, offer string, quoted bool, n *kong.Node, path string) {
	var next []string
	for _, c := range n.Children {
		if c.Hidden {
			continue
		}
		next = append(next, c.Name)
		complete(w, offer, quoted, c, strings.TrimSpace(path+" "+c.Name))
	}
	for _, p := range n.Positional {
		next = append(next, p.EnumSlice()...)
	}
	pattern := "*"
	if path != "" {
		pattern = fmt.Sprintf("%q*", path)
	}
	if quoted { // fish matches its wildcards itself, and only in quotes
		pattern = "'" + strings.ReplaceAll(pattern, `"`, "") + "'"
	}
	for _, f := range n.Flags {
		next = append(next, "--"+f.Name)
		if !f.IsBool() { // after it comes its value: one of a few, or a file as like as not
			value := pattern + `" --` + f.Name + `"`
			if quoted {
				value = strings.TrimSuffix(pattern, "'") + " --" + f.Name + "'"
			}
			fmt.Fprintf(w, offer, value, strings.Join(choices(f.EnumSlice()), " "))
		}
	}
	fmt.Fprintf(w, offer, pattern, strings.Join(choices(next), " "))
}

// choices leaves the empty word out, which a shell can't offer: an argument without an enum has one.
func choices(words []string) []string {
	return slices.DeleteFunc(slices.Clone(words), func(w string) bool { return w == "" })
}
