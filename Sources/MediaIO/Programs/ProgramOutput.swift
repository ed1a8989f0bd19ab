package import NIOCore

/// What a program writes, in pieces, until it closes its output.
///
/// Whoever reads it lets others have their turn before each piece: a program that never stops
/// writing is not the only one that has something to do.
package struct ProgramOutput: AsyncSequence, Sendable {
    /// Reads one piece after the other.
    package struct AsyncIterator: AsyncIteratorProtocol {
        fileprivate var base: NIOAsyncChannelInboundStream<ByteBuffer>.AsyncIterator

        package mutating func next(isolation actor: isolated (any Actor)?) async throws -> ByteBuffer? {
            await Task.yield()
            return try await base.next(isolation: actor)
        }
    }

    private let base: NIOAsyncChannelInboundStream<ByteBuffer>

    init(_ base: NIOAsyncChannelInboundStream<ByteBuffer>) { self.base = base }

    package func makeAsyncIterator() -> AsyncIterator { AsyncIterator(base: base.makeAsyncIterator()) }
}
