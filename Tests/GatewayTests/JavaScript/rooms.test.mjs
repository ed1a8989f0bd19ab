import assert from "node:assert/strict";
import { test } from "node:test";
import { createRoom } from "../../../Sources/Gateway/Pages/swift-webrtc.js";
import { FakePeerConnection, FakeSocket, fakes, sdp, until } from "./fakes.mjs";

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
