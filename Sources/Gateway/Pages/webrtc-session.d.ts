/** Requests and replies on a data channel that the server makes, and over plain HTTP where there is no way for it. */

/** A token, or what gives one. */
export type TokenSource = string | null | (() => string | null | Promise<string | null>);

export type SessionState = "connecting" | "connected" | "http" | "failed" | "closed";

export interface SessionSnapshot {
    readonly state: SessionState;
    readonly sessionId: string | null;
    /** Why there is no data channel, for people. */
    readonly error: string | null;
}

export interface SessionOptions {
    /** Where the paths begin; `/v1` unless given. */
    url?: string;
    token?: TokenSource;
    /** Gives another token when one is refused; asked once for each request. */
    refreshToken?: () => Promise<string>;
    /** Who this end says it is; by chance unless given. */
    peerId?: string;
    /** How long a request waits for its reply, or for the next part, in ms; 30,000 unless given. */
    timeout?: number;
    /** How long a data channel may take to open before requests go over HTTP, in ms; 10,000 unless given. */
    connectTimeout?: number;
    /** Whether requests may go over HTTP; true unless given. */
    httpFallback?: boolean;
    /** The waits before attempts, in ms. */
    backoff?: { first?: number; longest?: number };
    fetch?: typeof fetch;
    /** Another implementation; null for none. */
    RTCPeerConnection?: typeof RTCPeerConnection | null;
}

/** What a request has beside `action` and `id`, which are the session's own. */
export type Members = object & { [name: string]: any; action?: never; id?: never; [Symbol.iterator]?: never };

export interface RequestOptions {
    /** In ms. */
    timeout?: number;
    /** Gives the request up. */
    signal?: AbortSignal;
}

/** What has become of a request that has no result. */
export class SessionError extends Error {
    constructor(code: string, message: string, status?: number | null);
    /** `timed-out`, `disconnected`, `closed`, `aborted`, `too-large`, `too-many`, `http`, or the server's own. */
    readonly code: string;
    /** The status of the HTTP response, where there was one. */
    readonly status: number | null;
}

/** The session as the server sees it. */
export interface SessionInfo {
    session_id: string;
    peer_id: string;
    state: "new" | "connecting" | "connected" | "failed" | "closed";
    created_at: string | number;
    last_activity: string | number;
    candidates: unknown[];
    stats: Record<string, unknown>;
    diagnosis?: unknown;
}

export interface SessionStats {
    active: number;
    connected: number;
    cleaned_up: number;
    total: number;
}

export interface Session {
    readonly peerId: string;
    readonly state: SessionState;
    readonly sessionId: string | null;
    readonly error: string | null;
    getSnapshot(): SessionSnapshot;
    /** Calls the listener after each change. Returns what ends that. */
    subscribe(listener: (snapshot: SessionSnapshot) => void): () => void;
    /** What the server says without being asked. Returns what ends the listening. */
    on(name: "message", listener: (value: unknown) => void): () => void;
    /**
     * Asks for something. Resolves to the result; of a streamed reply to the list of its parts. Throws a `SessionError`,
     * or a `TypeError` where the members are no object, or have an `action` or `id`.
     */
    request<Result = unknown>(action: string, members?: Members | null, options?: RequestOptions): Promise<Result>;
    /** Asks for something whose reply comes in parts. */
    stream<Part = unknown>(action: string, members?: Members | null, options?: RequestOptions): AsyncGenerator<Part, void, void>;
    info(): Promise<SessionInfo | null>;
    serverStats(): Promise<SessionStats>;
    getStats(): Promise<RTCStatsReport | null>;
    /** Ends the session, here and at the server. */
    close(): Promise<void>;
}

export function createSession(options?: SessionOptions): Session;
