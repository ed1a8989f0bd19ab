// One peer of `make bench`: pion, both ends in this process, or one end of a transfer between two. The modes, their
// options and the line of JSON at the end are those of rtcbench.
package main

import (
	"encoding/json"
	"flag"
	"fmt"
	"os"
)

type options struct {
	messageSize int
	count       int
	pairs       int
	parallel    int
	seconds     float64
	warmUp      float64
	role        string
	exchange    string
	receivers   int
	rate        int
	payload     int
}

type report map[string]any

var modes = map[string]func(options) (report, error){
	"throughput": throughput,
	"connect":    connect,
	"ping":       ping,
	"many":       many,
	"peer":       peer,
	"fanout":     fanout,
}

func main() {
	if len(os.Args) < 2 || modes[os.Args[1]] == nil {
		fmt.Fprintln(os.Stderr, "usage: pion throughput|connect|ping|many|peer|fanout [options]; -h after a mode lists them")
		os.Exit(2)
	}
	mode := os.Args[1]
	result, err := modes[mode](parse(mode, os.Args[2:]))
	if err != nil {
		fmt.Fprintln(os.Stderr, "pion:", err)
		os.Exit(1)
	}
	if result == nil {
		return // the offerer of a transfer has nothing to say
	}
	result["lib"], result["mode"] = "pion", mode
	line, err := json.Marshal(result)
	if err != nil {
		fmt.Fprintln(os.Stderr, "pion:", err)
		os.Exit(1)
	}
	fmt.Println(string(line))
}

func parse(mode string, words []string) options {
	var chosen options
	set := flag.NewFlagSet(mode, flag.ExitOnError)
	set.IntVar(&chosen.messageSize, "message-size", 65536, "bytes in a message")
	set.IntVar(&chosen.count, "count", 50, "connections to open, or round trips to measure")
	set.IntVar(&chosen.pairs, "pairs", 100, "pairs of connections to open and to keep")
	set.IntVar(&chosen.parallel, "parallel", 16, "pairs that open at the same time")
	set.Float64Var(&chosen.seconds, "seconds", 5, "seconds to measure")
	set.Float64Var(&chosen.warmUp, "warm-up", 1, "seconds before those")
	set.StringVar(&chosen.role, "role", "offer", "which end a peer is: offer or answer")
	set.StringVar(&chosen.exchange, "exchange", "", "the directory that both peers see")
	set.IntVar(&chosen.receivers, "receivers", 10, "connections that get a track")
	set.IntVar(&chosen.rate, "rate", 0, "packets a second of the track; 0 for as many as there is time for")
	set.IntVar(&chosen.payload, "payload", 1100, "bytes of a packet's payload")
	_ = set.Parse(words) // ends the program where it fails
	return chosen
}
