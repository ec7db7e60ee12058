// Package migration brings a sales file of an older schema to today's: it fills a new file beside the old one, puts it
// in its place, and keeps the old one under another name.
//
// It promises: the file at the path is at every moment one whole file of one schema; memory is bounded whatever the
// file's size; a migration that was cut off goes on where it stopped, if the old file was not written meanwhile, and
// begins anew otherwise. It copies events byte for byte. What rows say is translated by the rules of package state,
// later (boltstore's upgrade), and not here.
//
// It refuses a file that ends at another event than it says, rows that can't be read, and a disk without room for a
// second file.
//
// Run is legal while nobody else has the file open: boltstore's Open calls it, under the file's lock.
package migration
