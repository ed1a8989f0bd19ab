// A page's way to the mesh node that the server runs: its peers, its leader and its messages, over `/api/mesh`.

import { fetchJSON, tokenQuery } from "./peer-connection.js";
import { Backoff, follow } from "./store.js";

/** The messages that are kept for who looks at them later. */
const MOST_MESSAGES = 500;

/**
 * @param url where the paths of the mesh begin, `/api/mesh` unless given
 * @param token shown where the server asks for one, or a function that gives it; @param refreshToken gives another
 */
export function createMesh(options = {}) {
    return new Mesh(options);
}

class Mesh {
    #store;
    #events;
    #options;
    #source = null;
    #timer = null;
    #backoff;
    #isClosed = false;
    #isStarting = false;

    constructor(options) {
        this.#options = { url: "/api/mesh", EventSource: globalThis.EventSource, ...options };
        this.#backoff = new Backoff(options.backoff);
        // Events: `message`({from, text}).
        [this.#store, this.#events] = follow(this, {
            // All nodes that are known, this one included: `[{id, peerType, displayName, isConnected, isLeader}]`.
            peers: Object.freeze([]),
            // This node counts too.
            leaderStatus: Object.freeze({ leaderId: null, amILeader: false, peerCount: 0 }),
            // Whether a leader is known, this node included.
            isConnected: false,
            myPeerId: null,
            isLeader: false,
            // `disconnected`, `discovering`, `connected` or `error`.
            connectionState: "disconnected",
            // What went wrong last, for people.
            error: null,
            // The newest, oldest first: `[{from, text}]`.
            messages: Object.freeze([]),
        });
        this.startPeer = this.startPeer.bind(this);
        this.sendMessage = this.sendMessage.bind(this);
        this.#listen();
    }

    /** Starts the node. Resolves to its id. */
    async startPeer(peerType, displayName) {
        this.#isStarting = true;
        this.#set({ error: null });
        try {
            const id = await this.#ask("start_peer", { peerType, displayName });
            this.#started(id);
            await this.#refresh();
            return id;
        } catch (error) {
            this.#set({ error: error.message });
            throw error;
        } finally {
            this.#isStarting = false;
        }
    }

    /** Sends a text to one node, or to all where `targetPeerId` is null. Resolves to how many nodes it was handed to. */
    async sendMessage(targetPeerId, message) {
        const text = typeof message === "string" ? message : JSON.stringify(message);
        try {
            const answer = await this.#ask("send_control_message", { targetPeerId: targetPeerId ?? null, message: text });
            this.#set({ error: null });
            return answer?.sent ?? 0;
        } catch (error) {
            this.#set({ error: error.message });
            throw error;
        }
    }

    /** Ends the subscription to the server; the node goes on. */
    close() {
        this.#isClosed = true;
        clearTimeout(this.#timer);
        this.#source?.close();
        this.#source = null;
    }

    // MARK: Requests

    #ask(path, body) {
        const { url, token, refreshToken, fetch } = this.#options;
        return fetchJSON(`${url}/${path}`, { method: body ? "POST" : "GET", body, token, refreshToken, fetch });
    }

    async #refresh() {
        const [peers, status] = await Promise.all([this.#ask("get_connected_peers"), this.#ask("get_leader_status")]);
        if (this.#isClosed) return;
        this.#setPeers(peers);
        this.#setLeader(status);
    }

    // MARK: Events

    async #listen() {
        const { url, token, EventSource } = this.#options;
        let query = "";
        try {
            query = await tokenQuery(token);
        } catch (error) {
            this.#set({ error: error.message });
        }
        if (this.#isClosed) return;
        const source = new EventSource(`${url}/events${query}`);
        this.#source = source;
        const hear = (name, take) => source.addEventListener(`webrtc:${name}`, ({ data }) => take(parse(data)));
        hear("started", (id) => this.#started(id));
        hear("peer_list_changed", (peers) => {
            this.#setPeers(peers);
            this.#refreshLater();
        });
        hear("leader_changed", (id) => this.#setLeaderID(id));
        hear("message", (message) => this.#heard(message));
        source.onopen = () => {
            this.#backoff.reset();
            // What has happened meanwhile nobody has told.
            if (this.myPeerId) this.#refreshLater();
            if (this.connectionState === "error") this.#set({ error: null });
        };
        source.onerror = () => {
            if (source !== this.#source) return;
            if (this.myPeerId) this.#set({ error: "no connection to the server", connectionState: "error", isConnected: false });
            // It tries again by itself, unless the server has refused it.
            if (source.readyState !== 2) return;
            source.close();
            this.#timer = setTimeout(() => this.#listen(), this.#backoff.next());
        };
    }

    #refreshLater() {
        this.#refresh().catch((error) => this.#set({ error: error.message }));
    }

    #started(id) {
        if (typeof id !== "string" || !id) return;
        if (id !== this.myPeerId) this.#set({ myPeerId: id });
        this.#judge();
        // The node ran before this page came.
        if (!this.#isStarting) this.#refreshLater();
    }

    #setPeers(peers) {
        if (!Array.isArray(peers)) return;
        this.#set({ peers: Object.freeze(peers.map((peer) => Object.freeze({ ...peer }))) });
    }

    #setLeaderID(leaderId) {
        const { peerCount } = this.leaderStatus;
        const amILeader = leaderId !== null && leaderId === this.myPeerId;
        this.#setLeader({ leaderId, amILeader, peerCount });
    }

    #setLeader(status) {
        const { leaderId = null, amILeader = false, peerCount = 0 } = status ?? {};
        this.#set({ leaderStatus: Object.freeze({ leaderId, amILeader, peerCount }), isLeader: amILeader });
        this.#judge();
    }

    #judge() {
        if (!this.myPeerId) return;
        const isConnected = this.leaderStatus.leaderId !== null;
        this.#set({ isConnected, connectionState: isConnected ? "connected" : "discovering" });
    }

    #heard(message) {
        if (typeof message?.text !== "string") return;
        const { from, text } = message;
        this.#set({ messages: Object.freeze([...this.messages, { from, text }].slice(-MOST_MESSAGES)) });
        this.#events.emit("message", { from, text });
    }

    #set(changes) {
        if (!this.#isClosed) this.#store.set(changes);
    }
}

function parse(data) {
    try {
        return JSON.parse(data);
    } catch {
        return data;
    }
}
