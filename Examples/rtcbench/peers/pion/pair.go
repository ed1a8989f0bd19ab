package main

import (
	"errors"
	"io"
	"os"
	"time"

	"github.com/pion/ice/v2"
	"github.com/pion/interceptor"
	"github.com/pion/logging"
	"github.com/pion/webrtc"
)

// api keeps both ends on the loopback interface. Channels are detached: pion's own reader holds 65,535 bytes, one less
// than a message of ours.
func api(loopback bool) *webrtc.API {
	var settings webrtc.SettingEngine
	logs := logging.NewDefaultLoggerFactory()
	logs.Writer = os.Stderr // standard output is for the report
	settings.LoggerFactory = logs
	settings.DetachDataChannels()
	settings.SetICEMulticastDNSMode(ice.MulticastDNSModeDisabled)
	settings.SetNetworkTypes([]webrtc.NetworkType{webrtc.NetworkTypeUDP4})
	if loopback {
		settings.SetIncludeLoopbackCandidate(true)
		settings.SetInterfaceFilter(func(name string) bool { return name == "lo" })
	}
	// What NewPeerConnection brings by itself: the usual codecs, and who reports and repairs.
	media, registry := &webrtc.MediaEngine{}, &interceptor.Registry{}
	if media.RegisterDefaultCodecs() != nil || webrtc.RegisterDefaultInterceptors(media, registry) != nil {
		panic("pion has no codecs")
	}
	return webrtc.NewAPI(
		webrtc.WithSettingEngine(settings), webrtc.WithMediaEngine(media), webrtc.WithInterceptorRegistry(registry))
}

// channel is a data channel that is open and detached.
type channel struct {
	*webrtc.DataChannel
	stream io.ReadWriteCloser
}

// whenOpen hands over a channel when it is open.
func whenOpen(data *webrtc.DataChannel, opened chan<- channel) {
	data.OnOpen(func() {
		if stream, err := data.Detach(); err == nil {
			opened <- channel{data, stream}
		}
	})
}

// pair is two connections in this process, and both ends of a channel between them.
type pair struct {
	ends      [2]*webrtc.PeerConnection
	near, far channel
}

// newPair opens a pair. Candidates trickle, as they would between two servers. What else the ends are to have is
// prepared before they negotiate.
func newPair(prepare ...func(offerer, answerer *webrtc.PeerConnection) error) (*pair, error) {
	made := &pair{}
	for index := range made.ends {
		end, err := api(true).NewPeerConnection(webrtc.Configuration{})
		if err != nil {
			return nil, err
		}
		made.ends[index] = end
	}
	offerer, answerer := made.ends[0], made.ends[1]
	near, far := make(chan channel, 1), make(chan channel, 1)
	answerer.OnDataChannel(func(data *webrtc.DataChannel) { whenOpen(data, far) })
	data, err := offerer.CreateDataChannel("0", nil)
	if err != nil {
		return nil, err
	}
	whenOpen(data, near)
	for _, step := range prepare {
		if err := step(offerer, answerer); err != nil {
			return nil, err
		}
	}
	if err := negotiate(offerer, answerer); err != nil {
		return nil, err
	}
	timeout := time.After(20 * time.Second)
	for made.near.stream == nil || made.far.stream == nil {
		select {
		case made.near = <-near:
		case made.far = <-far:
		case <-timeout:
			made.close()
			return nil, errors.New("the pair did not connect")
		}
	}
	return made, nil
}

func negotiate(offerer, answerer *webrtc.PeerConnection) error {
	// Candidates wait until the other end knows the description that they belong to.
	hasOffer, hasAnswer := make(chan struct{}), make(chan struct{})
	trickle := func(from, to *webrtc.PeerConnection, ready <-chan struct{}) {
		from.OnICECandidate(func(candidate *webrtc.ICECandidate) {
			if candidate != nil {
				<-ready
				_ = to.AddICECandidate(candidate.ToJSON()) // a closed connection wants none
			}
		})
	}
	trickle(offerer, answerer, hasOffer)
	trickle(answerer, offerer, hasAnswer)
	offer, err := offerer.CreateOffer(nil)
	if err != nil {
		return err
	}
	if err := offerer.SetLocalDescription(offer); err != nil {
		return err
	}
	if err := answerer.SetRemoteDescription(offer); err != nil {
		return err
	}
	close(hasOffer)
	answer, err := answerer.CreateAnswer(nil)
	if err != nil {
		return err
	}
	if err := answerer.SetLocalDescription(answer); err != nil {
		return err
	}
	if err := offerer.SetRemoteDescription(answer); err != nil {
		return err
	}
	close(hasAnswer)
	return nil
}

func (made *pair) close() {
	for _, end := range made.ends {
		_ = end.Close()
	}
}
