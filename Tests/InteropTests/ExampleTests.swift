import Foundation
import TestSupport
import Testing

@Suite(
    "the examples, run as a newcomer runs them",
    .enabled(if: InteropPrograms.hasChromium, "needs chromium and chromium-driver: make test installs them"),
    .browser(.plain), .timeLimit(.minutes(2)))
struct ExampleTests {
    @Test("the README's program prints what was sent, and ends")
    func quickstart() async throws {
        let program = try LineProcess("quickstart", LineProcess.product("quickstart"), [])
        try await program.heard("chat: hello")
        #expect(await program.end() == 0)
    }

    @Test("a browser opens the server's page, connects, and gets back what is typed")
    func server() async throws {
        let browser = try #require(BrowserTrait.current)
        let server = try LineProcess(
            "server", LineProcess.product("server"), ["--loopback", "--port", "0"], isQuiet: true)
        let line = try await server.line("listening").text
        let port = try #require(line.split(separator: " ").last)
        let url = try #require(URL(string: "http://127.0.0.1:\(port)/"))
        try await browser.open(url)
        // Resolves once the page's log says so.
        let said = """
            const [text] = arguments, log = document.querySelector("#log");
            return new Promise(resolve => {
                const look = () => { if (log.textContent.includes(text)) resolve(true); };
                new MutationObserver(look).observe(log, { childList: true, characterData: true, subtree: true });
                look();
            });
            """
        #expect(try await browser.run(said, ["connected"]).bool == true)
        _ = try await browser.run(
            """
            const line = document.querySelector("#line");
            line.value = "is there anybody?";
            line.dispatchEvent(new Event("change"));
            """, [])
        #expect(try await browser.run(said, ["is there anybody?"]).bool == true)
        server.send(signal: SIGTERM)
        #expect(try await browser.run(said, ["closed"]).bool == true, "a server that ends says goodbye to its browsers")
        _ = await server.end()
    }
}
