internal import CGLib
internal import NetworkLoop

/// Tells when a descriptor can be read or written, on the loop. With no interest nothing is polled,
/// so that a socket whose peer is gone does not keep the loop awake.
///
/// Used on the loop only; the descriptor stays its owner's, who closes this first.
@safe final class DescriptorWatch {
    struct Interest: OptionSet {
        let rawValue: Int
        static let input = Interest(rawValue: 1)
        static let output = Interest(rawValue: 2)
    }

    /// What C calls back with.
    private final class Target {
        weak var watch: DescriptorWatch?
    }

    private let descriptor: Int32
    private let source: UnsafeMutablePointer<GSource>
    private let target: Unmanaged<Target>
    /// What of the interest may be tried now; all of it when the socket has an error.
    private let onReady: (Interest) -> Void
    /// GLib's name for the descriptor while it is polled.
    // SAFETY: GLib's name for what the source polls: never looked into, and given back to that
    // source alone.
    private var tag = unsafe UnsafeMutableRawPointer?.none
    private var isClosed = false

    /// What is waited for; changes at once.
    var interest: Interest = [] {
        didSet { if interest != oldValue, !isClosed { poll() } }
    }

    init(loop: NetworkLoop, descriptor: Int32, onReady: @escaping (Interest) -> Void) {
        self.descriptor = descriptor
        self.onReady = onReady
        let object = Target()
        // SAFETY: the target is released and the source destroyed in close(), which runs on the
        // loop, where the source is dispatched: no callback comes after it.
        unsafe target = Unmanaged.passRetained(object)
        unsafe source = rtc_loop_source_new(nil) { context in
            guard let context = unsafe context else { return 0 }
            guard let watch = unsafe Unmanaged<Target>.fromOpaque(context).takeUnretainedValue().watch else { return 0 }
            return watch.dispatch() ? 1 : 0
        }
        unsafe rtc_loop_source_set_context(source, target.toOpaque())
        unsafe g_source_attach(source, loop.context)
        object.watch = self
    }

    deinit { close() }

    // SAFETY: once, and on the loop: the source is destroyed before the target is released, so that
    // nothing calls back with it. GLib holds a source of its own accord while it dispatches it.
    func close() {
        guard !isClosed else { return }
        isClosed = true
        unsafe g_source_destroy(source)
        unsafe g_source_unref(source)
        unsafe target.release()
    }

    // SAFETY: until close() the source is ours, and the tag one that it has given and not had back.
    private func poll() {
        var condition = GIOCondition(rawValue: 0)
        if interest.contains(.input) { condition.rawValue |= G_IO_IN.rawValue }
        if interest.contains(.output) { condition.rawValue |= G_IO_OUT.rawValue }
        if let tag = unsafe tag {
            if interest.isEmpty {
                unsafe g_source_remove_unix_fd(source, tag)
                unsafe self.tag = nil
            } else {
                unsafe g_source_modify_unix_fd(source, tag, condition)
            }
        } else {
            unsafe tag = g_source_add_unix_fd(source, descriptor, condition)
        }
    }

    /// False once it is closed.
    // SAFETY: called by the source itself, which is not closed, with a tag that it has given.
    private func dispatch() -> Bool {
        guard !isClosed, let tag = unsafe tag else { return !isClosed }
        let condition = unsafe g_source_query_unix_fd(source, tag).rawValue
        var ready: Interest = []
        if condition & G_IO_IN.rawValue != 0 { ready.insert(.input) }
        if condition & G_IO_OUT.rawValue != 0 { ready.insert(.output) }
        if condition & (G_IO_HUP.rawValue | G_IO_ERR.rawValue) != 0 { ready = interest }
        onReady(ready)
        return !isClosed
    }
}
