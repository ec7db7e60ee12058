#!/bin/sh
# Makes one wrong line at a time over the source (go build's -overlay), and runs the simulation with it: each must be seen within SEEDS seeds.
#
#	internal/rig/sim/mutants.sh [SEEDS] [NAME...]
#
# A mutant that is not seen is a hole in the oracle. The script ends with an error when there is one, and when a line is no longer there to be
# made wrong.
set -eu

root=$(cd "$(dirname "$0")/../../.." && pwd)
seeds=${1:-300}
[ $# -gt 0 ] && shift
only=" $* "
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
trap 'exit 1' INT TERM
failed=0
beside=10

# mutant NAME FILE WAS IS: the first line that has WAS gets IS in its place.
mutant() {
	if [ "$only" != "  " ] && [ "${only#* $1 }" = "$only" ]; then
		return
	fi
	WAS=$3 IS=$4 perl -0pe 's/\Q$ENV{WAS}\E/$ENV{IS}/' "$root/$2" >"$work/wrong.go"
	if cmp -s "$root/$2" "$work/wrong.go"; then
		echo "$1: $2 has no such line: $3"
		failed=1
		return
	fi
	printf '{"Replace": {"%s": "%s"}}' "$root/$2" "$work/wrong.go" >"$work/overlay.json"
	if ! (cd "$root" && go test -c -overlay "$work/overlay.json" -o "$work/sim.test" ./internal/rig/sim) >"$work/out" 2>&1; then
		echo "$1: it does not build:"
		cat "$work/out"
		failed=1
		return
	fi
	if (cd "$root/internal/rig/sim" && "$work/sim.test" -test.run '^TestSimulation$' -test.v -sim.first 1 -sim.seeds "$seeds" -sim.beside "$beside") >"$work/out" 2>&1; then
		echo "$1: NOT SEEN in $seeds seeds"
		failed=1
	elif seen=$(grep -m 1 -o 'seed [0-9]*: .*' "$work/out"); then
		echo "$1: seen: $(echo "$seen" | cut -c 1-160)"
	else
		echo "$1: NOT SEEN in $seeds seeds, and the run fails: $(grep -m 1 -A 1 '_test.go:[0-9]*: \(the simulation\|in [0-9]* runs\)\|^panic' "$work/out")"
		failed=1
	fi
}

mutant cover-a-paisa-short state/cover.go 's.counts() < s.Amount' 's.counts()+1 < s.Amount'
mutant cover-what-came-back state/journal/journal.go 'lowest = min(lowest, stands)' 'lowest = stands'
mutant enough-covers-nothing state/cover.go 'if enough {' 'if false {'
mutant others-take-price-first state/journal.go 's.take(p.own(), journal.Clearing' 's.take([]journal.Account{p.price(), p.accepted(), p.surplus()}, journal.Clearing'
mutant stale-readings-count state/reading.go 'stale := e.Reading.Asked != 0 && e.Reading.Asked < k.Changed' 'stale := false'
mutant failed-refunds-explain-nothing state/reading.go 'case asked < end:' 'case false:'
mutant ours-explain-nothing state/reading.go 'case r.Status != RefundFailed:' 'case r.Status == RefundProcessed:'
mutant failed-refund-leaves state/refund.go 's.post(from, j.From, j.Amount, e)' 's.post(from, journal.Clearing, j.Amount, e)'
mutant goods-take-surplus-first state/refund.go 'if f.Goods {' 'if false {'
mutant small-surplus-unnamed state/items.go 'surplus > 0 && !s.waiting()' 'surplus > 5000 && !s.waiting()'
mutant reversals-of-price-unnamed state/items.go 'if a.Account == p.surplus() || s.stated' 'if a.Account == p.surplus() || a.Account == p.price() || s.stated'
mutant it-went-is-it-did-not state/answer.go 'if n.Action == ActionItWent {' 'if n.Action == ActionItDidNot {'
mutant refund-by-record-stays state/reading.go 'if r.ByRecord && r.Status' 'if false && r.Status'
mutant what-was-taken-is-not-watched state/watch.go '(item || mayReturn(s))' 'item'
mutant late-is-in-time state/reading.go 'k.Late = e.At, !s.ClosedAt.IsZero()' 'k.Late = e.At, false'
mutant net-without-reversals internal/books/day_totals.go ' - r.Reversals.Paise' ''
mutant part-takings-counted-twice internal/books/day_totals.go 'l.Count--' 'l.Paise += m.Amount'
mutant unmatched-counts-the-price internal/books/day_totals.go 'rest := m.Amount - priced[m.PaymentID]' 'rest := m.Amount'
mutant refunds-under-the-opener internal/books/day_totals.go 'by = r.By' 'by = s.By'
mutant left-is-forgotten internal/books/moment.go 'seq <= z.Report.Seq && !z.Report.Left.has(at)' 'seq <= z.Report.Seq'
mutant z-keeps-its-day internal/books/close.go 'b.stream.drop(func(d string) bool { return d <= r.Day || d > today })' 'b.stream.drop(func(d string) bool { return d < r.Day || d > today })'
mutant promised-as-kept internal/books/export.go '		s.Kept().Decimal(),' '		(s.Kept() + s.Promised()).Decimal(),'

# From here on every run has mandates and standing QRs.
beside=1
mutant debit-asked-after-a-start internal/till/debit.go 'for tries := 0; fresh; tries++' 'for tries := 0; true; tries++'
mutant debit-twice-in-a-period internal/mandate/rule.go 'case d.State == Paid && ok' 'case false && ok'
mutant debit-pending-is-paid internal/till/debit/debit.go 'p.Status, p.Reason = gateway.PaymentProcessing, ""' 'p.Status, p.Reason = gateway.PaymentCaptured, ""'
mutant debit-failed-is-paid internal/till/debit/debit.go '		p.Status = gateway.PaymentFailed' '		p.Status = gateway.PaymentCaptured'
mutant debit-unknown-unnamed state/mandate.go 'a != nil && a.State == AttemptLost && s.waiting()' 'a != nil && false && s.waiting()'
mutant debit-that-failed-stays-open state/mandate.go 'if k := s.Payment(a.Ref); i >= 0' 'if k := s.Payment(a.Ref); i >= 99'
mutant standing-taken-twice internal/till/standing.go 'err != nil || ok {' 'err != nil || ok && false {'
mutant standing-late-unseen internal/standing/watch.go 'earlier(wall.Add(-daysReach))' ''
mutant standing-under-nobody internal/books/day_totals.go 'if s.Standing != nil {' 'if false {'

exit $failed
