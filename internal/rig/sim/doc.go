// Package sim runs the whole box in one testing/synctest bubble under a seed, faster than time:
//
//	people ──▶ till ──▶ store (memory, or the real file; fails as the seed wants) ──▶ feed
//	  │         │ │ └──▶ screen, printer, drawer (check what they are given; fail as the seed wants)
//	  │         │ └────▶ clock on the wall (starts wrong, jumps)
//	  ▼         ▼
//	phone     both clients ─▶ wire (in memory or net/http; cuts, swallows, repeats) ─▶ misbehaving simulator ─▶ ledger
//
// It holds tests only. A run is a storm, in which everything fails and the box is killed at every kind of moment, and
// then days of calm, in which every sale must end well. After every step and at the end what is on disk is held against
// the ledger of the simulator. Three readings share no code with what they judge:
//
//	bank     what the banks held, what went back, and what persons said: whether a sale is paid, and what its items
//	         may name
//	daybook  the same by business day: each X and Z report over the API, each fact in one Z, both exports, cashiers
//	         and gateways
//	claims   for each code of the catalogue of sentences, what must be true at the banks where it is read
//
// Some runs (flag sim.beside) have customers with mandates, whose notices and debits a person or the box asks for, and
// which their payers pause and revoke; some have QRs that stand on the counter, paid by several phones, also while the
// box is off. Of these the bank judges besides: a debit arrives once, and never while another one of its mandate has no
// end; a period is debited once; a payment at a standing QR is one sale, within minutes; what came at the counter, by
// mandates and at standing QRs is what the banks have.
//
// mutants.sh makes one wrong line of the product at a time: each must be seen. What the package promises: a seed
// repeats. Everything that is drawn is drawn from it, no two things happen at the same nanosecond by chance, and the
// same seed gives the same events, byte for byte. (One run in some hundreds does not, and of those that talk net/http
// one in some dozens: whom Go wakes first when one cut wakes two, and which kept connection a request takes, is not the
// seed's to say. A violation that does not come back is run a few times more.)
package sim
