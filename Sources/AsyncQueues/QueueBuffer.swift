/// What waits in a queue, and in which order it leaves. Pure; guarded by the lock of the queue's
/// owner.
public protocol QueueBuffer<Element>: Sendable {
    /// What waits.
    associatedtype Element: Sendable

    /// Whether nothing waits.
    var isEmpty: Bool { get }
    /// Whether the producer should stop.
    var isFull: Bool { get }
    /// Whether so much was taken that a producer that has stopped should go on.
    var isDrained: Bool { get }

    /// Takes what leaves first.
    mutating func popFirst() -> Element?
}
