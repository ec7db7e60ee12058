//go:build gpu && !rig

package main

import "image"

// cells are a few of the arrangements of the table: each order once, small and large.
var cells = []cell{
	{image.Pt(1280, 800), image.Pt(480, 320), orders[0]}, // screen.md 2
	{image.Pt(1280, 800), image.Pt(640, 480), orders[1]},
	{image.Pt(1024, 768), image.Pt(320, 240), orders[2]},
	{image.Pt(800, 600), image.Pt(1920, 1080), orders[3]},
	{image.Pt(1024, 600), image.Pt(1024, 600), orders[4]},
	{image.Pt(1280, 800), image.Pt(1024, 600), orders[0]},
}

// storms is how often TestMonitorsInARow changes the monitors in the middle of sales.
const storms = 4
