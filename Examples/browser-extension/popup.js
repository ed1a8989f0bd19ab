import { serverURL, tokenOf } from "./settings.js";

const find = (id) => document.getElementById(id);
find("server").value = await serverURL();
find("token").value = (await tokenOf()) ?? "";

find("form").onsubmit = async (event) => {
    event.preventDefault();
    await chrome.storage.local.set({ server: find("server").value, token: find("token").value || null });
    find("state").textContent = "…";
    const answer = await chrome.runtime.sendMessage({ to: "background", action: find("action").value });
    find("state").textContent = { connected: "over the data channel", http: "over HTTP" }[answer?.state] ?? "";
    find("reply").textContent = JSON.stringify(answer?.error ?? answer?.result, null, 2);
};
