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

/// Gives a suite a process of Python with peers of a library in it.
struct PythonTrait: SuiteTrait, TestScoping {
    @TaskLocal static var current: PythonPeer?

    let library: PythonPeer.Library

    func provideScope(
        for test: Test, testCase: Test.Case?, performing function: @concurrent @Sendable () async throws -> Void
    ) async throws {
        let peer = try PythonPeer(library)
        let result = await Result { try await Self.$current.withValue(peer) { try await function() } }
        await peer.stop()
        try result.get()
    }
}

/// Gives a suite a Janus.
struct JanusTrait: SuiteTrait, TestScoping {
    @TaskLocal static var current: Janus?

    func provideScope(
        for test: Test, testCase: Test.Case?, performing function: @concurrent @Sendable () async throws -> Void
    ) async throws {
        let janus = try await Janus()
        let result = await Result { try await Self.$current.withValue(janus) { try await function() } }
        await janus.stop()
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

extension Trait where Self == PythonTrait {
    /// Runs the suite with peers of that library.
    static func python(_ library: PythonPeer.Library) -> Self { PythonTrait(library: library) }
}

extension Trait where Self == JanusTrait {
    /// Runs the suite with a Janus.
    static var janus: Self { JanusTrait() }
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
