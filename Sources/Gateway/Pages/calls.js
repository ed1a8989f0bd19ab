// Calls between users who are known by their tokens, on any number of devices each. The rules are those of the
// library's `CallClient`, so that both ends agree whichever they are.

import { createPeerConnection, currentToken } from "./peer-connection.js";
import { SignalingSocket, defaultSocketURL } from "./signaling-socket.js";
import { follow, randomID } from "./store.js";

const LONGEST_RINGING = 600_000;
const MOST_ENDED = 256;
const MOST_HELD = 256;

/**
 * @param token the user's, or a function that gives it; @param refreshToken gives another when it is refused
 * @param url the signaling server, else that of the page
 * @param ringingTime in ms: how long a call of ours rings before it is missed
 * @param incomingLimit how many calls may ring here at once; more are busy
 * @param isBusy asked when somebody calls: true rejects the call as busy
 */
export function createCalls(options) {
    return new Calls(options);
}

class Calls {
    #socket;
    #store;
    #events;
    #calls = new Map();
    #ended = [];
    #untold = [];
    #token = null;

    constructor(options) {
        this.options = { ringingTime: 30_000, incomingLimit: 32, isBusy: () => false, ...options };
        // Events: `incoming`(call), `ended`(call), `message`(message), `problem`(error, call or null).
        [this.#store, this.#events] = follow(this, {
            // `connecting`, `connected`, `error` (nothing more is tried) or `disconnected` (closed).
            connectionState: "connecting",
            error: null,
            // Who the server takes this end for; null before that is known.
            userId: null,
            // The calls that ring or go on.
            calls: Object.freeze([]),
        });
        this.#socket = new SignalingSocket({
            url: options.url ?? defaultSocketURL(),
            WebSocket: options.WebSocket,
            backoff: options.backoff,
            begin: async (resume) => ({ type: "auth", token: await this.#currentToken(), resume }),
            isWelcome: ({ type }) => type === "authenticated",
            onUp: (message) => this.#up(message),
            onDown: (reason, { isFinal }) => this.#down(reason, isFinal),
            onMessage: (message) => this.#read(message),
            onRefused: (error, tries) => this.#refusedToken(error, tries),
        });
    }

    /**
     * Calls a user. Where a call of that user's rings here it is that one, accepted; where one of ours rings there,
     * it is that.
     */
    call(user, { stream = null } = {}) {
        const ringing = this.#find((call) => call.state === "ringing" && call.user === user);
        if (ringing) {
            ringing.accept({ stream });
            return ringing;
        }
        const own = this.#calling(user);
        if (own) return own;
        const call = new Call(this, { id: randomID(), user, isOutgoing: true, state: "calling", stream });
        this.#add(call, this.options.ringingTime);
        call.begin();
        return call;
    }

    /** Sends `message`, `typing` or `read` to all devices of a user. False without a connection. */
    send(type, recipientId, members = {}) {
        return this.#socket.send({ ...members, type, recipientId });
    }

    /** Hangs up, and closes the connection to the server. */
    close() {
        for (const call of [...this.#calls.values()]) call.hangUp();
        this.#store.set({ connectionState: "disconnected" });
        this.#socket.close();
    }

    // MARK: The connection to the server

    async #currentToken() {
        this.#token ??= await currentToken(this.options.token);
        return this.#token;
    }

    async #refusedToken({ code }, tries) {
        if (code !== "unauthorized") return true;
        if (!this.options.refreshToken || tries > 1) return false;
        await this.refreshToken();
        return true;
    }

    /** Has the application give another token, for all that follows. */
    async refreshToken() {
        this.#token = await this.options.refreshToken();
        return this.#token;
    }

    turnOptions() {
        const { turnUrl, refreshToken, fetch, iceServers, RTCPeerConnection, rtcConfiguration } = this.options;
        return {
            turnUrl, fetch, iceServers, RTCPeerConnection, rtcConfiguration,
            token: () => this.#currentToken(),
            refreshToken: refreshToken && (() => this.refreshToken()),
        };
    }

    #up({ userId = null }) {
        this.#store.set({ connectionState: "connected", error: null, userId });
        for (const { id, user } of this.#untold.splice(0)) this.say({ type: "call-hangup", recipientId: user, callId: id });
        for (const call of this.#calls.values()) call.manager?.repeat();
    }

    #down(reason, isFinal) {
        if (this.connectionState === "disconnected") return;
        this.#store.set({ connectionState: isFinal ? "error" : "connecting", error: reason });
        // What rings is told by a server that is not there any more. A call that was accepted goes on without.
        for (const call of [...this.#calls.values()]) {
            if (call.state === "accepted" || (call.state === "calling" && !call.isOffered)) continue;
            if (call.state === "calling") this.#untold.push({ id: call.id, user: call.user });
            call.finish("offline");
        }
        this.#untold.splice(0, this.#untold.length - MOST_HELD);
    }

    say(message) {
        return this.#socket.send(message);
    }

    /** Has the server told of a call that ends, as soon as there is a server. */
    sayEnd(call, message) {
        if (this.say(message)) return;
        this.#untold.push({ id: call.id, user: call.user });
    }

    // MARK: What comes

    #read(message) {
        const { type, senderId, callId } = message;
        if (type === "error") return this.#refused(message);
        if (!type.startsWith("call-")) return this.#events.emit("message", message);
        if (typeof senderId !== "string" || typeof callId !== "string") return;
        const call = this.#calls.get(callId);
        if (!call) {
            const renews = message.negotiation?.renews === "call";
            if (type === "call-offer" && !renews) this.#ring(message);
            return;
        }
        if (call.user === senderId) call.hear(message);
    }

    #refused({ code, callId, message }) {
        const call = this.#calls.get(callId);
        if (call?.state === "calling") return call.finish(code === "recipient-offline" ? "offline" : "refused");
        if (call?.state === "accepted" && !call.hasHeard && code === "recipient-offline") return call.finish("offline");
        this.#events.emit("problem", Object.assign(new Error(message), { code }), call ?? null);
    }

    #ring(offer) {
        const { senderId: user, callId: id } = offer;
        if (this.#ended.includes(id)) return;
        const own = this.#calling(user);
        if (own?.isOffered && own.id < id) {
            this.remember(id);
            this.say({ type: "call-reject", recipientId: user, callId: id, reason: "glare" });
            return;
        }
        const ringing = [...this.#calls.values()].filter(({ state }) => state === "ringing").length;
        if (!own && (ringing >= this.options.incomingLimit || this.options.isBusy(user))) {
            this.remember(id);
            this.say({ type: "call-reject", recipientId: user, callId: id, reason: "busy" });
            return;
        }
        const call = new Call(this, { id, user, isOutgoing: false, state: "ringing", stream: null });
        this.#add(call, LONGEST_RINGING);
        call.hear(offer);
        if (!own) return this.#events.emit("incoming", call);
        // Both have called each other: the call with the smaller id stands, and does not ring.
        own.successor = call;
        call.accept({ stream: own.localStream });
        own.hangUp("glare");
    }

    // MARK: The list

    #add(call, time) {
        this.#calls.set(call.id, call);
        call.timer = setTimeout(() => call.isOutgoing ? call.hangUp("missed") : call.finish("missed"), time);
        this.show();
    }

    remove(call) {
        if (!this.#calls.delete(call.id)) return;
        clearTimeout(call.timer);
        this.remember(call.id);
        this.show();
        this.#events.emit("ended", call);
    }

    remember(id) {
        this.#ended.push(id);
        if (this.#ended.length > MOST_ENDED) this.#ended.shift();
    }

    problem(error, call) {
        this.#events.emit("problem", error, call);
    }

    show() {
        this.#store.set({ calls: Object.freeze([...this.#calls.values()]) });
    }

    #find(holds) {
        return [...this.#calls.values()].filter(holds).sort((one, other) => (one.id < other.id ? -1 : 1))[0];
    }

    #calling(user) {
        return this.#find((call) => call.state === "calling" && call.user === user);
    }
}

