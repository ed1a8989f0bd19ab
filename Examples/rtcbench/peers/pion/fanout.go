package main

import (
	"sync/atomic"
	"time"

	"github.com/pion/rtp"
	"github.com/pion/webrtc"
)

// fanout sends the packets of one track to many connections, as fast as they are taken or at a rate.
func fanout(chosen options) (report, error) {
	capability := webrtc.RTPCodecCapability{MimeType: webrtc.MimeTypeVP8, ClockRate: 90000}
	track, err := webrtc.NewTrackLocalStaticRTP(capability, "video", "bench")
	if err != nil {
		return nil, err
	}
	var received atomic.Uint64
	for index := 0; index < chosen.receivers; index++ {
		made, err := newPair(func(offerer, answerer *webrtc.PeerConnection) error {
			answerer.OnTrack(func(remote *webrtc.TrackRemote, _ *webrtc.RTPReceiver) {
				for {
					if _, _, err := remote.ReadRTP(); err != nil {
						return
					}
					received.Add(1)
				}
			})
			_, err := offerer.AddTrack(track)
			return err
		})
		if err != nil {
			return nil, err
		}
		defer made.close()
	}
	var sent atomic.Uint64
	done := make(chan struct{})
	go func() {
		packet := rtp.Packet{Header: rtp.Header{Version: 2}, Payload: make([]byte, chosen.payload)}
		packet.Payload[0] = 0x10 // VP8: a partition begins
		start := time.Now()
		for number := 0; ; number++ {
			select {
			case <-done:
				return
			default:
			}
			packet.SequenceNumber = uint16(number)
			packet.Timestamp = uint32(number / 10 * 3000)
			packet.Marker = number%10 == 9
			if chosen.rate > 0 {
				time.Sleep(time.Until(start.Add(time.Duration(number) * time.Second / time.Duration(chosen.rate))))
			}
			_ = track.WriteRTP(&packet) // a connection that closes is not the benchmark's end
			sent.Add(1)
		}
	}()
	pause(chosen.warmUp)
	processor, before, sentBefore, start := processorSeconds(), received.Load(), sent.Load(), time.Now()
	pause(chosen.seconds)
	processor = processorSeconds() - processor
	delivered, elapsed := float64(received.Load()-before), time.Since(start).Seconds()
	expected := float64((sent.Load() - sentBefore) * uint64(chosen.receivers))
	close(done)
	return report{
		"receivers":         chosen.receivers,
		"delivered_pps":     delivered / elapsed,
		"cpu_us_per_packet": processor * 1e6 / delivered,
		"lost":              expected - delivered, // what is under way at either end of the time counts, too
	}, nil
}
