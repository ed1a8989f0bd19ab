extension NetworkLoop {
    /// The loop's `GMainContext *`, for the native code that attaches libnice to it.
    // SAFETY: the context lives as long as the loop does, and a caller keeps the loop.
    package var context: OpaquePointer { unsafe native.context }
}
