package pg

import (
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"slices"
	"strings"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgconn"
	"github.com/jackc/pgx/v5/pgxpool"

	"galla/internal/office"
)

const (
	tries    = 10               // of a transaction that another stands in the way of
	patience = 30 * time.Second // with a COMMIT, whatever became of who asked for it
)

// settings are those of each connection that its address does not set. None waits for ever: neither for a lock, nor
// with locks for an office that hangs.
var settings = map[string]string{
	"application_name":                    "galla-office",
	"jit":                                 "off", // no question here is long enough to repay its compiling
	"lock_timeout":                        "30s",
	"statement_timeout":                   "120s",
	"idle_in_transaction_session_timeout": "60s",
}

// Store is an office.Store in PostgreSQL.
type Store struct{ pool *pgxpool.Pool }

// Open connects, and brings the database to this version. address is a PostgreSQL connection string or URL.
func Open(ctx context.Context, address string) (*Store, error) {
	config, err := pgxpool.ParseConfig(address)
	if err != nil {
		return nil, fmt.Errorf("the address of the office's database can't be read: want "+
			"postgres://USER@HOST/DATABASE or host=/var/run/postgresql dbname=galla: %w", err)
	}
	for name, value := range settings {
		if _, set := config.ConnConfig.RuntimeParams[name]; !set {
			config.ConnConfig.RuntimeParams[name] = value
		}
	}
	pool, err := pgxpool.NewWithConfig(ctx, config)
	if err != nil {
		return nil, err
	}
	err = pool.AcquireFunc(ctx, func(c *pgxpool.Conn) error { return migrate(ctx, c.Conn(), migrations) })
	if err != nil {
		pool.Close()
		return nil, err
	}
	return &Store{pool}, nil
}

// Close waits for transactions that run, and disconnects.
func (s *Store) Close() { s.pool.Close() }

// errClaimed says that a payment which was free is another terminal's now.
var errClaimed = errors.New("another terminal claimed a payment at the same moment")

// Update is office.Store's.
func (s *Store) Update(ctx context.Context, terminals []string, do func(office.Tx) error) error {
	if !slices.IsSorted(terminals) || len(slices.Compact(slices.Clone(terminals))) != len(terminals) {
		return fmt.Errorf("terminals are to be locked in the order %q: want each once, in rising order", terminals)
	}
	for n := 1; ; n++ {
		err := s.update(ctx, terminals, do)
		if !inTheWay(err) {
			return err
		}
		if n == tries {
			return fmt.Errorf("%d times another transaction stood in the way: %w", n, err)
		}
		select {
		case <-ctx.Done():
			return errors.Join(ctx.Err(), err)
		case <-time.After(rand.N(time.Duration(n) * 10 * time.Millisecond)):
		}
	}
}

// inTheWay reports whether a transaction failed by another's doing, and nothing of it is there.
func inTheWay(err error) bool {
	const serialization, deadlock = "40001", "40P01"
	if errors.Is(err, office.ErrEither) {
		return false
	}
	var from *pgconn.PgError
	return errors.Is(err, errClaimed) ||
		errors.As(err, &from) && (from.Code == serialization || from.Code == deadlock)
}

func (s *Store) update(ctx context.Context, terminals []string, do func(office.Tx) error) error {
	conn, err := s.pool.Acquire(ctx)
	if err != nil {
		return err
	}
	defer conn.Release()
	// READ COMMITTED: what is read behind the lock is as who held it before left it.
	sql, err := conn.BeginTx(ctx, pgx.TxOptions{IsoLevel: pgx.ReadCommitted})
	if err != nil {
		return err
	}
	defer end(sql) // if we die before COMMIT, the server does the same

	t := newTx(ctx, sql)
	if err = t.lock(terminals); err == nil {
		err = do(t)
	}
	if err == nil {
		err = t.flush()
	}
	if err != nil {
		return err
	}
	return commit(ctx, sql)
}

// end gives a transaction up, unless it has ended.
func end(sql pgx.Tx) {
	ctx, cancel := context.WithTimeout(context.Background(), patience)
	defer cancel()
	_ = sql.Rollback(ctx) // where it fails, the connection is gone, and the transaction with it
}

// commit ends a transaction. Who asked for it may be gone: the server has all of it, and half a minute to say so.
func commit(ctx context.Context, sql pgx.Tx) error {
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), patience)
	defer cancel()
	err := sql.Commit(ctx)
	var from *pgconn.PgError
	switch {
	case err == nil:
		return nil // if we die from here on, all of it is there
	case errors.Is(err, pgx.ErrTxCommitRollback), pgconn.SafeToRetry(err):
		return err // the server threw it out, or never saw the COMMIT
	case errors.As(err, &from) && from.SeverityUnlocalized == "ERROR":
		return err // the same; a FATAL may come behind the commit
	}
	return fmt.Errorf("%w: %w", office.ErrEither, err)
}

// View is office.Store's: all of do reads one moment.
func (s *Store) View(ctx context.Context, do func(office.Tx) error) error {
	conn, err := s.pool.Acquire(ctx)
	if err != nil {
		return err
	}
	defer conn.Release()
	sql, err := conn.BeginTx(ctx, pgx.TxOptions{IsoLevel: pgx.RepeatableRead, AccessMode: pgx.ReadOnly})
	if err != nil {
		return err
	}
	defer end(sql)
	return do(newTx(ctx, sql))
}

// PutTerminal adds a terminal, or says when one left. It leaves its branches, and the key of one that is there, as they
// are.
func (s *Store) PutTerminal(ctx context.Context, t office.Terminal) error {
	// If we die in it, it is not there, or all of it is: its caller asks again.
	_, err := s.pool.Exec(ctx, strings.TrimSpace(`
		INSERT INTO terminal (id, key, left_at, replaces) VALUES ($1, $2, $3, $4)
		ON CONFLICT (id) DO UPDATE SET left_at = excluded.left_at`),
		text(t.ID), []byte(t.Key), moment(t.LeftAt), text(t.Replaces))
	return err
}
