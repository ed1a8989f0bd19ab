package main

import (
	"encoding/binary"
	"fmt"
	"sync"
	"time"
)

func pause(seconds float64) {
	time.Sleep(time.Duration(seconds * float64(time.Second)))
}

// throughput sends as fast as it can, one way.
func throughput(chosen options) (report, error) {
	made, err := newPair()
	if err != nil {
		return nil, err
	}
	var arrived traffic
	done := make(chan struct{})
	go arrived.read(made.far.stream, chosen.messageSize)
	go flood(made.near, chosen.messageSize, done)
	pause(chosen.warmUp)
	processor, bytes, start := processorSeconds(), arrived.bytes.Load(), time.Now()
	pause(chosen.seconds)
	processor = processorSeconds() - processor
	got, elapsed := float64(arrived.bytes.Load()-bytes), time.Since(start).Seconds()
	close(done)
	if err := arrived.whole(); err != nil {
		return nil, err
	}
	return report{
		"message_size": chosen.messageSize,
		"mbit_s":       got * 8 / 1e6 / elapsed,
		"cpu_s_per_gb": processor / (got / 1e9),
	}, nil
}

// connect opens connections one after another, from NewPeerConnection to the open channels.
func connect(chosen options) (report, error) {
	for warmUp := time.Now(); time.Since(warmUp) < time.Second; {
		made, err := newPair()
		if err != nil {
			return nil, err
		}
		made.close()
	}
	var milliseconds []float64
	processor := processorSeconds()
	for len(milliseconds) < chosen.count {
		start := time.Now()
		made, err := newPair()
		if err != nil {
			return nil, err
		}
		milliseconds = append(milliseconds, time.Since(start).Seconds()*1000)
		made.close()
	}
	return report{
		"count":       chosen.count,
		"p50_ms":      percentile(milliseconds, 0.50),
		"p95_ms":      percentile(milliseconds, 0.95),
		"p99_ms":      percentile(milliseconds, 0.99),
		"max_ms":      percentile(milliseconds, 1),
		"cpu_ms_each": (processorSeconds() - processor) * 1000 / float64(chosen.count),
	}, nil
}

// ping sends 64 bytes there and back, one at a time.
func ping(chosen options) (report, error) {
	const size = 64
	made, err := newPair()
	if err != nil {
		return nil, err
	}
	go func() {
		buffer := make([]byte, size)
		for {
			count, err := made.far.stream.Read(buffer)
			if err != nil {
				return
			}
			if _, err := made.far.stream.Write(buffer[:count]); err != nil {
				return
			}
		}
	}()
	var microseconds []float64
	message, answer := make([]byte, size), make([]byte, size)
	warmUp := time.Now()
	for number := uint64(0); len(microseconds) < chosen.count; number++ {
		binary.BigEndian.PutUint64(message, number)
		start := time.Now()
		if _, err := made.near.stream.Write(message); err != nil {
			return nil, err
		}
		count, err := made.near.stream.Read(answer)
		if err != nil {
			return nil, err
		}
		if count != size || binary.BigEndian.Uint64(answer) != number {
			return nil, fmt.Errorf("the answer to %d is not what was sent", number)
		}
		if start.Sub(warmUp) > time.Second {
			microseconds = append(microseconds, time.Since(start).Seconds()*1e6)
		}
	}
	return report{
		"count": chosen.count, "p50_us": percentile(microseconds, 0.50), "p99_us": percentile(microseconds, 0.99),
	}, nil
}

// many opens pairs and keeps them, and measures what they take while nothing happens.
func many(chosen options) (report, error) {
	first, err := newPair()
	if err != nil {
		return nil, err
	}
	first.close()
	resident, processor, start := residentBytes(), processorSeconds(), time.Now()
	var opening sync.WaitGroup
	turns := make(chan struct{}, chosen.parallel)
	open := make(chan *pair, chosen.pairs)
	for index := 0; index < chosen.pairs; index++ {
		opening.Add(1)
		turns <- struct{}{}
		go func() {
			defer opening.Done()
			if made, err := newPair(); err == nil {
				open <- made
			}
			<-turns
		}()
	}
	opening.Wait()
	elapsed, spent := time.Since(start).Seconds(), processorSeconds()-processor
	opened := float64(len(open))
	if opened == 0 {
		return nil, fmt.Errorf("no pair opened")
	}
	time.Sleep(time.Second)
	taken := residentBytes() - resident
	idle := processorSeconds()
	pause(chosen.seconds)
	return report{
		"pairs": chosen.pairs, "opened": opened, "all_open_s": elapsed,
		"cpu_ms_per_pair":       spent * 1000 / opened,
		"rss_kb_per_connection": taken / 1024 / (2 * opened),
		"idle_cpu_percent":      (processorSeconds() - idle) / chosen.seconds * 100,
	}, nil
}
