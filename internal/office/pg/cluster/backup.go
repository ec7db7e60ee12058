package cluster

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
)

// Backup makes a base backup of a server that runs, as pg_basebackup does. It lies in the cluster's folder, and Stop
// removes it. As a standby it follows this server where it is started (Options.From).
func (c *Cluster) Backup(ctx context.Context, standby bool) (folder string, err error) {
	for n := 0; folder == ""; n++ {
		name := filepath.Join(c.folder, fmt.Sprintf("backup%d", n))
		if _, err := os.Lstat(name); errors.Is(err, os.ErrNotExist) {
			folder = name
		} else if err != nil {
			return "", err
		}
	}
	args := []string{
		"-h",
		c.folder,
		"-p",
		"5432",
		"-U",
		"galla",
		"-D",
		folder,
		"-X",
		"stream",
		"-c",
		"fast",
		"--no-sync",
	}
	if standby {
		args = append(args, "-R")
	}
	do := exec.CommandContext(ctx, filepath.Join(c.options.Bin, "pg_basebackup"), args...)
	do.Dir, do.Env, do.SysProcAttr = c.folder, []string{"PATH=/usr/bin:/bin", "TZ=UTC"}, c.runs
	if out, err := do.CombinedOutput(); err != nil {
		return "", fmt.Errorf("pg_basebackup into %s: %w: %s", folder, err, bytes.TrimSpace(out))
	}
	return folder, nil
}

// Restore puts the data of a server that has ended back to a backup's.
func (c *Cluster) Restore(ctx context.Context, backup string) error {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.proc != nil {
		return errors.New("the server runs: end it before its data is put back")
	}
	// If we die from here on, the folder holds no whole data: it is a cluster of a test's, or of a demonstration's.
	if err := os.RemoveAll(c.data()); err != nil {
		return err
	}
	return c.copyFrom(ctx, backup)
}

// copyFrom makes the data a copy of another one's.
func (c *Cluster) copyFrom(ctx context.Context, data string) error {
	out, err := exec.CommandContext(ctx, "cp", "-a", data, c.data()).CombinedOutput()
	if err != nil {
		return fmt.Errorf("the data in %s can't be copied: %w: %s", data, err, bytes.TrimSpace(out))
	}
	return nil
}
