internal import Foundation

/// Files with keys.
enum KeyFile {
    /// What changes when a file does.
    struct Version: Equatable {
        private let modified: Date?
        private let size: UInt64
        private let inode: Int

        /// - Returns: nil where there is no file.
        init?(path: String) {
            // Of what a link leads to: programs that hand out secrets replace links.
            let path = URL(fileURLWithPath: path).resolvingSymlinksInPath().path
            guard let attributes = try? FileManager.default.attributesOfItem(atPath: path),
                attributes[.type] as? FileAttributeType == .typeRegular
            else { return nil }
            modified = attributes[.modificationDate] as? Date
            size = (attributes[.size] as? NSNumber)?.uint64Value ?? 0
            inode = (attributes[.systemFileNumber] as? NSNumber)?.intValue ?? 0
        }
    }

    /// The bytes of a file.
    ///
    /// - Throws: `.unreadable` for what is no file or may not be read, `.tooLarge`.
    static func read(_ path: String, maximumSize: Int) throws(TokenKeyError) -> [UInt8] {
        // A pipe or a device would keep us waiting, or never end.
        guard Version(path: path) != nil else {
            throw TokenKeyError(
                .unreadable, path: path, "there is no file of this name", advice: "give the path of a key file")
        }
        let data: Data
        do {
            let file = try FileHandle(forReadingFrom: URL(fileURLWithPath: path))
            defer { try? file.close() }
            data = try file.read(upToCount: maximumSize + 1) ?? Data()
        } catch {
            throw TokenKeyError(
                .unreadable, path: path, "the file cannot be read",
                advice: "let the user that runs this program read it")
        }
        guard data.count <= maximumSize else {
            throw TokenKeyError(
                .tooLarge, path: path, "the file has more than \(maximumSize) bytes",
                advice: "see whether it is the right file")
        }
        return Array(data)
    }
}
