import assert from "node:assert/strict";
import { test } from "node:test";
import { createPeerConnection, turnApi } from "../../../Sources/Gateway/Pages/swift-webrtc.js";
import { FakePeerConnection, fakeFetch, sdp, until } from "./fakes.mjs";

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
