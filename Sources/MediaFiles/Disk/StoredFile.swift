/// A file that is open for writing, as ``RecordingFile`` uses it. Each call says the system's
/// number for the reason if it fails, and 0 if not.
protocol StoredFile: AnyObject {
    /// Appends bytes from a place on.
    ///
    /// - Returns: how many were written, which may be fewer if it failed.
    func append(_ bytes: [UInt8], from start: Int) -> (count: Int, errno: Int32)
    /// Writes over what is there.
    func overwrite(_ patch: MediaFilePatch) -> Int32
    func synchronize() -> Int32
    func close() -> Int32
}
