// Package boxfile reads a box's chain from a file: a sales file, or what "galla office export" wrote, which is segments
// one behind the other (galla/internal/segment's Read).
//
// It promises to leave the file as it is: a sales file is copied before it is opened, since opening one marks it. It
// refuses a file that is neither, and an export whose segments do not follow each other, are of two terminals or prove
// nothing. An export is held in memory as it lies in the file; a chain is read by one goroutine.
package boxfile
