import Testing

/// Gives a suite a browser, started before its first test and ended after its last, come what may.
struct BrowserTrait: SuiteTrait, TestScoping {
    @TaskLocal static var current: Browser?

    let program: Browser.Program
    let addresses: Browser.Addresses

    func provideScope(
        for test: Test, testCase: Test.Case?, performing function: @concurrent @Sendable () async throws -> Void
    ) async throws {
        let browser = try await Browser(program, addresses)
        let result = await Result { try await Self.$current.withValue(browser) { try await function() } }
        await browser.stop()
        try result.get()
    }
}

/// Gives a suite a Python process with aiortc in it.
struct AiortcTrait: SuiteTrait, TestScoping {
    @TaskLocal static var current: Aiortc?

    func provideScope(
        for test: Test, testCase: Test.Case?, performing function: @concurrent @Sendable () async throws -> Void
    ) async throws {
        let aiortc = try Aiortc()
        let result = await Result { try await Self.$current.withValue(aiortc) { try await function() } }
        await aiortc.stop()
        try result.get()
    }
}

extension Trait where Self == BrowserTrait {
    /// Runs the suite with a headless Chromium.
    static func browser(_ addresses: Browser.Addresses) -> Self {
        BrowserTrait(program: .chromium, addresses: addresses)
    }

    /// Runs the suite with a headless Firefox.
    static func firefox(_ addresses: Browser.Addresses) -> Self {
        BrowserTrait(program: .firefox, addresses: addresses)
    }
}

extension Trait where Self == AiortcTrait {
    /// Runs the suite with aiortc.
    static var aiortc: Self { AiortcTrait() }
}

extension Result where Failure == any Error {
    /// What an asynchronous body returns or throws.
    fileprivate init(catching body: () async throws -> Success) async {
        do {
            self = .success(try await body())
        } catch {
            self = .failure(error)
        }
    }
}
