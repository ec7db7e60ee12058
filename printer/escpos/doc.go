// Package escpos is the wire vocabulary of ESC/POS printers: what may be said, and how to read what comes back.
//
//	commands   Init() Align(Center) Size(Tall) QR(...) Raster(...) Cut(...)   each returns its own bytes, whole
//	replies    Demux.Feed(bytes) ──▶ Reply{Kind: realtime | inorder | auto | block | xon | xoff | noise}
//
// It promises that the length a command declares is the length it has (a wrong one is how printers come to
// print pictures as text), that no data it builds contains the three byte pairs a printer obeys at once,
// and that arguments outside a manual's bounds are refused with an error or cannot be written down at all.
// It refuses to know layouts, profiles, ports or time: that is package printer.
//
// Sources, quoted as [T81 p. N]: Epson TM-T81 specification (manualsdump.com/epson-t81); [ref NAME]: Epson's ESC/POS
// command reference (download4.epson.biz/sec_pubs/pos/reference_en/escpos); [HPRT]: HPRT TP80K programmer manual;
// [Cino]: Cino M230B manual; [CSN]: CSN-A2 user manual and Adafruit's library for it.
package escpos
