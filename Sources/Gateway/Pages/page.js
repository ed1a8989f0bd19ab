// What all pages share.

import { language, text } from "./texts.js";

const places = [
    ["index.html", "home"], ["room.html", "room"], ["calls.html", "calls"], ["chat.html", "mesh"],
    ["streams.html", "streams"], ["webrtc-debug", "debug"],
    ["sessions.html", "sessions"],
];

/**
 * Writes the texts into the page, and the links to the others.
 *
 * @param comesBack called when the page comes out of the browser's memory, where it has lost its connections
 */
export function beginPage({ comesBack = () => location.reload() } = {}) {
    addEventListener("pageshow", ({ persisted }) => persisted && comesBack());
    document.documentElement.lang = language;
    for (const element of document.querySelectorAll("[data-text]")) element.textContent = text(element.dataset.text);
    document.title = `${document.querySelector("h1").textContent} – swift-webrtc`;
    const here = location.pathname.split("/").pop() || "index.html";
    const query = new URLSearchParams(location.search).has("lang") ? `?lang=${language}` : "";
    document.querySelector("nav")?.append(...places.map(([path, name]) => {
        const link = make("a", { href: path + query }, text(name));
        if (here === path || here === `${path}.html` || `${here}.html` === path) link.setAttribute("aria-current", "page");
        return link;
    }));
}

export const find = (id) => document.getElementById(id);

/** An element with properties and children. */
export function make(name, properties = {}, ...children) {
    const element = document.createElement(name);
    for (const [key, value] of Object.entries(properties)) {
        if (key.includes("-")) element.setAttribute(key, value);
        else element[key] = value;
    }
    element.append(...children);
    return element;
}

/** Has `element` show these children, each by its key: those that are there already stay, with focus and video. */
export function keep(element, items, key, create, update) {
    const old = new Map([...element.children].map((child) => [child.dataset.key, child]));
    const children = items.map((item) => {
        const name = String(key(item));
        const child = old.get(name) ?? create(item);
        child.dataset.key = name;
        update(child, item);
        return child;
    });
    for (const child of [...element.children]) if (!children.includes(child)) child.remove();
    children.forEach((child, at) => {
        if (element.children[at] !== child) element.insertBefore(child, element.children[at] ?? null);
    });
}

/** Shows a text, and hides the element without one. Nothing is said again that is there already. */
export function say(element, words) {
    if (element.textContent !== (words ?? "")) element.textContent = words ?? "";
    element.hidden = !words;
}

export function show(element, words) {
    if (element.textContent !== words) element.textContent = words;
}

const colors = {
    connecting: "orange", discovering: "orange", connected: "green", http: "orange", disconnected: "gray", closed: "gray", error: "red",
    failed: "red",
};

/** Shows the state of a connection as a word in its color. */
export function showState(element, state) {
    element.className = `badge ${colors[state]}`;
    show(element, text(`state.${state}`));
}

/** A value of the URL's query. */
export const option = (name) => new URLSearchParams(location.search).get(name);

/**
 * The token: from the URL's fragment or query, which is cleared of it at once, else that of before in this tab.
 */
export function takeToken() {
    const url = new URL(location.href);
    const fragment = new URLSearchParams(url.hash.slice(1));
    const given = fragment.get("token") ?? url.searchParams.get("token");
    if (given !== null) {
        fragment.delete("token");
        url.searchParams.delete("token");
        url.hash = fragment.toString();
        history.replaceState(null, "", url);
        keepToken(given);
    }
    return given ?? sessionStorage.getItem("token") ?? "";
}

export function keepToken(token) {
    sessionStorage.setItem("token", token);
}

/** Has a video show a stream. */
export function play(video, stream) {
    if (video.srcObject !== stream) video.srcObject = stream;
}
