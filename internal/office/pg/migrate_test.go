package pg_test

import (
	"context"
	"fmt"
	"io/fs"
	"strings"
	"sync"
	"testing"
	"testing/fstest"

	"github.com/jackc/pgx/v5"

	"galla/internal/office/pg"
	"galla/internal/office/pg/pgtest"
)

func connect(t *testing.T, address string) *pgx.Conn {
	t.Helper()
	conn, err := pgx.Connect(context.Background(), address)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { conn.Close(context.Background()) })
	return conn
}

func versions(t *testing.T, conn *pgx.Conn) string {
	t.Helper()
	var all string
	err := conn.QueryRow(t.Context(), "SELECT string_agg(version || ' ' || name, ', ' ORDER BY version) FROM schema").
		Scan(&all)
	if err != nil {
		t.Fatal(err)
	}
	return all
}

// TestMigrateAtOnce: offices that start together take each step once.
func TestMigrateAtOnce(t *testing.T) {
	_, address := pgtest.Database(t)
	var all sync.WaitGroup
	for range 6 {
		all.Go(func() {
			s, err := pg.Open(t.Context(), address)
			if err != nil {
				t.Error(err)
				return
			}
			s.Close()
		})
	}
	all.Wait()
	names, err := fs.Glob(pg.Migrations, "migrations/*.sql")
	if err != nil {
		t.Fatal(err)
	}
	var want []string
	for i, n := range names {
		if !strings.HasPrefix(n, fmt.Sprintf("migrations/%04d_", i+1)) {
			t.Errorf("step %d is in file %s", i+1, n)
		}
		want = append(want, fmt.Sprint(i+1, " ", n))
	}
	if got := versions(t, connect(t, address)); got != strings.Join(want, ", ") {
		t.Errorf("%s", got)
	}
}

// TestMigrateFails: a step that fails is not taken, nor any part of it, and those before it stay; once it is right, the
// next start takes it. A database of a newer office is refused, and left as it is.
func TestMigrateFails(t *testing.T) {
	file := func(sql string) *fstest.MapFile { return &fstest.MapFile{Data: []byte(sql)} }
	_, address := pgtest.Database(t)
	conn := connect(t, address)
	steps := fstest.MapFS{
		"migrations/0001_one.sql": file("CREATE TABLE one (n integer);"),
		"migrations/0002_two.sql": file("CREATE TABLE two (n integer); INSERT INTO two VALUES (1); SELECT 1 / 0;"),
	}
	for range 2 {
		err := pg.Migrate(t.Context(), conn, steps)
		if err == nil || !strings.Contains(err.Error(), "0002_two.sql") || !strings.Contains(err.Error(), "22012") {
			t.Fatal(err)
		}
		if got := versions(t, conn); got != "1 migrations/0001_one.sql" {
			t.Error(got)
		}
		if _, err := conn.Exec(t.Context(), "SELECT FROM two"); err == nil {
			t.Error("a part of the step is there")
		}
	}
	steps["migrations/0002_two.sql"] = file("CREATE TABLE two (n integer); INSERT INTO two VALUES (1), (2);")
	for range 2 {
		if err := pg.Migrate(t.Context(), conn, steps); err != nil {
			t.Fatal(err)
		}
	}
	delete(steps, "migrations/0002_two.sql")
	err := pg.Migrate(t.Context(), conn, steps)
	const want = "it is of version 2, and this galla-office knows versions up to 1: " +
		"install the galla-office that made it, or a newer one"
	if err == nil || !strings.Contains(err.Error(), want) {
		t.Error(err)
	}
	if got := versions(t, conn); got != "1 migrations/0001_one.sql, 2 migrations/0002_two.sql" {
		t.Error(got)
	}
	steps["migrations/0004_four.sql"], steps["migrations/0002_two.sql"] = file("SELECT 1"), file("SELECT 1")
	if err := pg.Migrate(t.Context(), conn, steps); err == nil || !strings.Contains(err.Error(), "step 3 is in file") {
		t.Error(err)
	}
}

// TestOpen: what is wrong with an address is told, and no password.
func TestOpen(t *testing.T) {
	for address, want := range map[string]string{
		"postgres://meena:sesame@nowhere.invalid:x/galla": "the address of the office's database can't be read: want",
		"host=/nowhere/at/all user=meena password=sesame": "/nowhere/at/all",
	} {
		s, err := pg.Open(t.Context(), address)
		if err == nil {
			s.Close()
			t.Fatalf("%s is opened", address)
		}
		if !strings.Contains(err.Error(), want) || strings.Contains(err.Error(), "sesame") {
			t.Error(err)
		}
	}

	_, address := pgtest.Database(t)
	for setting, want := range map[string]string{"": "30s", " lock_timeout=5s": "5s"} {
		s, err := pg.Open(t.Context(), address+setting)
		if err != nil {
			t.Fatal(err)
		}
		var got string
		if err := s.Pool().QueryRow(t.Context(), "SHOW lock_timeout").Scan(&got); err != nil || got != want {
			t.Errorf("%s %v, want %s", got, err, want)
		}
		s.Close()
	}
}
