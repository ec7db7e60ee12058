package setup

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"time"
)

// seal encrypts a secret with this machine's key by systemd-creds(1) (systemd 250 and later): the TPM's if there is
// one, else one in /var/lib/systemd, which only root may read. The secret goes in by a pipe, never by an argument. A
// sealed file opens on this machine only, under this name only.
func seal(name string, secret []byte, to string) error {
	tool, err := exec.LookPath("systemd-creds")
	if err != nil {
		return fmt.Errorf("this machine can't encrypt keys: %w", err)
	}
	ctx, cancel := context.WithTimeout(context.Background(), 30*time.Second)
	defer cancel()
	var out, errs bytes.Buffer
	cmd := exec.CommandContext(ctx, tool, "encrypt", "--name="+name, "-", "-")
	cmd.Stdin, cmd.Stdout, cmd.Stderr = bytes.NewReader(secret), &out, &errs
	if err := cmd.Run(); err != nil {
		return fmt.Errorf("systemd-creds: %w: %s", err, bytes.TrimSpace(errs.Bytes()))
	}
	if out.Len() == 0 {
		return errors.New("systemd-creds gave nothing")
	}
	// What can't be opened again must not replace what can.
	again, err := decrypt(ctx, name, out.Bytes())
	if err != nil || !bytes.Equal(again, secret) {
		return errors.New("systemd-creds could not open what it had sealed")
	}
	return replace(to, out.Bytes(), 0o600, 0o700)
}

// unseal opens what seal has written, on the machine that wrote it. It takes root.
func unseal(name, from string) ([]byte, error) {
	sealed, err := os.ReadFile(from)
	if err != nil {
		return nil, err
	}
	ctx, cancel := context.WithTimeout(context.Background(), 30*time.Second)
	defer cancel()
	return decrypt(ctx, name, sealed)
}

func decrypt(ctx context.Context, name string, sealed []byte) ([]byte, error) {
	var errs bytes.Buffer
	cmd := exec.CommandContext(ctx, "systemd-creds", "decrypt", "--name="+name, "-", "-")
	cmd.Stdin, cmd.Stderr = bytes.NewReader(sealed), &errs
	out, err := cmd.Output()
	if err != nil {
		return nil, fmt.Errorf("systemd-creds: %w: %s", err, bytes.TrimSpace(errs.Bytes()))
	}
	return out, nil
}
