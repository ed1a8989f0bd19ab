// Requests and replies on a data channel that the server makes, and over plain HTTP where there is no WebRTC or no
// way. This module stands alone beside store.js and peer-connection.js, so that an extension can take the three.

import { HTTPError, fetchJSON, fetchWithToken } from "./peer-connection.js";
import { Backoff, follow, randomID } from "./store.js";

const MOST_WAITING = 256;
const MOST_PARTS = 1024;
const LARGEST_MESSAGE = 1 << 20;

/** What has become of a request that has no result. */
export class SessionError extends Error {
    constructor(code, message, status = null) {
        super(message);
        this.name = "SessionError";
        /** `timed-out`, `disconnected`, `closed`, `aborted`, `too-large`, `too-many`, `http`, or the server's own. */
        this.code = code;
        this.status = status;
    }
}

/**
 * @param url where the paths begin, `/v1` unless given; @param token, @param refreshToken as everywhere
 * @param peerId who this end says it is; by chance unless given
 * @param timeout in ms: how long a request waits for its reply, or for the next part
 * @param connectTimeout in ms: how long a data channel may take to open before requests go over HTTP
 * @param httpFallback whether they may
 */
export function createSession(options = {}) {
    return new Session(options);
}

class Session {
    #options;
    #store;
    #events;
    #backoff;
    #attempt = null;
    #requests = new Map();
    #nextID = 1;
    #timer = null;
    #isClosed = false;
    #wakes = () => this.#wake();

