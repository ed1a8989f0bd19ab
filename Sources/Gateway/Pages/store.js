// What pages and hooks follow: a value that is replaced and never changed, so that a comparison with
// `===` says whether there is something new (as `useSyncExternalStore` of React asks for).

export class Store {
    #value;
    #listeners = new Set();

    constructor(value) {
        this.#value = Object.freeze(value);
        this.subscribe = this.subscribe.bind(this);
        this.getSnapshot = this.getSnapshot.bind(this);
    }

    getSnapshot() {
        return this.#value;
    }

    /** Calls `listener` with the value after each change. Returns what ends that. */
    subscribe(listener) {
        this.#listeners.add(listener);
        return () => this.#listeners.delete(listener);
    }

    set(changes) {
        this.#value = Object.freeze({ ...this.#value, ...changes });
        tell(this.#listeners, this.#value);
    }
}

/** Listeners to events that are no state, such as messages. */
export class Events {
    #listeners = new Map();

    /** Calls `listener` for each event of the name. Returns what ends that. */
    on(name, listener) {
        if (!this.#listeners.has(name)) this.#listeners.set(name, new Set());
        this.#listeners.get(name).add(listener);
        return () => this.#listeners.get(name).delete(listener);
    }

    emit(name, ...details) {
        tell(this.#listeners.get(name) ?? [], ...details);
    }
}

/**
 * Gives an object a state that can be followed: each of its members is one of the object's, too, beside `getSnapshot`,
 * `subscribe`, and `on` for events that are no state. Returns what changes it, and what tells of events.
 */
export function follow(object, state) {
    const [store, events] = [new Store(state), new Events()];
    Object.assign(object, {
        subscribe: store.subscribe, getSnapshot: store.getSnapshot, on: (name, listener) => events.on(name, listener),
    });
    for (const name of Object.keys(state)) {
        Object.defineProperty(object, name, { get: () => store.getSnapshot()[name], enumerable: true });
    }
    return [store, events];
}

// A listener that fails is the application's mistake, and keeps nobody else from hearing.
function tell(listeners, ...details) {
    for (const listener of [...listeners]) {
        try {
            listener(...details);
        } catch (error) {
            console.error(error);
        }
    }
}

/** An id of 128 random bits, as UUID. `crypto.randomUUID` is only there on https: and localhost. */
export function randomID() {
    const bytes = crypto.getRandomValues(new Uint8Array(16));
    bytes[6] = (bytes[6] & 0x0f) | 0x40;
    bytes[8] = (bytes[8] & 0x3f) | 0x80;
    const hex = [...bytes].map((byte) => byte.toString(16).padStart(2, "0")).join("");
    return [8, 12, 16, 20].reduceRight((text, at) => `${text.slice(0, at)}-${text.slice(at)}`, hex);
}

/** The waits before attempts, in ms: twice as long each time, and by chance up to half shorter. */
export class Backoff {
    constructor({ first = 250, longest = 15_000, random = Math.random } = {}) {
        Object.assign(this, { first, longest, random });
        this.tries = 0;
    }

    next() {
        const wait = Math.min(this.longest, this.first * 2 ** Math.min(this.tries, 20));
        this.tries += 1;
        return wait * (1 - this.random() / 2);
    }

    reset() {
        this.tries = 0;
    }
}
