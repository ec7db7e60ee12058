// Command gallad is Galla's daemon: it owns the sales, the gateways, the printer, the counter's API and the feed of the
// customer's screen. It runs headless, and never links the display.
//
//	gallad [--config FILE]                 serve until SIGTERM
//	gallad check [--config FILE]           read the config and say what it means, without starting anything
//	gallad fsck [--full] FILE              look at a sales file; used by gallad itself before it opens one
//	gallad backup [--config FILE]          keep today's copy of the hourly copy of the sales file (galla-backup.timer)
//	gallad verify [--config FILE]          read those copies whole (galla-verify.timer)
//	gallad salvage FILE NEW                rebuild what can be read of a damaged sales file
//	gallad compact FILE                    give back the room in a sales file that nothing uses
//	gallad adopt [--yes] FILE NEW          put a copy of NEW, a backup or what salvage made, in the sales file's
//	                                       place; both are kept
//	gallad carry FOLDER NOTE               bring the hourly copy to a stick's folder (the card image's
//	                                       galla-copies.timer)
//	gallad restore FOLDER                  put a stick's newest whole copy in place, on a box without sales of its own
//	gallad offer FOLDER                    have the setup page of a new box offer that copy
//	gallad version
//
// Exit codes: 0 done; 1 the sales file failed or could not be opened (systemd restarts gallad, which looks what is
// there); 2 a sales file is damaged (fsck, adopt, restore); 73 carry has something to write and the stick is mounted
// read-only (EX_CANTCREAT); 78 the config is wrong (EX_CONFIG).
package main
