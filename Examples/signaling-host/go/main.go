// The room dialect in Go with gorilla/websocket, as a server to measure ours beside, and the clients that load either.
//
//	signaling serve -port 4010
//	signaling load -url ws://127.0.0.1:4010/ws -pid PID -pairs 100 -seconds 5
//	signaling idle -url ws://127.0.0.1:4010/ws -pid PID -sockets 5000
package main

import (
	"encoding/json"
	"flag"
	"fmt"
	"net/http"
	"os"
	"sort"
	"strconv"
	"strings"
	"sync"
	"sync/atomic"
	"time"

	"github.com/gorilla/websocket"
)

type member struct {
	id       string
	outgoing chan []byte
}

type hub struct {
	lock  sync.RWMutex
	rooms map[string]map[string]*member
}

func (hub *hub) serve(writer http.ResponseWriter, request *http.Request) {
	upgrader := websocket.Upgrader{CheckOrigin: func(*http.Request) bool { return true }}
	socket, err := upgrader.Upgrade(writer, request, nil)
	if err != nil {
		return
	}
	socket.SetReadLimit(65536)
	self := &member{outgoing: make(chan []byte, 256)}
	go func() {
		ticker := time.NewTicker(5 * time.Second)
		defer ticker.Stop()
		for {
			select {
			case bytes, isOpen := <-self.outgoing:
				if !isOpen {
					socket.Close()
					return
				}
				socket.WriteMessage(websocket.TextMessage, bytes)
			case <-ticker.C:
				socket.WriteMessage(websocket.PingMessage, nil)
			}
		}
	}()
	room := ""
	defer func() {
		hub.lock.Lock()
		delete(hub.rooms[room], self.id)
		if len(hub.rooms[room]) == 0 {
			delete(hub.rooms, room)
		}
		close(self.outgoing)
		hub.lock.Unlock()
	}()
	for {
		_, bytes, err := socket.ReadMessage()
		if err != nil {
			return
		}
		var message map[string]json.RawMessage
		if json.Unmarshal(bytes, &message) != nil {
			continue
		}
		text := func(name string) (value string) {
			json.Unmarshal(message[name], &value)
			return
		}
		if text("type") == "join" {
			room, self.id = text("room"), text("peerId")
			hub.lock.Lock()
			if hub.rooms[room] == nil {
				hub.rooms[room] = map[string]*member{}
			}
			others := []string{}
			for id, other := range hub.rooms[room] {
				others = append(others, id)
				joined, _ := json.Marshal(map[string]string{"type": "peer-joined", "peerId": self.id})
				other.outgoing <- joined
			}
			hub.rooms[room][self.id] = self
			hub.lock.Unlock()
			list, _ := json.Marshal(map[string]any{"type": "peer-list", "peers": others})
			self.outgoing <- list
			continue
		}
		// The sender is the one that has joined here.
		message["from"], _ = json.Marshal(self.id)
		relayed, _ := json.Marshal(message)
		hub.lock.RLock()
		if target := hub.rooms[room][text("to")]; target != nil {
			select {
			case target.outgoing <- relayed:
			default:
			}
		}
		hub.lock.RUnlock()
	}
}

// Processor seconds and resident bytes of a process.
func usage(pid int) (float64, float64) {
	stat, err := os.ReadFile(fmt.Sprintf("/proc/%d/stat", pid))
	if err != nil {
		panic(err)
	}
	fields := strings.Fields(string(stat[strings.LastIndexByte(string(stat), ')')+2:]))
	user, _ := strconv.ParseFloat(fields[11], 64)
	system, _ := strconv.ParseFloat(fields[12], 64)
	pages, _ := strconv.ParseFloat(fields[21], 64)
	return (user + system) / 100, pages * float64(os.Getpagesize())
}

