import Synchronization

/// Numbers of links and networks, each of which no other has in this process: whoever makes namespaces first removes those of the
/// same names.
enum NetworkNumber {
    private static let last = Atomic(0)

    /// The next one, from 1 on.
    static func next() -> Int { last.add(1, ordering: .relaxed).newValue }
}
