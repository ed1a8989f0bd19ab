internal import Foundation
internal import GRDB
internal import SharedState

extension StateEntry {
    /// What a row says; nil if it cannot have been written here. Nothing in a file is taken to be
    /// of the type it should be.
    init?(_ row: Row) {
        guard let name = Data.fromDatabaseValue(row[0]), let key = String(validating: name, as: UTF8.self),
            let key = StateKey(key), let time = String.fromDatabaseValue(row[1]),
            let timestamp = HybridTimestamp(time)
        else { return nil }
        let (seen, value): (DatabaseValue, DatabaseValue) = (row[2], row[3])
        let before = String.fromDatabaseValue(seen).flatMap { HybridTimestamp($0) }
        let json = Data.fromDatabaseValue(value).map { Array($0) }
        guard (before == nil) == seen.isNull, (json == nil) == value.isNull else { return nil }
        try? self.init(key: key, value: json, timestamp: timestamp, seen: before)
    }
}

extension StateStorageError {
    /// What SQLite says, in the words of a store.
    init(_ error: any Error) {
        if let error = error as? StateStorageError {
            self = error
            return
        }
        guard let error = error as? DatabaseError else {
            self.init(.unusable, "\(error)")
            return
        }
        let message = "\(error.message ?? "SQLite has failed") (\(error.extendedResultCode.rawValue))"
        switch error.resultCode {
        case .SQLITE_FULL: self.init(.full, message)
        case .SQLITE_CORRUPT, .SQLITE_NOTADB: self.init(.damaged, message)
        default: self.init(.unusable, message)
        }
    }
}
