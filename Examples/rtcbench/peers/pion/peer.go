package main

import (
	"errors"
	"os"
	"path/filepath"
	"time"

	"github.com/pion/webrtc"
)

// peer is one end of a transfer between two processes, which hand each other complete descriptions as files.
func peer(chosen options) (report, error) {
	connection, err := api(false).NewPeerConnection(webrtc.Configuration{})
	if err != nil {
		return nil, err
	}
	defer connection.Close()
	opened := make(chan channel, 1)
	if chosen.role == "answer" {
		return answer(connection, opened, chosen)
	}
	return offer(connection, opened, chosen)
}

// offer sends as fast as it can until the answerer is done.
func offer(connection *webrtc.PeerConnection, opened chan channel, chosen options) (report, error) {
	files := exchange(chosen.exchange)
	data, err := connection.CreateDataChannel("x", nil)
	if err != nil {
		return nil, err
	}
	whenOpen(data, opened)
	description, err := connection.CreateOffer(nil)
	if err != nil {
		return nil, err
	}
	if err := files.describe(connection, description, "offer"); err != nil {
		return nil, err
	}
	text := files.read("answer")
	err = connection.SetRemoteDescription(webrtc.SessionDescription{Type: webrtc.SDPTypeAnswer, SDP: text})
	if err != nil {
		return nil, err
	}
	done := make(chan struct{})
	go flood(<-opened, chosen.messageSize, done)
	files.read("done")
	close(done)
	return nil, nil
}

// answer measures what arrives after the warm-up.
func answer(connection *webrtc.PeerConnection, opened chan channel, chosen options) (report, error) {
	files := exchange(chosen.exchange)
	connection.OnDataChannel(func(data *webrtc.DataChannel) { whenOpen(data, opened) })
	text := files.read("offer")
	err := connection.SetRemoteDescription(webrtc.SessionDescription{Type: webrtc.SDPTypeOffer, SDP: text})
	if err != nil {
		return nil, err
	}
	description, err := connection.CreateAnswer(nil)
	if err != nil {
		return nil, err
	}
	if err := files.describe(connection, description, "answer"); err != nil {
		return nil, err
	}
	var arrived traffic
	from := <-opened
	go arrived.read(from.stream, chosen.messageSize)
	for arrived.bytes.Load() == 0 {
		time.Sleep(time.Millisecond)
	}
	pause(chosen.warmUp)
	before, start := arrived.bytes.Load(), time.Now()
	pause(chosen.seconds)
	got, elapsed := float64(arrived.bytes.Load()-before), time.Since(start).Seconds()
	if err := arrived.whole(); err != nil {
		return nil, err
	}
	return report{"message_size": chosen.messageSize, "mbit_s": got * 8 / 1e6 / elapsed}, files.write("done\n", "done")
}

// exchange is a directory that both ends see.
type exchange string

// describe sets a local description and writes it down with all candidates.
func (files exchange) describe(end *webrtc.PeerConnection, description webrtc.SessionDescription, name string) error {
	gathered := webrtc.GatheringCompletePromise(end)
	if err := end.SetLocalDescription(description); err != nil {
		return err
	}
	<-gathered
	local := end.LocalDescription()
	if local == nil {
		return errors.New("no local description")
	}
	return files.write(local.SDP, name)
}

// write gives a file its name when it is complete, so that the other end never reads half of it.
func (files exchange) write(text, name string) error {
	path := filepath.Join(string(files), name)
	if err := os.WriteFile(path+".part", []byte(text), 0o644); err != nil {
		return err
	}
	return os.Rename(path+".part", path)
}

// read waits for a file and returns what it holds.
func (files exchange) read(name string) string {
	for {
		if text, err := os.ReadFile(filepath.Join(string(files), name)); err == nil {
			return string(text)
		}
		time.Sleep(10 * time.Millisecond)
	}
}
