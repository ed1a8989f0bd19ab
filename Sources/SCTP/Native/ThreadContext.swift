internal import Glibc

/// Who takes what usrsctp produces while a call into it is under way.
protocol PacketSink: AnyObject {
    func produced(_ packet: Span<UInt8>)
}

/// What a thread that calls usrsctp is doing right now, so that a callback on the same thread knows
/// whose it is without a lock, and the memory the thread reads messages into.
@safe final class ThreadContext {
    /// Held while this thread is inside of usrsctp.
    private let gate = TimerGate.add()

    /// The association that this thread is in, and who takes its packets.
    var enteredID: UInt = 0
    var enteredSink: (any PacketSink)?

    private var isInside = false

    /// Owners to be woken when the thread has left usrsctp and its locks.
    private var pending: [Mailbox] = []

    /// Reading nests when a delegate feeds another association, so there is a buffer for each
    /// level.
    private var scratch: [ScratchBuffer] = []

    private static let key: pthread_key_t = {
        var key = pthread_key_t()
        // SAFETY: the destructor gets what `current` retained, once, at the end of its thread.
        unsafe pthread_key_create(&key) { context in
            guard let context = unsafe context else { return }
            unsafe Unmanaged<ThreadContext>.fromOpaque(context).release()
        }
        return key
    }()

    /// This thread's context, made at the first use.
    static var current: ThreadContext {
        // SAFETY: the key holds nothing or what is stored below.
        if let stored = unsafe pthread_getspecific(key) {
            return unsafe Unmanaged<ThreadContext>.fromOpaque(stored).takeUnretainedValue()
        }
        let made = ThreadContext()
        unsafe pthread_setspecific(key, Unmanaged.passRetained(made).toOpaque())
        return made
    }

    deinit { gate.remove() }

    /// Runs a call into usrsctp for an association.
    func enter<Result>(_ id: UInt, sink: any PacketSink, _ body: () -> Result) -> Result {
        let outer = (enteredID, enteredSink)
        enteredID = id
        enteredSink = sink
        defer { (enteredID, enteredSink) = outer }
        return enter(body)
    }

    /// Runs a call into usrsctp that produces nothing for this thread. Calls nest where a delegate
    /// feeds another association.
    func enter<Result>(_ body: () -> Result) -> Result {
        if isInside { return body() }
        NativeStack.shared.keepTicking()
        isInside = true
        defer {
            isInside = false
            NativeStack.shared.keepTicking()
            wakePending()
        }
        return gate.pass(body)
    }

    /// Wakes a mailbox's owner when no lock of usrsctp is held any more.
    func wakeLater(_ mailbox: Mailbox) {
        if pending.last !== mailbox {
            pending.append(mailbox)
        }
    }

    var hasPending: Bool { !pending.isEmpty }

    func wakePending() {
        while let mailbox = pending.popLast() {
            mailbox.signal()
        }
    }

    func withScratch(_ body: (ScratchBuffer) -> Void) {
        let buffer = scratch.popLast() ?? ScratchBuffer()
        body(buffer)
        scratch.append(buffer)
    }
}
