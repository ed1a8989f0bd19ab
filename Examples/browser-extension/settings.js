// Where the server is, and what is shown to it.

export async function serverURL() {
    const { server = "http://127.0.0.1:3010" } = await chrome.storage.local.get("server");
    return server.replace(/\/+$/, "");
}

export async function tokenOf() {
    return (await chrome.storage.local.get("token")).token ?? null;
}
