internal import NIOCore
internal import Signaling
internal import Synchronization

/// The connections that are open: so many from one address, and all of them closed in the end. May
/// be used from any thread.
final class OpenConnections: Sendable {
    private struct State {
        var channels: [ObjectIdentifier: any Channel] = [:]
        var counts: [String: Int] = [:]
        var isClosed = false
    }

    private let perAddress: Int
    private let state = Mutex(State())

    /// - Parameter perAddress: how many one address may have.
    init(perAddress: Int) {
        self.perAddress = perAddress
    }

    /// Takes a connection; false where its address has too many, or all are to be closed.
    func admit(_ channel: any Channel) -> Bool {
        let address = channel.remoteAddress?.ipAddress ?? ""
        let key = RequestAccess.limitKey(address)
        let isAdmitted = state.withLock { state in
            guard !state.isClosed, state.counts[key, default: 0] < perAddress else { return false }
            state.counts[key, default: 0] += 1
            state.channels[ObjectIdentifier(channel)] = channel
            return true
        }
        guard isAdmitted else { return false }
        channel.closeFuture.whenComplete { [weak self] _ in self?.left(channel, key) }
        return true
    }

    private func left(_ channel: any Channel, _ key: String) {
        state.withLock { state in
            state.channels[ObjectIdentifier(channel)] = nil
            state.counts[key, default: 1] -= 1
            if state.counts[key] == 0 { state.counts[key] = nil }
        }
    }

    /// Closes all, and takes no more: whoever sends and reads so slowly holds nothing up.
    func close() {
        let channels = state.withLock { state in
            state.isClosed = true
            return Array(state.channels.values)
        }
        for channel in channels { channel.close(promise: nil) }
    }
}
