// A WebSocket to a signaling server that is made again whenever it breaks. The dialects of rooms and
// calls stand on it; it knows how to begin, how to have a place back, and how to leave a server that drains.

import { Backoff } from "./store.js";

/** The most messages in a row that are refused before nobody tries again: a mistake, not a bad moment. */
const MOST_REFUSALS = 8;

export class SignalingSocket {
    #url;
    #home;
    #socket = null;
    #isUp = false;
    #isClosed = false;
    #resume = "";
    #timer = null;
    #backoff;
    #refusals = 0;
    #refusal = null;
    #wakes = () => this.#wake();

    /**
     * @param url where to connect, `ws:` or `wss:`
     * @param begin gives the first message or several, or a promise; it is told the `resume` of before, or ""
     * @param isWelcome whether a message is the answer to the first one
     * @param onUp called with that answer; @param onDown with the reason why the connection is no more;
     * @param onMessage with each message beside them
     * @param onRefused called with an error that came in the place of the answer; false ends all attempts
     */
    constructor({
        url, begin, isWelcome, onUp = () => {}, onDown = () => {}, onMessage = () => {}, onRefused = () => true,
        backoff = {}, patience = 10_000, WebSocket = globalThis.WebSocket,
    }) {
        this.#home = this.#url = url;
        this.#backoff = new Backoff(backoff);
        Object.assign(this, { begin, isWelcome, onUp, onDown, onMessage, onRefused, patience, WebSocket });
        globalThis.addEventListener?.("online", this.#wakes);
        this.#connect();
    }

    get isUp() {
        return this.#isUp;
    }

    /** Sends a message. False when there is no connection: then it is lost. */
    send(message) {
        if (!this.#isUp) return false;
        this.#socket.send(JSON.stringify(message));
        return true;
    }

    close() {
        if (this.#isClosed) return;
        this.#isClosed = true;
        clearTimeout(this.#timer);
        globalThis.removeEventListener?.("online", this.#wakes);
        this.#drop("closed");
    }

    // MARK: One connection

    #connect() {
        if (this.#isClosed) return;
        clearTimeout(this.#timer);
        let socket;
        try {
            socket = new this.WebSocket(this.#url);
        } catch (error) {
            this.#isClosed = true;
            return this.onDown(error.message, { isFinal: true });
        }
        this.#socket = socket;
        this.#refusal = null;
        this.#timer = setTimeout(() => this.#lose(socket, "the server does not answer"), this.patience);
        socket.onopen = async () => {
            try {
                const messages = [await this.begin(this.#resume)].flat();
                if (socket === this.#socket) for (const message of messages) socket.send(JSON.stringify(message));
            } catch (error) {
                this.#lose(socket, error.message);
            }
        };
        socket.onmessage = ({ data }) => {
            if (socket === this.#socket) this.#read(data);
        };
        socket.onclose = ({ code, reason }) => {
            this.#lose(socket, reason || (code === 1006 ? "it cannot be reached" : `closed with ${code}`));
        };
    }

    #read(data) {
        let message;
        try {
            message = JSON.parse(data);
        } catch {
            return;
        }
        if (typeof message?.type !== "string") return;
        if (message.type === "server-draining") return this.#leave(message);
        if (!this.#isUp && this.isWelcome(message)) {
            clearTimeout(this.#timer);
            this.#isUp = true;
            this.#refusals = 0;
            this.#backoff.reset();
            this.#resume = typeof message.resume === "string" ? message.resume : "";
            return this.onUp(message);
        }
        if (!this.#isUp && message.type === "error") {
            this.#refusal = message;
            // Its place is somebody else's now, or was until a moment ago.
            if (message.code === "id-in-use" || message.code === "unauthorized") this.#resume = "";
            return this.#lose(this.#socket, message.message);
        }
        this.onMessage(message);
    }

    async #lose(socket, reason) {
        if (socket !== this.#socket) return;
        this.#drop(this.#refusal?.message ?? reason);
        const wait = this.#backoff.next();
        if (this.#refusal) {
            this.#refusals += 1;
            const goesOn = await this.onRefused(this.#refusal, this.#refusals);
            if (this.#isClosed) return;
            if (goesOn === false || this.#refusals >= MOST_REFUSALS) {
                const { message } = this.#refusal;
                this.close();
                return this.onDown(message, { isFinal: true });
            }
        } else if (this.#url !== this.#home && this.#backoff.tries > 3) {
            this.#url = this.#home;
        }
        if (!this.#isClosed && !this.#socket) this.#timer = setTimeout(() => this.#connect(), wait);
    }

    #drop(reason) {
        const socket = this.#socket;
        this.#socket = null;
        this.#isUp = false;
        clearTimeout(this.#timer);
        if (!socket) return;
        socket.onopen = socket.onmessage = socket.onclose = null;
        socket.close();
        this.onDown(reason, { isFinal: false });
    }

    #wake() {
        if (!this.#socket) this.#connect();
    }

    // MARK: A server that goes

    // All its clients leave in the time that it gives, not all at once. A place is nothing to another server.
    #leave({ reconnect, within }) {
        const socket = this.#socket;
        if (reconnect && isNoWeaker(reconnect, this.#home)) this.#url = reconnect;
        const time = Math.min(Math.max(Number(within) || 0, 0), 60) * 1000;
        setTimeout(() => {
            if (socket !== this.#socket || this.#isClosed) return;
            this.#resume = "";
            this.#drop("the server goes");
            this.#timer = setTimeout(() => this.#connect(), this.#backoff.next());
        }, (Math.random() * time) / 2);
    }
}

// A server may send its clients elsewhere, but not from an encrypted connection to one in the clear.
function isNoWeaker(url, home) {
    try {
        const { protocol } = new URL(url);
        return protocol === "wss:" || (protocol === "ws:" && new URL(home).protocol === "ws:");
    } catch {
        return false;
    }
}

/** The WebSocket of the server that a page comes from. */
export function defaultSocketURL(path = "/ws", location = globalThis.location) {
    return `${location.protocol === "https:" ? "wss:" : "ws:"}//${location.host}${path}`;
}
