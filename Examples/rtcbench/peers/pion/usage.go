package main

import (
	"os"
	"runtime/debug"
	"sort"
	"strconv"
	"strings"
	"syscall"
)

// processorSeconds is the processor time of this process, all threads together.
func processorSeconds() float64 {
	var usage syscall.Rusage
	if syscall.Getrusage(syscall.RUSAGE_SELF, &usage) != nil {
		return 0
	}
	seconds := func(time syscall.Timeval) float64 { return float64(time.Sec) + float64(time.Usec)/1e6 }
	return seconds(usage.Utime) + seconds(usage.Stime)
}

// residentBytes is the memory in use, after what is garbage has been given back.
func residentBytes() float64 {
	debug.FreeOSMemory()
	text, _ := os.ReadFile("/proc/self/statm")
	words := strings.Fields(string(text))
	if len(words) < 2 {
		return 0
	}
	pages, _ := strconv.Atoi(words[1])
	return float64(pages * os.Getpagesize())
}

// percentile is the value below which a share of the sorted values lie, by the nearest rank.
func percentile(values []float64, share float64) float64 {
	sorted := append([]float64{}, values...)
	sort.Float64s(sorted)
	rank := int(share*float64(len(sorted)) + 0.999999)
	if rank < 1 {
		rank = 1
	}
	return sorted[rank-1]
}
