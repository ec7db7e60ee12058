// Package membership is a box's place in a chain of shops: joining a head office, leaving it, and the uplink between
// the two.
//
//	Look ─► the names behind a code
//	Join ─► act office.join in the chain ─► join file ─► POST /v1/join ─► uplink runs
//	Leave ─► act office.leave in the chain ─► POST …/leave ─► join file goes ─► uplink ends
//
// The join file holds the office's address and this box's private key. It lies beside the TLS key and not in the sales
// file: a copy of the sales that is put back on another disk has no key, and joins anew. The file is all there is to
// remember; between joining and leaving nothing is written.
//
// It promises:
//   - where the file is, an uplink runs, and where it is not, none does: after a cut at any point too. What the office
//     knows of it, the office says;
//   - a join whose answer was lost is asked again with the same key, which an office answers the same;
//   - a join that the office refused leaves no file, and one that was never heard leaves one that says so;
//   - leaving works with the office away;
//   - Upto is nil without a file, and never more than the office has acknowledged with one.
//
// It refuses: an address that is not https, a code that is not eight digits, a second office, names that can't be
// shown. The key and the code reach no log, error, act or status.
//
// New reads the file, and its error says that the options are wrong: a file that can't be used is a status, because the
// box sells without its office. Run is called once, and returns when ctx ends, nil. The others may be called from any
// goroutine, before Run too.
package membership
