package main

import (
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"sync/atomic"
)

// What a channel may have buffered before its sender waits, and when it goes on.
const (
	highWater = 8 << 20
	lowWater  = 4 << 20
)

// variants is after how many messages the same one is sent again.
const variants = 16

// messages are those that are sent in turn: each has its number at its front and at its end.
func messages(size int) [][]byte {
	made := make([][]byte, variants)
	for number := range made {
		made[number] = make([]byte, size)
		for index := range made[number] {
			made[number][index] = 0x55
		}
		binary.BigEndian.PutUint64(made[number], uint64(number))
		binary.BigEndian.PutUint64(made[number][size-8:], uint64(number))
	}
	return made
}

// traffic counts what arrives, and what of it is not the message that was due.
type traffic struct {
	bytes, messages, faults atomic.Uint64
}

// read reads a channel to its end.
func (counted *traffic) read(from io.Reader, size int) {
	buffer := make([]byte, size+1)
	for due := uint64(0); ; due = (due + 1) % variants {
		count, err := from.Read(buffer)
		if err != nil {
			if !errors.Is(err, io.EOF) {
				counted.faults.Add(1)
			}
			return
		}
		if count != size || binary.BigEndian.Uint64(buffer) != due ||
			binary.BigEndian.Uint64(buffer[size-8:]) != due {
			counted.faults.Add(1)
		}
		counted.bytes.Add(uint64(count))
		counted.messages.Add(1)
	}
}

// flood sends until the channel closes or `done` does.
func flood(to channel, size int, done <-chan struct{}) {
	low := make(chan struct{}, 1)
	to.SetBufferedAmountLowThreshold(lowWater)
	to.OnBufferedAmountLow(func() {
		select {
		case low <- struct{}{}:
		default:
		}
	})
	made := messages(size)
	for number := 0; ; number = (number + 1) % variants {
		if to.BufferedAmount() > highWater {
			select {
			case <-low:
			case <-done:
				return
			}
		}
		if _, err := to.stream.Write(made[number]); err != nil {
			return
		}
	}
}

// whole is an error where messages did not arrive as they were sent.
func (counted *traffic) whole() error {
	if faults := counted.faults.Load(); faults > 0 {
		return fmt.Errorf("%d of %d messages were not as sent", faults, counted.messages.Load())
	}
	return nil
}
