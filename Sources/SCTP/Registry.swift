internal import Synchronization

/// The numbers that stand for associations inside usrsctp.
///
/// usrsctp gives a pointer-sized value back in every callback. It is a number that is never used
/// twice, so a callback that comes late finds nothing, where a pointer would find freed or reused
/// memory.
final class Registry: Sendable {
    private struct State {
        var mailboxes: [UInt: Mailbox] = [:]
        var lastID: UInt = 0
    }

    private let state = Mutex(State())

    /// How many are open.
    var count: Int {
        state.withLock { $0.mailboxes.count }
    }

    /// Makes a mailbox under a new number.
    func register(wake: @escaping @Sendable () -> Void) -> Mailbox {
        state.withLock { state in
            state.lastID += 1
            let mailbox = Mailbox(id: state.lastID, wake: wake)
            state.mailboxes[mailbox.id] = mailbox
            return mailbox
        }
    }

    /// Forgets a number.
    func remove(_ id: UInt) {
        state.withLock { state in
            _ = state.mailboxes.removeValue(forKey: id)
        }
    }

    /// Who has this number.
    subscript(id: UInt) -> Mailbox? {
        state.withLock { $0.mailboxes[id] }
    }
}
