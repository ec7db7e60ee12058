package pg

import "github.com/jackc/pgx/v5/pgxpool"

// What tests of this package look at beside a Store.
var (
	Migrate    = migrate
	Migrations = migrations
	Text       = text
	Plain      = plain
	Pack       = pack
)

// Pool is a store's.
func (s *Store) Pool() *pgxpool.Pool { return s.pool }
