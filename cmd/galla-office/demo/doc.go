// Package demo shows a chain on one machine: a PostgreSQL in a temporary folder, galla-office, and three shops, each a
// gallad beside a pretend gateway whose customers pay by themselves.
//
//	join, confirm, sell ─► Station is put back to an old copy ─► Karol Bagh's line is cut ─► pictures, CSV ─► the line
//	comes back ─► galla-office check
//
// Everything is a program of its own, run as an owner runs it. The page is shown on loopback to whoever opens it: the
// demonstration signs each request in. Nothing of it outlives Run but the folder with pictures and files.
package demo
