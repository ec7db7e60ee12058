package boltstore

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"os/exec"
	"time"
)

// exitUnseen is the exit code of a check that says nothing about the file, for it could not look at it.
const exitUnseen = 1

// Child makes an Options.Verify that runs a command with the file's path behind its arguments, such as "gallad fsck".
// The command must run Check and exit 0 if the file is sound, and 1 if it could not be looked at (held, not ours, of a
// newer schema); otherwise, and if it dies, the file is refused as damaged. The first line the command wrote to its
// standard error says why. A check that isn't done within the given time says nothing about the file either: a quick
// one takes seconds on a card that reads 20 MB/s, a full one of a large file a good part of an hour.
func Child(within time.Duration, command string, args ...string) func(path string) error {
	return ChildTelling(within, nil, command, args...)
}

// ChildTelling is Child, and passes on what the command writes to its standard output; nil: to nobody.
func ChildTelling(within time.Duration, out io.Writer, command string, args ...string) func(path string) error {
	return func(path string) error {
		ctx, stop := context.WithTimeout(context.Background(), within)
		defer stop()
		cmd := exec.CommandContext(ctx, command, append(args[:len(args):len(args)], path)...)
		var said bytes.Buffer
		cmd.Stdout, cmd.Stderr = out, &said
		err := cmd.Run()
		line, _, _ := bytes.Cut(bytes.TrimSpace(said.Bytes()), []byte("\n"))
		var exit *exec.ExitError
		switch {
		case err == nil:
			return nil
		case ctx.Err() != nil:
			return fmt.Errorf("sales file %s could not be looked at within %v: its disk is slow or failing, see the "+
				"kernel's log (dmesg)", path, within)
		case !errors.As(err, &exit):
			return fmt.Errorf("sales file %s can't be checked: %w", path, err)
		case exit.ExitCode() == exitUnseen && len(line) > 0:
			return errors.New(string(bytes.TrimPrefix(line, []byte("gallad: "))))
		case !exit.Exited() || bytes.HasPrefix(line, []byte("panic:")) ||
			bytes.HasPrefix(line, []byte("unexpected fault")):
			return fmt.Errorf("%w: %s: the process that checked it died of it (%s)", ErrDamaged, path, line)
		}
		return fmt.Errorf("%w: %s: %s",
			ErrDamaged, path, bytes.TrimPrefix(line, []byte(ErrDamaged.Error()+": "+path+": ")))
	}
}
