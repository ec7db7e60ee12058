package pg

import (
	"context"
	"encoding/json"
	"fmt"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgtype"
	"github.com/jackc/pgx/v5/pgxpool"

	"galla/internal/office/alerts"
)

// Alerts is the store of what was told to whom.
func (s *Store) Alerts() alerts.Store { return told{s.pool} }

type told struct{ pool *pgxpool.Pool }

// Begin is alerts.Store's.
func (t told) Begin(ctx context.Context, way string, at time.Time) error {
	_, err := t.pool.Exec(ctx, "INSERT INTO alert_way (way, since) VALUES ($1, $2) ON CONFLICT DO NOTHING", way, at)
	return err
}

// Tell is alerts.Store's. The row of the way is locked while a message is under way; who finds it locked leaves it.
func (t told) Tell(
	ctx context.Context,
	way string,
	oldest, now time.Time,
	do func(context.Context, []alerts.Alert) error,
) (n int, err error) {
	err = pgx.BeginFunc(ctx, t.pool, func(tx pgx.Tx) error {
		n = 0
		var since pgtype.Timestamptz
		const lock = "SELECT since FROM alert_way WHERE way = $1 FOR UPDATE SKIP LOCKED"
		ours, err := one(tx.QueryRow(ctx, lock, way), &since)
		if err != nil || !ours {
			return err
		}
		all, ids, err := untold(ctx, tx, way, when(since), oldest)
		if err != nil || len(all) == 0 {
			return err
		}

		if err := do(ctx, all); err != nil {
			return err
		}
		// If we die here, they are told again.
		batch := &pgx.Batch{}
		for i, a := range all {
			batch.Queue("INSERT INTO alert (terminal, finding, way, what, told_at) VALUES ($1, $2, $3, $4, $5)",
				text(a.Terminal), ids[i], way, a.What, now)
			batch.Queue("UPDATE finding SET told = coalesce(told, $3) WHERE terminal = $1 AND id = $2",
				text(a.Terminal), ids[i], now)
		}
		n = len(all)
		return tx.SendBatch(ctx, batch).Close()
	})
	if err != nil {
		n = 0
	}
	return n, err
}

// untold is what a way was not told, the oldest first: of what happened after oldest, and began after since.
func untold(
	ctx context.Context,
	tx pgx.Tx,
	way string,
	since, oldest time.Time,
) (all []alerts.Alert, ids []int64, err error) {
	const columns = `f.terminal, f.id, f.kind, coalesce(s.name, ''), coalesce(c.label, ''), f.values, f.first, f.ended`
	const places = ` f LEFT JOIN terminal t ON t.id = f.terminal LEFT JOIN counter c ON c.id = t.counter
		LEFT JOIN shop s ON s.id = c.shop `
	rows, err := tx.Query(ctx, `
		SELECT 'began', f.first AS at, `+columns+` FROM finding`+places+`
		WHERE f.first >= greatest($2::timestamptz, $4) AND NOT EXISTS (SELECT FROM alert a
			WHERE a.terminal = f.terminal AND a.finding = f.id AND a.way = $1 AND a.what = 'began')
		UNION ALL
		SELECT 'ended', f.ended AS at, `+columns+` FROM finding`+places+`
		WHERE f.ended >= $2 AND f.first >= $4 AND NOT EXISTS (SELECT FROM alert a
			WHERE a.terminal = f.terminal AND a.finding = f.id AND a.way = $1 AND a.what = 'ended')
		ORDER BY at, terminal, id, 1 LIMIT $3`, way, oldest, alerts.Most, since)
	if err != nil {
		return nil, nil, err
	}
	var (
		a                alerts.Alert
		id               int64
		values           []byte
		at, first, ended pgtype.Timestamptz
	)
	columnsOf := []any{&a.What, &at, &a.Terminal, &id, &a.Kind, &a.Shop, &a.Counter, &values, &first, &ended}
	_, err = pgx.ForEachRow(rows, columnsOf, func() error {
		is := a
		is.Terminal, is.Shop, is.Counter = plain(a.Terminal), plain(a.Shop), plain(a.Counter)
		is.ID = fmt.Sprintf("%s/%d", is.Terminal, id)
		is.First = when(first)
		if is.What == alerts.Ended {
			is.Ended = when(ended)
		}
		is.Values = map[string]string{}
		if err := json.Unmarshal(values, &is.Values); err != nil {
			return err
		}
		all, ids = append(all, is), append(ids, id)
		return nil
	})
	return all, ids, err
}
