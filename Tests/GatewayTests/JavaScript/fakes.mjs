// What node has not: a WebSocket, an EventSource and a peer connection that the test holds the other end of.

import { beforeEach } from "node:test";

export class FakeSocket {
    static all = [];
    sent = [];
    constructor(url) {
        this.url = url;
        FakeSocket.all.push(this);
    }
    static get last() {
        return FakeSocket.all.at(-1);
    }
    send(text) {
        this.sent.push(JSON.parse(text));
    }
    close() {
        this.isClosed = true;
    }
    async opens() {
        await this.onopen?.();
        await turn();
    }
    async says(message) {
        this.onmessage?.({ data: typeof message === "string" ? message : JSON.stringify(message) });
        await turn();
    }
    async breaks(code = 1006, reason = "") {
        this.onclose?.({ code, reason });
        await turn();
    }
}

export class FakeEventSource {
    static all = [];
    listeners = {};
    readyState = 1;
    constructor(url) {
        this.url = url;
        FakeEventSource.all.push(this);
    }
    addEventListener(name, listener) {
        this.listeners[name] = listener;
    }
    says(name, data) {
        this.listeners[name]({ data: JSON.stringify(data) });
        return turn();
    }
    close() {
        this.readyState = 2;
    }
}

/** Descriptions are counted, and nothing is connected unless the test says so. */
export class FakePeerConnection {
    static all = [];
    static sessions = 1000;
    signalingState = "stable";
    connectionState = "new";
    iceConnectionState = "new";
    localDescription = null;
    remoteDescription = null;
    currentRemoteDescription = null;
    candidates = [];
    restarts = 0;
    reports = new Map();
    session = (FakePeerConnection.sessions += 1);
    version = 0;
    constructor(configuration) {
        this.configuration = configuration;
        FakePeerConnection.all.push(this);
    }
    createDataChannel() {
        queueMicrotask(() => this.onnegotiationneeded?.());
        return (this.channel = {});
    }
    getSenders() {
        return [];
    }
    async getStats() {
        await turn();
        return this.reports;
    }
    async setLocalDescription() {
        const type = this.signalingState === "have-remote-offer" ? "answer" : "offer";
        await null;
        this.localDescription = { type, sdp: `v=0\r\no=- ${this.session} ${(this.version += 1)} IN IP4 0.0.0.0\r\n` };
        this.signalingState = type === "offer" ? "have-local-offer" : "stable";
        if (type === "answer") this.currentRemoteDescription = this.remoteDescription;
    }
    async setRemoteDescription(description) {
        await null;
        if (description.sdp === "bad") throw new Error("bad SDP");
        this.remoteDescription = description;
        this.signalingState = description.type === "offer" ? "have-remote-offer" : "stable";
        if (description.type === "answer") this.currentRemoteDescription = description;
    }
    async addIceCandidate(candidate) {
        if (candidate?.candidate === "bad") throw new Error("bad candidate");
        this.candidates.push(candidate);
    }
    restartIce() {
        this.restarts += 1;
    }
    becomes(state) {
        this.connectionState = state;
        this.onconnectionstatechange?.();
    }
    close() {
        this.signalingState = "closed";
    }
}

/** Answers requests with what `answers` has for "METHOD path". */
export function fakeFetch(answers) {
    const asked = [];
    const fetch = async (url, { method = "GET", headers = {}, body } = {}) => {
        asked.push({ url, method, headers, body: body && JSON.parse(body) });
        const answer = answers[`${method} ${url.split("?")[0]}`];
        const { status = 200, value = null, text, header = {} } = await (typeof answer === "function" ? answer(asked.at(-1)) : answer) ?? { status: 404 };
        const said = text ?? (value === null ? null : JSON.stringify(value));
        return new Response(said, { status, headers: { "Content-Type": "application/json", ...header } });
    };
    return { fetch, asked };
}

/** Lets all that is ready happen. */
export const turn = () => new Promise((resolve) => setImmediate(resolve));

export async function until(holds) {
    while (!holds()) await new Promise((resolve) => setTimeout(resolve, 2));
}

export const sdp = (session) => `v=0\r\no=- ${session} 2 IN IP4 0.0.0.0\r\n`;

/** What rooms and calls are made with. */
export const fakes = { url: "ws://here/ws", WebSocket: FakeSocket, RTCPeerConnection: FakePeerConnection, backoff: { first: 1, longest: 2 } };

beforeEach(() => {
    FakeSocket.all = [];
    FakePeerConnection.all = [];
    FakeEventSource.all = [];
});