class Call {
    #calls;
    #held = [];
    manager = null;
    /** `calling`, `ringing`, `accepted`, `ended`. */
    state;
    /** Why it has ended: `rejected`, `busy`, `missed`, `hung-up`, `answered-elsewhere`, `offline`, `glare`, `refused`. */
    reason = null;
    /** The call that stands where this one has ended as `glare`. */
    successor = null;
    remoteStream = null;
    /** The state of the connection between the two, as `RTCPeerConnection.connectionState`. */
    mediaState = "new";
    isOffered = false;
    hasHeard = false;
    timer = null;

    constructor(calls, { id, user, isOutgoing, state, stream }) {
        this.#calls = calls;
        Object.assign(this, { id, user, isOutgoing, state, localStream: stream });
    }

    get isPolite() {
        return !this.isOutgoing;
    }

    /** Takes a call that rings here, and sends `stream`. */
    accept({ stream = null } = {}) {
        if (this.state !== "ringing") return;
        this.localStream = stream;
        this.state = "accepted";
        clearTimeout(this.timer);
        this.#calls.say({ type: "call-accept", recipientId: this.user, callId: this.id });
        this.begin();
        this.#calls.show();
    }

    /** Refuses a call that rings here; with `busy` the caller learns that. */
    reject(reason = null) {
        if (this.state !== "ringing") return;
        this.#sayEnd("call-reject", reason);
        this.finish(reason === "busy" ? "busy" : "rejected");
    }

