package pgtest

import (
	"context"
	"fmt"
	"os"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/jackc/pgx/v5"

	"galla/internal/office/pg/cluster"
)

var server = sync.OnceValues(func() (*cluster.Cluster, error) {
	return cluster.Start(context.Background(), cluster.Options{
		Forgetful: true,
		Settings:  []string{"max_connections=200"},
	})
})

var (
	started   atomic.Bool
	databases atomic.Int64
)

// Main runs a package's tests, and stops what they started.
func Main(m *testing.M) {
	code := m.Run()
	if started.Load() {
		if c, err := server(); err == nil {
			if err := c.Stop(); err != nil {
				fmt.Fprintln(os.Stderr, "the server of the tests:", err)
				code = max(code, 1)
			}
		}
	}
	os.Exit(code)
}

// Server is the server of this package's tests.
func Server(t testing.TB) *cluster.Cluster {
	t.Helper()
	started.Store(true)
	c, err := server()
	if err != nil {
		t.Fatal(err)
	}
	return c
}

// Database makes an empty database, and removes it when the test ends. It returns its name and address.
func Database(t testing.TB) (name, address string) {
	t.Helper()
	return copyOf(t, "template1")
}

// copyOf makes a database as another one is.
func copyOf(t testing.TB, template string) (name, address string) {
	t.Helper()
	c := Server(t)
	name = fmt.Sprintf("test%d", databases.Add(1))
	Do(t, c.Address("postgres"), "CREATE DATABASE "+name+" TEMPLATE "+template)
	t.Cleanup(func() { Do(t, c.Address("postgres"), "DROP DATABASE "+name+" WITH (FORCE)") })
	return name, c.Address(name)
}

// Do runs statements.
func Do(t testing.TB, address string, statements ...string) {
	t.Helper()
	ctx, cancel := context.WithTimeout(context.Background(), time.Minute)
	defer cancel()
	conn, err := pgx.Connect(ctx, address)
	if err != nil {
		t.Fatal(err)
	}
	defer conn.Close(ctx)
	for _, s := range statements {
		if _, err := conn.Exec(ctx, s); err != nil {
			t.Fatalf("%s: %v", s, err)
		}
	}
}
