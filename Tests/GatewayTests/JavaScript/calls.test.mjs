import assert from "node:assert/strict";
import { test } from "node:test";
import { createCalls } from "../../../Sources/Gateway/Pages/swift-webrtc.js";
import { FakePeerConnection, FakeSocket, fakes, sdp, turn, until } from "./fakes.mjs";

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
