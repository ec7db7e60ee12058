//go:build gpu && rig

package main

import "image"

// sides are the sizes of the table.
var sides = []image.Point{
	{
		320,
		240,
	},
	{480, 320},
	{640, 480},
	{800, 480},
	{1024, 600},
	{720, 720},
	{720, 1280},
	{1280, 800},
	{1920, 1080},
	{3840, 2160},
}

// cells are every order of every two sizes.
var cells = func() (all []cell) {
	for _, cashier := range sides {
		for _, customer := range sides {
			for _, o := range orders {
				if o.name == "mirrored" && cashier != customer {
					continue // the one would show a part of the other
				}
				all = append(all, cell{cashier, customer, o})
			}
		}
	}
	return all
}()

const storms = 100
