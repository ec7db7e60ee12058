// Package demo tries the tarball of "make demo-tarball" where nothing else is: an empty root, and a container.
package demo
