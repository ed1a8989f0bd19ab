import assert from "node:assert/strict";
import { test } from "node:test";
import { createStreams, publishStream, watchStream } from "../../../Sources/Gateway/Pages/swift-webrtc.js";
import { FakeEventSource, FakePeerConnection, FakeSocket, fakeFetch, turn, until } from "./fakes.mjs";

const offer = { type: "offer", sdp: "v=0\r\no=- 7 1 IN IP4 0.0.0.0\r\n" };
const welcome = { type: "welcome", peer_id: "p1", ice_servers: [{ urls: ["turn:t"], username: "u", credential: "c" }, { urls: ["stun:s"], username: null, credential: null }] };

function watch(options = {}) {
    return watchStream("a b", {
        url: "ws://h/api/streamers", WebSocket: FakeSocket, RTCPeerConnection: FakePeerConnection, token: "t&t",
        backoff: { first: 1, random: () => 0 }, ...options,
    });
}

test("streams are listed as they come, change and go, and what is asked for has their name", async () => {
    const { fetch, asked } = fakeFetch({
        "POST /api/streamers": { value: { streamer_id: "x" } }, "DELETE /api/streamers/a%2Fb": { status: 204 },
        "POST /api/streamers/x/recording": { value: { name: "x.webm" } }, "DELETE /api/streamers/x/recording": { value: {} },
    });
    const streams = createStreams({ fetch, EventSource: FakeEventSource, token: () => "t&t", backoff: { first: 1 } });
    await turn();
    const source = FakeEventSource.all.at(-1);
    assert.equal(source.url, "/api/streamers/events?token=t%26t");
    for (const [streamer_id, status] of [["b", "live"], ["a", "starting"], ["a", "live"]]) await source.says("streamer", { streamer_id, status });
    assert.deepEqual(streams.streams, [{ streamer_id: "a", status: "live" }, { streamer_id: "b", status: "live" }]);
    await source.says("streamer", { streamer_id: "a", status: "gone" });
    assert.deepEqual(streams.streams.map((stream) => stream.streamer_id), ["b"]);
    assert.equal(streams.connectionState, "connected");
    await streams.create("x", { source: "test" }, { host_id: 1 });
    assert.deepEqual(asked.at(-1).body, { streamer_id: "x", settings: { source: "test" }, host_id: 1 });
    await streams.stop("a/b");
    await streams.record("x");
    await streams.record("x", false);
    source.onerror();
    assert.equal(streams.connectionState, "error");
    await until(() => FakeEventSource.all.at(-1) !== source);
    // Those that have gone meanwhile are not there any more.
    FakeEventSource.all.at(-1).onopen();
    assert.deepEqual(streams.streams, []);
    streams.close();
});

test("a watcher answers the offer, says what it wants, and presses keys where there is a channel for them", async () => {
    const stream = watch();
    await turn();
    const socket = FakeSocket.last;
    assert.equal(socket.url, "ws://h/api/streamers/a%20b/peer?token=t%26t");
    socket.readyState = 1;
    stream.select({ width: 640 });
    await socket.says(welcome);
    await socket.says({ type: "state", status: "live" });
    assert.deepEqual([stream.peerId, stream.status, stream.state], ["p1", "live", "waiting"]);
    await socket.says(offer);
    const connection = FakePeerConnection.all.at(-1);
    assert.deepEqual(connection.configuration.iceServers, [{ urls: ["turn:t"], username: "u", credential: "c" }, { urls: ["stun:s"] }]);
    assert.deepEqual(socket.sent.map(({ type }) => type), ["select", "answer", "select"]);
    await socket.says({ type: "candidate", candidate: { candidate: "c1" } });
    assert.equal(connection.candidates.length, 1);
    connection.connectionState = "connected";
    connection.onconnectionstatechange();
    assert.equal(stream.state, "connected");
    assert.equal(stream.key("KeyA", true), false);
    const sent = [];
    const channel = { label: "input", readyState: "open", bufferedAmount: 0, send: (text) => sent.push(JSON.parse(text)) };
    connection.ondatachannel({ channel });
    assert.ok(stream.hasInput && stream.key("KeyA", true) && stream.gamepad({ index: 0, axes: [0], buttons: [{ value: 1 }, 0.5] }));
    channel.bufferedAmount = 1 << 20;
    // A move that is late is not worth the wait; a button is.
    assert.deepEqual([stream.mouse({ x: 1, y: 2 }), stream.mouse({ x: 1, y: 2, buttons: 1 })], [false, true]);
    assert.deepEqual(sent.map(({ type }) => type), ["key", "gamepad", "mouse"]);
    assert.deepEqual(sent[1].buttons, [1, 0.5]);
    stream.close();
    assert.ok(socket.isClosed && stream.state === "closed" && stream.stream === null);
});

test("each welcome begins a new connection; a socket that breaks is made again, but not of a stream that is over", async () => {
    const stream = watch();
    await turn();
    let socket = FakeSocket.last;
    socket.readyState = 1;
    await socket.says(welcome);
    await socket.says(offer);
    const first = FakePeerConnection.all.at(-1);
    await socket.says(welcome);
    await socket.says({ ...offer, sdp: offer.sdp.replace("7", "8") });
    const second = FakePeerConnection.all.at(-1);
    assert.ok(first !== second && first.signalingState === "closed");
    await socket.says("{");
    assert.ok(stream.error);
    await socket.breaks();
    assert.equal(stream.state, "connecting");
    await until(() => FakeSocket.last !== socket);
    socket = FakeSocket.last;
    await socket.says(welcome);
    await socket.says({ type: "state", status: "stopped" });
    await socket.breaks(1000, "the stream is over");
    assert.equal(stream.state, "ended");
    await turn();
    assert.equal(FakeSocket.last, socket);
    stream.close();
});

test("a camera is published with one request, and its end is said; what is refused leaves nothing open", async () => {
    class Publisher extends FakePeerConnection {
        iceGatheringState = "complete";
        addTransceiver(track, options) {
            (this.sent ??= []).push([track, options.direction]);
        }
    }
    const asked = [];
    const fetch = async (path, { method, headers }) => {
        asked.push([method, path, headers.Authorization]);
        const isThere = !path.endsWith("/full");
        return {
            ok: isThere, status: isThere ? 201 : 503, headers: new Map([["location", "/whip/cam/1"]]),
            text: async () => "v=0\r\no=- 9 1 IN IP4 0.0.0.0\r\n", json: async () => ({ error: { code: "full", message: "no place" } }),
        };
    };
    const options = { RTCPeerConnection: Publisher, fetch, token: "t" };
    const publication = await publishStream("cam", { getTracks: () => ["v"] }, options);
    assert.deepEqual(publication.connection.sent, [["v", "sendonly"]]);
    await publication.close();
    assert.deepEqual(asked, [["POST", "/whip/cam", "Bearer t"], ["DELETE", "/whip/cam/1", "Bearer t"]]);
    await assert.rejects(publishStream("full", { getTracks: () => [] }, options), { status: 503, code: "full" });
    assert.equal(FakePeerConnection.all.at(-1).signalingState, "closed");
});
