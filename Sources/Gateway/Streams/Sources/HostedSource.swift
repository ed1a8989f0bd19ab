public import Streaming

/// A source as `POST /api/streamers` makes it: what is shown, and what is done with the watchers'
/// input.
public struct HostedSource: Sendable {
    /// What is shown. It has to end soon when its task is cancelled: a stream that is ended waits
    /// for it, for five seconds.
    public var source: StreamSource
    /// Takes what the watchers press, in order; nil where the source has no use for it.
    public var input: (@Sendable (InputEvent) async -> Void)?
    /// Why nothing comes of the source now, and nil when something comes again; empty where that is
    /// not known. Watchers are told of it.
    public var silences: any AsyncSequence<String?, Never> & Sendable

    /// A source.
    ///
    /// - Parameters:
    ///   - source: what is shown.
    ///   - input: takes what the watchers press.
    ///   - silences: see ``silences``.
    public init(
        _ source: StreamSource, input: (@Sendable (InputEvent) async -> Void)? = nil,
        silences: any AsyncSequence<String?, Never> & Sendable = AsyncStream { $0.finish() }
    ) {
        self.source = source
        self.input = input
        self.silences = silences
    }
}

/// What a request asked for cannot be: it is answered with 422, and this text.
public struct SourceRefusal: Error, Sendable, CustomStringConvertible {
    /// What cannot be, and what can, for people.
    public let description: String

    /// A refusal.
    public init(_ description: String) { self.description = description }
}