func join(url, room, id string) *websocket.Conn {
	socket, _, err := websocket.DefaultDialer.Dial(url, nil)
	if err != nil {
		panic(err)
	}
	socket.WriteJSON(map[string]string{"type": "join", "room": room, "peerId": id})
	if _, _, err := socket.ReadMessage(); err != nil {
		panic(err)
	}
	return socket
}

// Each pair sends a description of one KiB to and fro.
func load(url string, pid, pairs int, duration time.Duration) {
	sdp := strings.Repeat("a=x\\r\\n", 170)
	var relayed atomic.Int64
	var lock sync.Mutex
	var times []float64
	var group sync.WaitGroup
	end := make(chan struct{})
	for pair := 0; pair < pairs; pair++ {
		room := strconv.Itoa(pair)
		a := join(url, room, "A")
		b := join(url, room, "B")
		a.ReadMessage()
		group.Add(1)
		go func() {
			for {
				if _, _, err := b.ReadMessage(); err != nil {
					return
				}
				b.WriteMessage(websocket.TextMessage, []byte(`{"type":"answer","to":"A","sdp":"`+sdp+`"}`))
			}
		}()
		go func() {
			defer group.Done()
			var own []float64
			for {
				select {
				case <-end:
					lock.Lock()
					times = append(times, own...)
					lock.Unlock()
					a.Close()
					b.Close()
					return
				default:
				}
				start := time.Now()
				a.WriteMessage(websocket.TextMessage, []byte(`{"type":"offer","to":"B","sdp":"`+sdp+`"}`))
				if _, _, err := a.ReadMessage(); err != nil {
					panic(err)
				}
				own = append(own, float64(time.Since(start).Microseconds()))
				relayed.Add(2)
			}
		}()
	}
	time.Sleep(time.Second)
	processor, _ := usage(pid)
	before, start := relayed.Load(), time.Now()
	time.Sleep(duration)
	after, elapsed := relayed.Load(), time.Since(start).Seconds()
	now, _ := usage(pid)
	close(end)
	group.Wait()
	sort.Float64s(times)
	count := float64(after - before)
	fmt.Printf(`{"pairs":%d,"relayed_per_s":%.0f,"relayed_per_cpu_s":%.0f,"p50_us":%.0f,"p99_us":%.0f}`+"\n", pairs,
		count/elapsed, count/(now-processor), times[len(times)/2], times[len(times)*99/100])
}

func idle(url string, pid, count int) {
	_, before := usage(pid)
	for number := 0; number < count; number++ {
		socket := join(url, strconv.Itoa(number), "A")
		go func() {
			for {
				if _, _, err := socket.ReadMessage(); err != nil {
					return
				}
			}
		}()
	}
	processor, _ := usage(pid)
	time.Sleep(10 * time.Second)
	later, after := usage(pid)
	fmt.Printf(`{"sockets":%d,"kb_per_socket":%.1f,"idle_cpu_percent":%.1f}`+"\n", count,
		(after-before)/float64(count)/1024, (later-processor)*10)
}

func main() {
	flags := flag.NewFlagSet(os.Args[1], flag.ExitOnError)
	port := flags.Int("port", 4010, "the port to serve on")
	url := flags.String("url", "ws://127.0.0.1:4010/ws", "the server to load")
	pid := flags.Int("pid", 0, "the server's process")
	pairs := flags.Int("pairs", 100, "pairs of clients")
	sockets := flags.Int("sockets", 5000, "idle sockets")
	seconds := flags.Int("seconds", 5, "how long")
	flags.Parse(os.Args[2:])
	switch os.Args[1] {
	case "serve":
		hub := &hub{rooms: map[string]map[string]*member{}}
		http.HandleFunc("/ws", hub.serve)
		panic(http.ListenAndServe(fmt.Sprintf("127.0.0.1:%d", *port), nil))
	case "load":
		load(*url, *pid, *pairs, time.Duration(*seconds)*time.Second)
	case "idle":
		idle(*url, *pid, *sockets)
	}
}