    constructor(options) {
        this.#options = {
            url: "/v1", timeout: 30_000, connectTimeout: 10_000, httpFallback: true, peerId: randomID(),
            RTCPeerConnection: globalThis.RTCPeerConnection, ...options,
        };
        this.#backoff = new Backoff({ first: 500, longest: 30_000, ...options.backoff });
        // Events: `message`(value), for what the server says without being asked.
        [this.#store, this.#events] = follow(this, {
            // `connecting`; `connected`: the data channel is open; `http`: it is not, and requests go over HTTP while it
            // is tried again; `failed`: nor do they; `closed`.
            state: "connecting",
            sessionId: null,
            error: null,
        });
        globalThis.addEventListener?.("online", this.#wakes);
        // A worker of an extension has no WebRTC.
        if (this.#options.RTCPeerConnection) this.#connect();
        else this.#store.set({ state: this.#options.httpFallback ? "http" : "failed", error: "there is no WebRTC here" });
    }

    get peerId() {
        return this.#options.peerId;
    }

    // MARK: Requests

    /**
     * Asks for something. Resolves to the result; of a streamed reply to the list of its parts.
     *
     * @param members what the request has beside `action` and `id`, an object
     */
    async request(action, members, options = {}) {
        const parts = [];
        let isStreamed = false;
        for await (const { result, isPart } of this.#replies(action, members, options)) {
            isStreamed ||= isPart;
            parts.push(result);
        }
        return isStreamed ? parts : parts[0];
    }

    /** Asks for something whose reply comes in parts: an async iterator over them. */
    async *stream(action, members, options = {}) {
        for await (const { result } of this.#replies(action, members, options)) yield result;
    }

    async *#replies(action, members, { timeout = this.#options.timeout, signal } = {}) {
        checkMembers(members);
        if (this.#isClosed) throw new SessionError("closed", "the session is closed");
        const id = String(this.#nextID++);
        const text = JSON.stringify({ ...members, action, id });
        if (new TextEncoder().encode(text).length > LARGEST_MESSAGE) {
            throw new SessionError("too-large", "a request may have 1 MiB");
        }
        if (this.state === "connecting") await this.#settled(timeout, signal);
        if (this.state === "connected") yield* this.#overChannel(id, text, timeout, signal);
        else if (this.#options.httpFallback && !this.#isClosed) yield* this.#overHTTP(text, timeout, signal);
        else throw new SessionError("disconnected", this.error ?? "there is no connection");
    }

    #settled(timeout, signal) {
        return new Promise((resolve, reject) => {
            const finish = (error) => {
                ends();
                clearTimeout(timer);
                signal?.removeEventListener("abort", aborted);
                error ? reject(error) : resolve();
            };
            const aborted = () => finish(new SessionError("aborted", "the request was given up"));
            const timer = setTimeout(() => finish(new SessionError("timed-out", "there is no connection yet")), timeout);
            const ends = this.subscribe(({ state }) => {
                if (state !== "connecting") finish();
            });
            signal?.addEventListener("abort", aborted);
        });
    }

    async *#overChannel(id, text, timeout, signal) {
        if (this.#requests.size >= MOST_WAITING) throw new SessionError("too-many", "too many requests wait for a reply");
        const request = new Request();
        this.#requests.set(id, request);
        const aborted = () => request.fail(new SessionError("aborted", "the request was given up"));
        signal?.addEventListener("abort", aborted);
        try {
            if (signal?.aborted) aborted();
            this.#attempt.channel.send(text);
            for (;;) {
                const reply = await request.next(timeout);
                if (reply.error) throw replyError(reply.error);
                if (reply.done) return;
                const isPart = reply.part !== undefined;
                yield { result: reply.result, isPart };
                if (!isPart) return;
            }
        } finally {
            this.#requests.delete(id);
            signal?.removeEventListener("abort", aborted);
        }
    }

    async *#overHTTP(text, timeout, signal) {
        const { url, token, refreshToken, fetch } = this.#options;
        const control = new AbortController();
        const abort = () => control.abort();
        signal?.addEventListener("abort", abort);
        let timer = setTimeout(abort, timeout);
        try {
            if (signal?.aborted) abort();
            const headers = { "Content-Type": "application/json" };
            const response = await fetchWithToken(
                `${url}/rpc`, { method: "POST", headers, body: text, signal: control.signal },
                { token, refreshToken, fetch });
            for await (const reply of httpReplies(response)) {
                clearTimeout(timer);
                if (reply.error) throw replyError(reply.error, response.status);
                if (reply.done) return;
                const isPart = reply.part !== undefined;
                yield { result: reply.result, isPart };
                if (!isPart) return;
                timer = setTimeout(abort, timeout);
            }
            throw new SessionError("disconnected", "the reply has no end", response.status);
        } catch (error) {
            if (error instanceof SessionError) throw error;
            if (signal?.aborted) throw new SessionError("aborted", "the request was given up");
            if (control.signal.aborted) throw new SessionError("timed-out", "no reply came in time");
            throw new SessionError("disconnected", error.message);
        } finally {
            clearTimeout(timer);
            signal?.removeEventListener("abort", abort);
            // Who wants no more parts lets the server know.
            control.abort();
        }
    }

    #hear(data) {
        let value;
        try {
            value = JSON.parse(data);
        } catch {
            return;
        }
        if (value === null || typeof value !== "object") return;
        const request = this.#requests.get(String(value.id));
        if (request) request.put(value);
        // What comes for a request that was given up is nothing to anybody.
        else if (!(Number(value.id) < this.#nextID)) this.#events.emit("message", value);
    }

    // MARK: The session at the server

    /** What the server knows about the session: state, candidates, statistics, diagnosis. Null without a session. */
    async info() {
        return this.sessionId && this.#rest("GET", `webrtc/session/${encodeURIComponent(this.sessionId)}`);
    }

    /** The counts of all sessions: `{active, connected, cleaned_up, total}`. */
    serverStats() {
        return this.#rest("GET", "webrtc/stats");
    }

    /** The report of `RTCPeerConnection.getStats()`, or null. */
    async getStats() {
        return this.#attempt?.connection?.getStats() ?? null;
    }

    /** Ends the session, here and at the server. */
    async close() {
        if (this.#isClosed) return;
        this.#isClosed = true;
        clearTimeout(this.#timer);
        globalThis.removeEventListener?.("online", this.#wakes);
        const { sessionId } = this;
        this.#end("closed", "the session is closed");
        this.#store.set({ state: "closed", sessionId: null });
        if (sessionId) await this.#delete(sessionId);
    }

    // It is gone after some time whatever becomes of this.
    #delete(sessionId) {
        return this.#rest("DELETE", `webrtc/session/${encodeURIComponent(sessionId)}`).catch(() => {});
    }

    #rest(method, path, body, signal) {
        const { url, token, refreshToken, fetch } = this.#options;
        return fetchJSON(`${url}/${path}`, { method, body, token, refreshToken, fetch, signal });
    }

    async #connect() {
        clearTimeout(this.#timer);
        const attempt = { connection: null, channel: null, sessionId: null, control: new AbortController() };
        this.#attempt = attempt;
        const { signal } = attempt.control;
        attempt.timer = setTimeout(() => this.#failed(attempt, new Error("no way to the server was found in time")),
            this.#options.connectTimeout);
        try {
            const offer = await this.#rest("POST", "webrtc/offer", { peer_id: this.peerId }, signal);
            attempt.sessionId = offer.session_id;
            if (attempt !== this.#attempt) return this.#delete(offer.session_id);
            this.#store.set({ sessionId: offer.session_id });
            await this.#answer(attempt, offer, signal);
        } catch (error) {
            this.#failed(attempt, error);
        }
    }

    async #answer(attempt, offer, signal) {
        const connection = new this.#options.RTCPeerConnection({ iceServers: offer.ice_servers ?? [] });
        attempt.connection = connection;
        const path = { session_id: offer.session_id };
        let tell;
        const isAnswered = new Promise((resolve) => { tell = resolve; });
        connection.onicecandidate = async ({ candidate }) => {
            if (!candidate?.candidate) return;
            await isAnswered;
            if (attempt !== this.#attempt) return;
            const { candidate: line, sdpMid, sdpMLineIndex } = candidate.toJSON();
            // One that is lost is not missed where others work.
            this.#rest("POST", "webrtc/ice", { ...path, candidate: line, sdpMid, sdpMLineIndex }, signal).catch(() => {});
        };
        connection.ondatachannel = ({ channel }) => this.#open(attempt, channel);
        connection.onconnectionstatechange = () => {
            if (["failed", "closed"].includes(connection.connectionState)) {
                this.#failed(attempt, new Error("the connection is lost"));
            }
        };
        await connection.setRemoteDescription({ type: "offer", sdp: offer.sdp });
        await connection.setLocalDescription();
        await this.#rest("POST", "webrtc/answer", { ...path, sdp: connection.localDescription.sdp }, signal);
        tell();
    }

    #open(attempt, channel) {
        // The first one that opens is that of the requests.
        if (attempt !== this.#attempt || attempt.channel) return;
        attempt.channel = channel;
        const opened = async () => {
            await openIndeed(attempt.connection, channel);
            if (attempt !== this.#attempt) return;
            clearTimeout(attempt.timer);
            this.#backoff.reset();
            this.#store.set({ state: "connected", error: null });
        };
        channel.onmessage = ({ data }) => this.#hear(data);
        channel.onclose = () => this.#failed(attempt, new Error("the connection was closed"));
        if (channel.readyState === "open") opened();
        else channel.onopen = opened;
    }

    #failed(attempt, error) {
        if (attempt !== this.#attempt) return;
        this.#end("disconnected", error.message);
        if (this.#isClosed) return;
        if (attempt.sessionId) this.#delete(attempt.sessionId);
        this.#store.set({ state: this.#options.httpFallback ? "http" : "failed", sessionId: null, error: error.message });
        const wait = Math.max(this.#backoff.next(), (error instanceof HTTPError && error.retryAfter * 1000) || 0);
        this.#timer = setTimeout(() => this.#connect(), wait);
    }

    #end(code, message) {
        const attempt = this.#attempt;
        this.#attempt = null;
        if (!attempt) return;
        clearTimeout(attempt.timer);
        attempt.control.abort();
        if (attempt.channel) attempt.channel.onclose = attempt.channel.onmessage = attempt.channel.onopen = null;
        if (attempt.connection) attempt.connection.onconnectionstatechange = attempt.connection.ondatachannel = null;
        attempt.connection?.close();
        for (const request of this.#requests.values()) request.fail(new SessionError(code, message));
    }

    #wake() {
        if (!this.#attempt && !this.#isClosed && this.#options.RTCPeerConnection) this.#connect();
    }
}

/**
 * Chromium calls a channel open that the other end has made while its own thread of the network does not yet, and drops
 * what is sent meanwhile. That thread is asked for statistics, and says when it does.
 */
async function openIndeed(connection, { id }) {
    let own;
    do {
        const reports = await connection.getStats().catch(() => new Map());
        own = [...reports.values()].find((report) => report.type === "data-channel" && report.dataChannelIdentifier === id);
    } while (own?.state === "connecting");
}

/** The replies to one request, as they come, for who takes them as he likes. */
class Request {
    #replies = [];
    #error = null;
    #wake = () => {};

    put(reply) {
        if (this.#replies.length >= MOST_PARTS) return this.fail(new SessionError("too-many", "too many parts wait"));
        this.#replies.push(reply);
        this.#wake();
    }

    fail(error) {
        this.#error ??= error;
        this.#wake();
    }

    async next(timeout) {
        if (!this.#replies.length && !this.#error) {
            let timer;
            await new Promise((resolve) => {
                this.#wake = resolve;
                timer = setTimeout(() => this.fail(new SessionError("timed-out", "no reply came in time")), timeout);
            });
            clearTimeout(timer);
        }
        if (this.#replies.length) return this.#replies.shift();
        throw this.#error;
    }
}

function replyError(error, status = null) {
    return new SessionError(error.code ?? "error", error.message ?? "the request failed", status);
}

function checkMembers(members) {
    if (members === undefined || members === null) return;
    if (typeof members !== "object" || Array.isArray(members)) {
        throw new TypeError("the members of a request are an object, such as { name: \"Ann\" }");
    }
    for (const name of ["action", "id"]) {
        if (Object.hasOwn(members, name)) throw new TypeError(`the members of a request have no "${name}": it is the session's own`);
    }
}

/** The replies in a response, as they come: one value, or, where it is streamed, one a line. */
async function* httpReplies(response) {
    if (response.headers.get("Content-Type")?.startsWith("application/x-ndjson")) {
        const reader = response.body.pipeThrough(new TextDecoderStream()).getReader();
        let rest = "";
        for (let next; !(next = await reader.read()).done;) {
            const lines = (rest + next.value).split("\n");
            rest = lines.pop();
            for (const line of lines) if (line) yield parseReply(line, response);
        }
        if (rest) yield parseReply(rest, response);
        return;
    }
    yield parseReply(await response.text(), response);
}

function parseReply(text, { ok, status }) {
    let reply = null;
    try {
        reply = JSON.parse(text);
    } catch {
        // It is somebody else's, such as a proxy's.
    }
    if (!ok && !reply?.error) throw new SessionError("http", `HTTP ${status}`, status);
    if (reply === null || typeof reply !== "object") throw new SessionError("http", "the reply is no JSON", status);
    return reply;
}