    /** Ends the call; one that rings here is rejected. */
    hangUp(reason = null) {
        if (this.state === "ended") return;
        if (this.state === "ringing") return this.reject();
        // Nobody knows of a call that was not offered yet.
        if (this.state !== "calling" || this.isOffered) this.#sayEnd("call-hangup", reason);
        this.finish(reason ?? "hung-up");
    }

    /** Finds the way to the other end anew. */
    restartIce() {
        this.manager?.restartIce();
    }

    #sayEnd(type, reason) {
        const message = { type, recipientId: this.user, callId: this.id };
        if (reason) message.reason = reason;
        this.#calls.sayEnd(this, message);
    }

    /** Makes the connection. What has come before it is there is taken then. */
    async begin() {
        try {
            const manager = await createPeerConnection({
                ...this.#calls.turnOptions(),
                isPolite: this.isPolite,
                callId: this.id,
                remoteUserId: this.user,
                signaling: { send: (message) => this.#send(message) },
                onTrack: ({ streams, track }) => {
                    this.remoteStream ??= streams[0] ?? new MediaStream();
                    if (!streams[0]) this.remoteStream.addTrack(track);
                    this.#calls.show();
                },
                onConnectionStateChange: (state) => {
                    this.mediaState = state;
                    this.#calls.show();
                },
                onProblem: (error) => this.#calls.problem(error, this),
            });
            if (this.state === "ended") return manager.close();
            this.manager = manager;
            manager.on("end", () => this.hangUp());
            if (this.isOutgoing) manager.connection.createDataChannel("call");
            if (this.localStream) manager.addLocalStream(this.localStream);
            for (const message of this.#held.splice(0)) this.#negotiate(message);
        } catch (error) {
            this.#calls.problem(error, this);
            this.hangUp();
        }
    }

    #send(message) {
        if (this.state === "ended") return;
        if (this.#calls.say(message) && message.type === "call-offer") this.isOffered = true;
    }

    /** Takes what the other end says in this call. */
    hear(message) {
        switch (message.type) {
            case "call-accept":
                this.#accepted();
                break;
            case "call-reject":
            case "call-hangup":
                this.finish(this.#reason(message));
                break;
            default:
                if (this.state === "accepted") this.hasHeard = true;
                if (this.manager) this.#negotiate(message);
                else if (this.#held.length < MOST_HELD) this.#held.push(message);
        }
    }

    #accepted() {
        if (this.state !== "calling") return;
        this.state = "accepted";
        this.hasHeard = true;
        clearTimeout(this.timer);
        this.#calls.show();
    }

    #negotiate({ type, sdp, candidate }) {
        if (type === "call-offer") this.manager.handleRemoteDescription({ type: "offer", sdp });
        else if (type === "call-answer") this.manager.handleRemoteDescription({ type: "answer", sdp });
        else if (type === "call-ice-candidate") this.manager.handleIceCandidate(candidate);
    }

    #reason({ type, reason }) {
        if (reason === "glare" || reason === "missed") return reason;
        if (!this.isOutgoing && reason === "answered-elsewhere") return reason;
        if (!this.isOutgoing && reason === "rejected-elsewhere") return "rejected";
        if (this.state === "ringing") return reason === "offline" ? "offline" : "missed";
        if (this.state === "calling") return reason === "busy" ? "busy" : "rejected";
        return type === "call-reject" ? "rejected" : "hung-up";
    }

    /** Ends it here. */
    finish(reason) {
        if (this.state === "ended") return;
        this.state = "ended";
        this.reason = reason;
        this.#held = [];
        this.manager?.close();
        this.#calls.remove(this);
    }
}
