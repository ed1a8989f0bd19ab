internal import CGLib
internal import CNice
internal import TransportTypes

/// Looks up host names without blocking the loop: GLib's resolver, on its own threads.
///
/// Used on the loop only, where the answers arrive too.
@safe final class HostResolver {
    /// What C calls back with, once.
    private final class Query {
        weak var resolver: HostResolver?
        let body: ([IPAddress]) -> Void
        init(_ resolver: HostResolver, _ body: @escaping ([IPAddress]) -> Void) {
            self.resolver = resolver
            self.body = body
        }
    }

    private let cancellable: UnsafeMutablePointer<GCancellable>?
    private var isClosed = false

    // SAFETY: one reference to a new object, which deinit gives back.
    init() { unsafe cancellable = g_cancellable_new() }

    deinit {
        close()
        // SAFETY: our one reference; lookups under way hold their own.
        if let cancellable = unsafe cancellable { unsafe g_object_unref(UnsafeMutableRawPointer(cancellable)) }
    }

    /// Calls `body` with the addresses of `host` once they are known, with none if there are none.
    /// Not after close().
    func lookUp(_ host: String, _ body: @escaping ([IPAddress]) -> Void) {
        guard !isClosed else { return }
        // SAFETY: the query is retained for the one call of the callback, which releases it.
        let query = unsafe Unmanaged.passRetained(Query(self, body)).toOpaque()
        let resolver = unsafe g_resolver_get_default()
        defer { if let resolver = unsafe resolver { unsafe g_object_unref(UnsafeMutableRawPointer(resolver)) } }
        unsafe g_resolver_lookup_by_name_async(
            resolver, host, cancellable,
            { source, result, context in
                guard let context = unsafe context else { return }
                let query = unsafe Unmanaged<Query>.fromOpaque(context).takeRetainedValue()
                var found: [IPAddress] = []
                // SAFETY: the source is the resolver that was asked; the list and its addresses are
                // ours to free.
                let list = unsafe source.flatMap { source in
                    unsafe g_resolver_lookup_by_name_finish(
                        UnsafeMutableRawPointer(source).assumingMemoryBound(to: GResolver.self), result, nil)
                }
                var entry = unsafe list
                while let current = unsafe entry {
                    if let data = unsafe current.pointee.data {
                        let address = unsafe data.assumingMemoryBound(to: GInetAddress.self)
                        let count = unsafe g_inet_address_get_native_size(address)
                        let bytes = unsafe UnsafeBufferPointer(
                            start: g_inet_address_to_bytes(address), count: Int(count))
                        if let address = unsafe IPAddress(bytes: Array(bytes)) { found.append(address) }
                    }
                    unsafe entry = current.pointee.next
                }
                unsafe g_resolver_free_addresses(list)
                if let resolver = query.resolver, !resolver.isClosed { query.body(found) }
            }, query)
    }

    /// No answer comes from here on.
    // SAFETY: the object is ours until deinit; GLib locks it, for lookups have it on other threads.
    func close() {
        guard !isClosed else { return }
        isClosed = true
        unsafe g_cancellable_cancel(cancellable)
    }
}
