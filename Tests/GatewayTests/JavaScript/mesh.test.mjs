import assert from "node:assert/strict";
import { test } from "node:test";
import { createMesh } from "../../../Sources/Gateway/Pages/swift-webrtc.js";
import { FakeEventSource, fakeFetch, turn, until } from "./fakes.mjs";

const peers = [{ id: "me", peerType: "display", displayName: "Ann", isConnected: true, isLeader: true }];

test("a node is started, and followed by its events", async () => {
    const { fetch, asked } = fakeFetch({
        "POST /api/mesh/start_peer": { value: "me" }, "GET /api/mesh/get_connected_peers": { value: peers },
        "GET /api/mesh/get_leader_status": { value: { leaderId: null, amILeader: false, peerCount: 1 } },
        "POST /api/mesh/send_control_message": ({ body }) => body.targetPeerId === "gone" ? { status: 404, value: { code: "unknown-peer", message: "gone" } } : { value: { sent: 2 } },
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
    assert.equal(await mesh.sendMessage(null, { type: "black" }), 2);
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
