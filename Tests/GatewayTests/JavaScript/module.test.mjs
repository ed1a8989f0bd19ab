import assert from "node:assert/strict";
import { beforeEach, test } from "node:test";
import {
    createCalls, createMesh, createPeerConnection, createRoom, createSession, turnApi,
} from "../../../Sources/Gateway/Pages/swift-webrtc.js";
import { chooseLanguage, text, textNames } from "../../../Sources/Gateway/Pages/texts.js";
import { Backoff, randomID } from "../../../Sources/Gateway/Pages/store.js";
import { FakeEventSource, FakePeerConnection, FakeSocket, fakeFetch, sdp, turn, until } from "./fakes.mjs";

const fakes = { url: "ws://here/ws", WebSocket: FakeSocket, RTCPeerConnection: FakePeerConnection, backoff: { first: 1, longest: 2 } };

beforeEach(() => {
    FakeSocket.all = [];
    FakePeerConnection.all = [];
    FakeEventSource.all = [];
});

// MARK: Small parts

test("both languages have all texts, with as many values", () => {
    assert.deepEqual(textNames.de, textNames.en);
    assert.equal(text("peersInRoom", 2), "Peers in Room (2)");
    assert.equal(chooseLanguage("?lang=de", ["en-US"]), "de");
    assert.equal(chooseLanguage("", ["fr", "de-AT"]), "de");
    assert.equal(chooseLanguage("?lang=fr", []), "en");
});

