package pg

import (
	"context"
	"embed"
	"fmt"
	"io/fs"
	"strings"

	"github.com/jackc/pgx/v5"
)

// Each file is a step: its number, and SQL that one transaction runs. A step that was released is never changed.
//
//go:embed migrations/*.sql
var migrations embed.FS

// lockMigrate is the advisory lock of who migrates: "galla".
const lockMigrate int64 = 0x67616c6c61

// migrate takes the steps that a database lacks.
func migrate(ctx context.Context, conn *pgx.Conn, steps fs.FS) error {
	names, err := fs.Glob(steps, "migrations/*.sql") // in the order of their names
	if err != nil {
		return err
	}
	for done := false; !done; {
		if done, err = step(ctx, conn, steps, names); err != nil {
			return fmt.Errorf("the office's database: %w", err)
		}
	}
	return nil
}

// step takes one step; done says that there is none left to take.
func step(ctx context.Context, conn *pgx.Conn, steps fs.FS, names []string) (done bool, err error) {
	// If we die in it, the step is not taken, and the next start takes it.
	err = pgx.BeginFunc(ctx, conn, func(tx pgx.Tx) error {
		var version int
		for _, sql := range []string{
			fmt.Sprintf("SELECT pg_advisory_xact_lock(%d)", lockMigrate), // another office may do the same just now
			"CREATE TABLE IF NOT EXISTS schema (version integer PRIMARY KEY, name text NOT NULL, " +
				"taken_at timestamptz NOT NULL DEFAULT now())",
		} {
			if _, err := tx.Exec(ctx, sql); err != nil {
				return err
			}
		}
		if err := tx.QueryRow(ctx, "SELECT coalesce(max(version), 0) FROM schema").Scan(&version); err != nil {
			return err
		}
		if version > len(names) {
			return fmt.Errorf("it is of version %d, and this galla-office knows versions up to %d: "+
				"install the galla-office that made it, or a newer one", version, len(names))
		}
		if done = version == len(names); done {
			return nil
		}

		name := names[version]
		sql, err := fs.ReadFile(steps, name)
		if err != nil {
			return err
		}
		if !strings.HasPrefix(name, fmt.Sprintf("migrations/%04d_", version+1)) {
			return fmt.Errorf("step %d is in file %s", version+1, name)
		}
		if _, err = tx.Conn().PgConn().Exec(ctx, string(sql)).ReadAll(); err != nil {
			return fmt.Errorf("step %s: %w", name, err)
		}
		_, err = tx.Exec(ctx, "INSERT INTO schema (version, name) VALUES ($1, $2)", version+1, name)
		return err
	})
	return done && err == nil, err
}
