import assert from "node:assert/strict";
import { test } from "node:test";
import { createSession } from "../../../Sources/Gateway/Pages/swift-webrtc.js";
import { FakePeerConnection, fakeFetch, sdp, turn, until } from "./fakes.mjs";

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
    const channel = { id: 1, sent: [], readyState: "open", send: (data) => channel.sent.push(JSON.parse(data)) };
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
    await until(() => session.state === "connected");
    assert.equal(session.sessionId, "s2");
    await session.close();
});

test("nothing is sent on a channel that the browser calls open before it is", async () => {
    const { session, channel, opens } = await open();
    const report = { type: "data-channel", dataChannelIdentifier: 1, state: "connecting" };
    const other = { ...report, dataChannelIdentifier: 3, state: "open" };
    await until(() => FakePeerConnection.all.length);
    FakePeerConnection.all[0].reports = new Map([["D1", other], ["D2", report]]);
    const request = session.request("a");
    await opens();
    await turn();
    assert.deepEqual([session.state, channel.sent.length], ["connecting", 0]);
    report.state = "open";
    await until(() => channel.sent.length === 1);
    channel.onmessage({ data: '{"id":"1","result":7}' });
    assert.equal(await request, 7);
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
