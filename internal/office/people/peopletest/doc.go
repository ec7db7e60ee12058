// Package peopletest has a store of people in memory, strict about what the office promises of its stores, and the
// contract that every store of people keeps.
package peopletest