test("waits are twice as long each time, up to the longest, and never less than half of it", () => {
    const backoff = new Backoff({ first: 100, longest: 500, random: () => 0 });
    assert.deepEqual([1, 2, 3, 4].map(() => backoff.next()), [100, 200, 400, 500]);
    backoff.reset();
    backoff.random = () => 1;
    assert.equal(backoff.next(), 50);
    assert.match(randomID(), /^[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/);
});

// MARK: Connections

async function connect(isPolite, more = {}) {
    const sent = [];
    const manager = await createPeerConnection({
        isPolite, callId: "c", remoteUserId: "bob", signaling: { send: (message) => sent.push(message) }, iceServers: [],
        RTCPeerConnection: FakePeerConnection, ...more,
    });
    return { manager, sent, peer: FakePeerConnection.all.at(-1) };
}

test("credentials are fetched first, and a refused token is refreshed once", async () => {
    const { fetch, asked } = fakeFetch({
        "GET /api/turn/credentials": ({ headers }) => headers.Authorization === "Bearer new"
            ? { value: { username: "1:ann", password: "p", ttl: 300, uris: ["turn:t"] } } : { status: 401 },
    });
    const { peer } = await connect(false, { iceServers: undefined, fetch, token: "old", refreshToken: async () => "new" });
    assert.deepEqual(peer.configuration.iceServers, [{ urls: ["turn:t"], username: "1:ann", credential: "p" }]);
    assert.equal(asked.length, 2);
    await assert.rejects(turnApi.getCredentials({ fetch, token: "old", refreshToken: async () => "older" }), { status: 401 });
});

test("without credentials the connection is made all the same, and that is told", async () => {
    const problems = [];
    const { fetch } = fakeFetch({});
    const { peer } = await connect(false, { iceServers: undefined, fetch, onProblem: (error) => problems.push(error.status) });
    assert.deepEqual(peer.configuration.iceServers, []);
    assert.deepEqual(problems, [404]);
});

test("an offer is sent to the user by name, and one in a call that goes on does not ring", async () => {
    const { manager, sent, peer } = await connect(false);
    await peer.onnegotiationneeded();
    assert.equal(sent[0].type, "call-offer");
    assert.deepEqual([sent[0].recipientId, sent[0].callId, sent[0].negotiation], ["bob", "c", undefined]);
    await manager.handleRemoteDescription({ type: "answer", sdp: sdp(1) });
    await peer.onnegotiationneeded();
    assert.deepEqual(sent[1].negotiation, { renews: "call" });
});

for (const isPolite of [true, false]) {
    test(`of two offers that meet the ${isPolite ? "polite end gives way" : "impolite end's stands"}`, async () => {
        const { manager, sent, peer } = await connect(isPolite);
        const offering = peer.onnegotiationneeded();
        await Promise.all([offering, manager.handleRemoteDescription({ type: "offer", sdp: sdp(1) })]);
        await manager.handleIceCandidate({ candidate: "bad" });
        assert.equal(peer.remoteDescription?.sdp ?? null, isPolite ? sdp(1) : null);
        assert.equal(sent.some(({ type }) => type === "call-answer"), isPolite);
    });
}

test("candidates that come before the description wait for it", async () => {
    const { manager, peer } = await connect(true);
    await manager.handleIceCandidate({ candidate: "a" });
    assert.deepEqual(peer.candidates, []);
    await manager.handleRemoteDescription({ type: "offer", sdp: sdp(1) });
    assert.deepEqual(peer.candidates, [{ candidate: "a" }]);
});

test("an answer that comes twice, and a description that is wrong, change nothing", async () => {
    const problems = [];
    const { manager, peer } = await connect(false, { onProblem: (error) => problems.push(error.message) });
    await manager.handleRemoteDescription({ type: "answer", sdp: sdp(1) });
    assert.equal(peer.remoteDescription, null);
    await manager.handleRemoteDescription({ type: "offer", sdp: "bad" });
    await manager.handleRemoteDescription({ type: "offer", sdp: sdp(2) });
    assert.deepEqual(problems, ["bad SDP"]);
    assert.equal(peer.remoteDescription.sdp, sdp(2));
});

test("a connection that is lost is restarted, and ends when that brings nothing", async () => {
    const { manager, peer } = await connect(false, { restartAfter: 5, lostAfter: 5 });
    let ends = 0;
    manager.on("end", () => { ends += 1; });
    peer.becomes("disconnected");
    peer.becomes("connected");
    await new Promise((resolve) => setTimeout(resolve, 20));
    assert.deepEqual([peer.restarts, ends], [0, 0]);
    peer.becomes("failed");
    await until(() => ends === 1);
    assert.equal(peer.restarts, 1);
    manager.close();
});

// MARK: Rooms

async function enter(id = "B", more = {}) {
    const room = createRoom({ ...fakes, id, ...more });
    await FakeSocket.last.opens();
    await FakeSocket.last.says({ type: "peer-list", peers: ["A"], resume: "r1" });
    return { room, socket: FakeSocket.last };
}

test("a room is joined, and nobody is called by himself", async () => {
    const { room, socket } = await enter();
    assert.deepEqual(socket.sent, [{ type: "join", peerId: "B", room: "default" }]);
    await socket.says({ type: "peer-joined", peerId: "C" });
    await socket.says({ type: "peer-left", peerId: "A" });
    assert.deepEqual(room.peers.map(({ id, state }) => [id, state]), [["C", "available"]]);
    assert.equal(FakePeerConnection.all.length, 0);
    room.leave();
});

test("a token is shown before the place is asked for", async () => {
    const { room, socket } = await enter("B", { token: async () => "t" });
    assert.deepEqual(socket.sent.map(({ type }) => type), ["auth", "join"]);
    room.leave();
});

test("a call is answered, connected, and ends at the other's word", async () => {
    const { room, socket } = await enter();
    const ended = [];
    room.on("ended", (id, reason) => ended.push([id, reason]));
    await socket.says({ type: "offer", from: "A", to: "B", sdp: sdp(7) });
    await until(() => socket.sent.some(({ type }) => type === "answer"));
    assert.equal(room.peers[0].state, "calling");
    FakePeerConnection.all[0].becomes("connected");
    assert.equal(room.peers[0].state, "connected");
    const end = (session) => ({
        type: "candidate", from: "A", to: "B", candidate: { candidate: "" }, negotiation: { ends: session },
    });
    await socket.says(end("8"));
    assert.equal(room.peers[0].state, "connected", "the end of another connection");
    await socket.says(end("7"));
    assert.equal(room.peers[0].state, "available");
    assert.deepEqual(ended, [["A", "hung-up-there"]]);
    room.leave();
});

test("hanging up says so, by the session of this end; a late answer is told that it is late", async () => {
    const { room, socket } = await enter();
    room.call("A");
    await until(() => socket.sent.some(({ type }) => type === "offer"));
    const { session } = FakePeerConnection.all[0];
    room.hangUp("A");
    assert.deepEqual(socket.sent.at(-1).negotiation, { ends: String(session) });
    assert.equal(socket.sent.at(-1).candidate.candidate, "");
    await socket.says({ type: "answer", from: "A", to: "B", sdp: sdp(9) });
    assert.deepEqual(socket.sent.at(-1).negotiation, { ends: "9" });
    assert.equal(room.peers[0].state, "available");
    room.leave();
});

test("another program in the place of the one that was connected has a connection of its own", async () => {
    const { room, socket } = await enter();
    await socket.says({ type: "offer", from: "A", to: "B", sdp: sdp(7) });
    await until(() => FakePeerConnection.all[0].currentRemoteDescription);
    await socket.says({ type: "offer", from: "A", to: "B", sdp: sdp(8) });
    await until(() => FakePeerConnection.all[1]?.currentRemoteDescription);
    assert.equal(FakePeerConnection.all[0].signalingState, "closed");
    room.leave();
});

test("a socket that breaks is made again with resume, what was not answered is said again, and connections stay", async () => {
    const { room, socket } = await enter();
    room.call("A");
    await until(() => socket.sent.some(({ type }) => type === "offer"));
    await socket.breaks();
    assert.equal(room.connectionState, "connecting");
    await until(() => FakeSocket.all.length === 2);
    const again = FakeSocket.last;
    await again.opens();
    assert.equal(again.sent[0].resume, "r1");
    await again.says({ type: "peer-list", peers: ["A"], resume: "r2" });
    assert.equal(again.sent[1].type, "offer");
    assert.equal(room.connectionState, "connected");
    room.leave();
});

test("a connection goes on for some time when its other end has left the room", async () => {
    const { room, socket } = await enter("B", { awayTime: 20 });
    await socket.says({ type: "offer", from: "A", to: "B", sdp: sdp(7) });
    FakePeerConnection.all[0].becomes("connected");
    await socket.says({ type: "peer-left", peerId: "A" });
    assert.equal(room.peers[0].state, "connected");
    await until(() => room.peers.length === 0);
    assert.equal(FakePeerConnection.all[0].signalingState, "closed");
    room.leave();
});

test("nobody answers: the call is given up, and the other end told", async () => {
    const { room, socket } = await enter("B", { callTime: 10 });
    const ended = [];
    room.on("ended", (id, reason) => ended.push(reason));
    room.call("A");
    await until(() => ended.length);
    assert.deepEqual(ended, ["unanswered"]);
    assert.ok(socket.sent.at(-1).negotiation.ends);
    room.leave();
});

test("a server that drains is left for the one it names, and its place with it", async () => {
    const { room, socket } = await enter();
    await socket.says({ type: "server-draining", reconnect: "ws://there/ws", within: 0.01 });
    await until(() => FakeSocket.all.length === 2);
    assert.ok(socket.isClosed);
    assert.equal(FakeSocket.last.url, "ws://there/ws");
    await FakeSocket.last.opens();
    assert.equal("resume" in FakeSocket.last.sent[0], false);
    room.leave();
});

test("a server with TLS sends nobody to one without", async () => {
    const { room, socket } = await enter("B", { url: "wss://here/ws" });
    await socket.says({ type: "server-draining", reconnect: "ws://there/ws", within: 0 });
    await until(() => FakeSocket.all.length === 2);
    assert.equal(FakeSocket.last.url, "wss://here/ws");
    room.leave();
});

test("an id in use is asked for again some times, and what is not allowed never", async () => {
    const room = createRoom({ ...fakes, id: "A" });
    for (let tries = 1; tries <= 5; tries += 1) {
        await until(() => FakeSocket.all.length === tries);
        await FakeSocket.last.opens();
        await FakeSocket.last.says({ type: "error", code: "id-in-use", message: "somebody has it" });
    }
    await until(() => room.connectionState === "error");
    assert.equal(room.error, "somebody has it");
    FakeSocket.all = [];
    const closed = createRoom({ ...fakes, id: "A" });
    await FakeSocket.last.opens();
    await FakeSocket.last.says({ type: "error", code: "unauthorized", message: "no" });
    await until(() => closed.connectionState === "error");
    assert.equal(FakeSocket.all.length, 1);
});

test("what is no message is passed over", async () => {
    const { room, socket } = await enter();
    for (const odd of ["no JSON", "[]", "null", "7", '{"type":7}', '{"type":"offer","from":"A"}', '{"type":"answer","from":7,"sdp":"x"}',
        '{"type":"candidate","from":"A","candidate":null,"negotiation":7}', '{"type":"peer-joined"}', '{"type":"peer-left"}']) {
        await socket.says(odd);
    }
    assert.deepEqual(room.peers.map(({ id }) => id), ["A"]);
    room.leave();
});

// MARK: Calls

async function signIn(more = {}) {
    const calls = createCalls({ ...fakes, token: "t", iceServers: [], ...more });
    await FakeSocket.last.opens();
    await FakeSocket.last.says({ type: "authenticated", userId: "ann", resume: "r1" });
    return { calls, socket: FakeSocket.last };
}

const sentTypes = (socket) => socket.sent.map(({ type }) => type);

test("a token is shown, with a wish for a place; a refused one is refreshed once", async () => {
    let refreshed = 0;
    const calls = createCalls({ ...fakes, token: "old", iceServers: [], refreshToken: async () => `new${(refreshed += 1)}` });
    await FakeSocket.last.opens();
    assert.deepEqual(FakeSocket.last.sent, [{ type: "auth", token: "old", resume: "" }]);
    await FakeSocket.last.says({ type: "error", code: "unauthorized", message: "expired" });
    await until(() => FakeSocket.all.length === 2);
    await FakeSocket.last.opens();
    assert.equal(FakeSocket.last.sent[0].token, "new1");
    await FakeSocket.last.says({ type: "error", code: "unauthorized", message: "expired" });
    await until(() => calls.connectionState === "error");
    assert.deepEqual([refreshed, calls.error], [1, "expired"]);
});

test("a call is offered, accepted and hung up", async () => {
    const { calls, socket } = await signIn();
    const call = calls.call("bob");
    assert.equal(calls.call("bob"), call);
    await until(() => sentTypes(socket).includes("call-offer"));
    await socket.says({ type: "call-accept", senderId: "bob", callId: call.id });
    assert.equal(call.state, "accepted");
    await socket.says({ type: "call-hangup", senderId: "eve", callId: call.id });
    assert.equal(call.state, "accepted", "somebody else says so");
    call.hangUp();
    assert.deepEqual(socket.sent.at(-1), { type: "call-hangup", recipientId: "bob", callId: call.id });
    assert.deepEqual([call.reason, calls.calls.length], ["hung-up", 0]);
    calls.close();
});

test("a call that nobody takes is missed, at both ends", async () => {
    const { calls, socket } = await signIn({ ringingTime: 20 });
    const call = calls.call("bob");
    await until(() => call.state === "ended");
    assert.deepEqual([call.reason, socket.sent.at(-1).type, socket.sent.at(-1).reason], ["missed", "call-hangup", "missed"]);
    await socket.says({ type: "call-offer", senderId: "bob", callId: "x", sdp: sdp(1) });
    const [incoming] = calls.calls;
    await socket.says({ type: "call-hangup", senderId: "bob", callId: "x", reason: "missed" });
    assert.equal(incoming.reason, "missed");
    await socket.says({ type: "call-offer", senderId: "bob", callId: "x", sdp: sdp(1) });
    assert.equal(calls.calls.length, 0, "a call that is over rings again");
    calls.close();
});

for (const [message, reason] of [
    [{ type: "call-reject" }, "rejected"], [{ type: "call-reject", reason: "busy" }, "busy"],
    [{ type: "error", code: "recipient-offline", message: "" }, "offline"], [{ type: "error", code: "full", message: "" }, "refused"],
]) {
    test(`a call of ours ends as ${reason}`, async () => {
        const { calls, socket } = await signIn();
        const call = calls.call("bob");
        await until(() => sentTypes(socket).includes("call-offer"));
        await socket.says({ ...message, senderId: "bob", callId: call.id });
        assert.equal(call.reason, reason);
        calls.close();
    });
}

test("a call that rings is accepted before it is answered, and candidates are not lost", async () => {
    const { calls, socket } = await signIn();
    await socket.says({ type: "call-offer", senderId: "bob", callId: "x", sdp: sdp(1) });
    await socket.says({ type: "call-ice-candidate", senderId: "bob", callId: "x", candidate: { candidate: "a" } });
    assert.equal(FakePeerConnection.all.length, 0);
    calls.calls[0].accept();
    await until(() => sentTypes(socket).includes("call-answer"));
    assert.deepEqual(sentTypes(socket).slice(1), ["call-accept", "call-answer"]);
    assert.deepEqual(FakePeerConnection.all[0].candidates, [{ candidate: "a" }]);
    calls.close();
});

test("another device has it; a user who is busy says so; a renewal does not ring", async () => {
    const { calls, socket } = await signIn({ isBusy: (user) => user === "eve" });
    await socket.says({ type: "call-offer", senderId: "bob", callId: "x", sdp: sdp(1) });
    const [call] = calls.calls;
    await socket.says({ type: "call-hangup", senderId: "bob", callId: "x", reason: "answered-elsewhere" });
    assert.equal(call.reason, "answered-elsewhere");
    await socket.says({ type: "call-offer", senderId: "eve", callId: "y", sdp: sdp(1) });
    assert.deepEqual(socket.sent.at(-1), { type: "call-reject", recipientId: "eve", callId: "y", reason: "busy" });
    await socket.says({ type: "call-offer", senderId: "bob", callId: "z", sdp: sdp(1), negotiation: { renews: "call" } });
    assert.equal(calls.calls.length, 0);
    calls.close();
});

for (const [other, stands] of [["0", true], ["zz", false]]) {
    test(`of two calls that cross the one with the smaller id stands: ${stands ? "theirs" : "ours"}`, async () => {
        const { calls, socket } = await signIn();
        const own = calls.call("bob");
        await until(() => own.isOffered);
        await socket.says({ type: "call-offer", senderId: "bob", callId: other, sdp: sdp(1) });
        await turn();
        if (stands) {
            assert.deepEqual([own.reason, own.successor.id, own.successor.state, own.successor.isPolite], ["glare", other, "accepted", true]);
            assert.deepEqual(calls.calls.map(({ id }) => id), [other]);
        } else {
            assert.equal(own.state, "calling");
            assert.deepEqual(socket.sent.at(-1), { type: "call-reject", recipientId: "bob", callId: other, reason: "glare" });
        }
        calls.close();
    });
}

test("without the server what rings ends, what was accepted goes on, and the server hears of it later", async () => {
    const { calls, socket } = await signIn();
    await socket.says({ type: "call-offer", senderId: "bob", callId: "x", sdp: sdp(1) });
    const [accepted] = calls.calls;
    accepted.accept();
    const ringing = calls.call("eve");
    await until(() => ringing.isOffered);
    await socket.breaks();
    assert.deepEqual([accepted.state, ringing.reason], ["accepted", "offline"]);
    await until(() => FakeSocket.all.length === 2);
    await FakeSocket.last.opens();
    assert.equal(FakeSocket.last.sent[0].resume, "r1");
    await FakeSocket.last.says({ type: "authenticated", userId: "ann", resume: "r2" });
    assert.ok(FakeSocket.last.sent.some(({ type, callId }) => type === "call-hangup" && callId === ringing.id));
    calls.close();
});

// MARK: The mesh

const peers = [{ id: "me", peerType: "display", displayName: "Ann", isConnected: true, isLeader: true }];

test("a node is started, and followed by its events", async () => {
    const { fetch, asked } = fakeFetch({
        "POST /api/mesh/start_peer": { value: "me" }, "GET /api/mesh/get_connected_peers": { value: peers },
        "GET /api/mesh/get_leader_status": { value: { leaderId: null, amILeader: false, peerCount: 1 } },
        "POST /api/mesh/send_control_message": ({ body }) => body.targetPeerId === "gone" ? { status: 404, value: { code: "unknown-peer", message: "gone" } } : {},
    });
    const mesh = createMesh({ fetch, EventSource: FakeEventSource });
    await turn();
    const [source] = FakeEventSource.all;
    assert.equal(mesh.connectionState, "disconnected");
    assert.equal(await mesh.startPeer("display", "Ann"), "me");
    assert.deepEqual([mesh.connectionState, mesh.myPeerId, mesh.peers.length], ["discovering", "me", 1]);
    await source.says("webrtc:leader_changed", "me");
    assert.deepEqual([mesh.connectionState, mesh.isLeader, mesh.isConnected], ["connected", true, true]);
    const heard = [];
    mesh.on("message", (message) => heard.push(message));
    await source.says("webrtc:message", { from: "other", text: "hi" });
    assert.deepEqual(heard, [{ from: "other", text: "hi" }]);
    assert.deepEqual(mesh.messages, heard);
    await mesh.sendMessage(null, { type: "black" });
    assert.deepEqual(asked.at(-1).body, { targetPeerId: null, message: '{"type":"black"}' });
    await assert.rejects(mesh.sendMessage("gone", "x"), { status: 404 });
    assert.equal(mesh.error, "gone");
    mesh.close();
});

test("a page that comes later hears of the node that runs; one that is refused says why", async () => {
    const { fetch } = fakeFetch({
        "GET /api/mesh/get_connected_peers": { value: peers }, "POST /api/mesh/start_peer": { status: 500, value: { error: { message: "no" } } },
        "GET /api/mesh/get_leader_status": { value: { leaderId: "me", amILeader: true, peerCount: 1 } },
    });
    const mesh = createMesh({ fetch, EventSource: FakeEventSource, token: "t&t" });
    await turn();
    const [source] = FakeEventSource.all;
    assert.equal(source.url, "/api/mesh/events?token=t%26t");
    await assert.rejects(mesh.startPeer("display", "Ann"));
    assert.equal(mesh.error, "no");
    await source.says("webrtc:started", "me");
    await until(() => mesh.isLeader);
    assert.equal(mesh.peers, mesh.getSnapshot().peers);
    source.onerror();
    assert.equal(mesh.connectionState, "error");
    mesh.close();
});

// MARK: Sessions

test("without WebRTC requests go over HTTP, streamed ones in parts", async () => {
    const { fetch, asked } = fakeFetch({
        "POST /v1/rpc": ({ body, headers }) => {
            if (headers.Authorization !== "Bearer new") return { status: 401 };
            const { id, action } = body;
            if (action === "count" || action === "cut") {
                const lines = [0, 1].map((part) => ({ id, part, result: part }));
                const end = action === "count" ? [{ id, done: true }] : [];
                return { text: [...lines, ...end].map((line) => `${JSON.stringify(line)}\n`).join(""), header: { "Content-Type": "application/x-ndjson" } };
            }
            if (action === "bad") return { status: 400, value: { id, error: { code: "unknown-action", message: "no" } } };
            return action === "odd" ? { status: 502, text: "<html>" } : { value: { id, result: { name: "s" } } };
        },
    });
    const session = createSession({ fetch, RTCPeerConnection: null, token: "old", refreshToken: async () => "new" });
    assert.equal(session.state, "http");
    assert.deepEqual(await session.request("system_info"), { name: "s" });
    assert.deepEqual(asked.at(-1).body, { action: "system_info", id: "1" });
    const parts = [];
    for await (const part of session.stream("count", { to: 2 })) parts.push(part);
    assert.deepEqual(parts, [0, 1]);
    assert.deepEqual(asked.at(-1).body, { action: "count", id: "2", to: 2 });
    assert.deepEqual(await session.request("count"), [0, 1]);
    await assert.rejects(session.request("bad"), { code: "unknown-action" });
    await assert.rejects(session.request("odd"), { code: "http", status: 502 });
    await assert.rejects(session.request("cut"), { code: "disconnected" });
    await assert.rejects(session.request("x", { text: "y".repeat(1 << 20) }), { code: "too-large" });
    await session.close();
    await assert.rejects(session.request("x"), { code: "closed" });
});

async function open(more = {}) {
    let sessions = 0;
    const { fetch, asked } = fakeFetch({
        "POST /v1/webrtc/offer": () => ({ value: { session_id: `s${(sessions += 1)}`, sdp: sdp(1), type: "offer", ice_servers: [{ urls: ["stun:s"] }] } }),
        "POST /v1/webrtc/answer": { value: { status: "ok" } }, "POST /v1/webrtc/ice": { value: {} },
        "DELETE /v1/webrtc/session/s1": { status: 204 }, "DELETE /v1/webrtc/session/s2": { status: 204 },
        "POST /v1/rpc": ({ body }) => ({ value: { id: body.id, result: "http" } }), ...more.answers,
    });
    const session = createSession({ fetch, RTCPeerConnection: FakePeerConnection, backoff: { first: 5 }, peerId: "p", ...more });
    const channel = { sent: [], readyState: "open", send: (data) => channel.sent.push(JSON.parse(data)) };
    const opens = async () => {
        await until(() => FakePeerConnection.all.length && asked.some(({ url }) => url.endsWith("/answer")));
        FakePeerConnection.all.at(-1).ondatachannel({ channel });
    };
    return { session, asked, channel, opens, says: (value) => channel.onmessage({ data: JSON.stringify(value) }) };
}

test("replies on the data channel are told apart by their ids; silence is an error", async () => {
    const { session, asked, channel, opens, says } = await open();
    const first = session.request("a", { n: 1 });
    await opens();
    await until(() => channel.sent.length === 1);
    assert.deepEqual(channel.sent[0], { action: "a", id: "1", n: 1 });
    assert.deepEqual(asked[0].body, { peer_id: "p" });
    assert.deepEqual(FakePeerConnection.all[0].configuration.iceServers, [{ urls: ["stun:s"] }]);
    const second = session.request("b");
    await until(() => channel.sent.length === 2);
    says({ id: channel.sent[1].id, result: 2 });
    says({ id: channel.sent[0].id, error: { code: "no", message: "not so" } });
    await assert.rejects(first, { code: "no", message: "not so" });
    assert.equal(await second, 2);
    const heard = [];
    session.on("message", (value) => heard.push(value));
    says({ id: "99", result: 1 });
    channel.onmessage({ data: "no JSON" });
    assert.equal(heard.length, 1);
    const streamed = session.stream("c");
    const part = streamed.next();
    await until(() => channel.sent.length === 3);
    const { id } = channel.sent[2];
    says({ id, part: 0, result: "x" });
    assert.deepEqual(await part, { done: false, value: "x" });
    says({ id, done: true });
    assert.equal((await streamed.next()).done, true);
    await assert.rejects(session.request("d", null, { timeout: 5 }), { code: "timed-out" });
    const control = new AbortController();
    const aborted = session.request("e", null, { signal: control.signal });
    await until(() => channel.sent.length === 5);
    control.abort();
    await assert.rejects(aborted, { code: "aborted" });
    says({ id: channel.sent[4].id, result: "late" });
    assert.equal(heard.length, 1, "what nobody waits for any more");
    await session.close();
});

test("members are an object beside the action, and have neither that nor an id", async () => {
    const { fetch, asked } = fakeFetch({ "POST /v1/rpc": { value: { result: 1 } } });
    const session = createSession({ fetch, RTCPeerConnection: null });
    for (const members of [{ action: "x" }, { id: undefined }, [1], "text", 7]) {
        await assert.rejects(session.request("a", members), TypeError);
        await assert.rejects(session.stream("a", members).next(), TypeError);
    }
    assert.equal(asked.length, 0);
    for (const members of [undefined, null, {}]) await session.request("a", members);
    await session.request("a", { params: 1, deep: { id: 2 } });
    assert.deepEqual(asked.map(({ body: { id, ...rest } }) => rest),
        [{ action: "a" }, { action: "a" }, { action: "a" }, { action: "a", params: 1, deep: { id: 2 } }]);
    await session.close();
});

test("a channel that closes fails what waits, goes over HTTP, and is made again", async () => {
    const { session, channel, opens } = await open();
    await opens();
    const waiting = session.request("a");
    await until(() => channel.sent.length === 1);
    channel.onclose();
    await assert.rejects(waiting, { code: "disconnected" });
    assert.equal(session.state, "http");
    assert.equal(await session.request("b"), "http");
    await until(() => FakePeerConnection.all.length === 2);
    await opens();
    assert.deepEqual([session.state, session.sessionId], ["connected", "s2"]);
    await session.close();
});

test("a server without sessions, and a way that is not found, are no reason not to be answered", async () => {
    const { session } = await open({ answers: { "POST /v1/webrtc/offer": { status: 429, value: { error: { code: "full", message: "five" } }, header: { "Retry-After": "60" } } } });
    assert.equal(await session.request("a"), "http");
    assert.equal(session.error, "five");
    await session.close();
    const { session: slow } = await open({ connectTimeout: 10 });
    assert.equal(await slow.request("a"), "http");
    await slow.close();
    const { session: strict } = await open({ connectTimeout: 10, httpFallback: false });
    await assert.rejects(strict.request("a"), { code: "disconnected" });
    await strict.close();
});
