import ArgumentParser
import Configuration
import Foundation

/// Settings from flags, from the environment and from a file, the first of them first.
struct ServeSettings {
    private let reader: ConfigReader

    /// - Parameters:
    ///   - flags: what the command line has said.
    ///   - file: the path of a file in JSON; nil for none.
    /// - Throws: where the file cannot be read, or it or the environment has what is no setting.
    init(flags: [ServeSetting: ConfigValue], environment: [String: String], file: String?) async throws {
        let known = Set(ServeSetting.allCases.map(\.rawValue))
        let variables = Set(known.map(Self.variable))
        for name in environment.keys.sorted() where name.hasPrefix("MESHCHAT_") && !variables.contains(name) {
            throw ValidationError("the environment has \(name), which is no setting")
        }
        var providers: [any ConfigProvider] = [
            InMemoryProvider(
                name: "flags",
                values: Dictionary(
                    uniqueKeysWithValues: flags.map { (AbsoluteConfigKey(ConfigKey($0.rawValue)), $1) })),
            EnvironmentVariablesProvider(environmentVariables: environment).prefixKeys(with: "meshchat"),
        ]
        if let file {
            for name in try Self.names(inFile: file) where !known.contains(name) {
                throw ValidationError("\(file) has \"\(name)\", which is no setting")
            }
            do {
                let path = InMemoryProvider(
                    values: ["filePath": ConfigValue(.string(file), isSecret: false)])
                providers.append(try await FileProvider<JSONSnapshot>(config: ConfigReader(provider: path)))
            } catch {
                throw ValidationError("\(file) cannot be read: \(error)")
            }
        }
        reader = ConfigReader(providers: providers)
    }

    func text(_ setting: ServeSetting, isSecret: Bool = false) throws -> String? {
        try value(setting) {
            $0.string(forKey: $1, isSecret: isSecret)
        } as: {
            "a string"
        }
    }

    func number(_ setting: ServeSetting, in range: ClosedRange<Int>) throws -> Int? {
        guard let number = try value(setting, { $0.int(forKey: $1) }, as: { "a number" }) else { return nil }
        guard range.contains(number) else {
            throw ValidationError(
                "\(setting.rawValue) is \(number); it should be \(range.lowerBound) to \(range.upperBound)")
        }
        return number
    }

    func flag(_ setting: ServeSetting) throws -> Bool {
        try value(setting) {
            $0.bool(forKey: $1)
        } as: {
            "true or false"
        } ?? false
    }

    func list(_ setting: ServeSetting) throws -> [String] {
        try value(setting) {
            $0.stringArray(forKey: $1)
        } as: {
            "a list of strings"
        } ?? []
    }

    /// One of so many words.
    func word<Word: RawRepresentable & CaseIterable>(_ setting: ServeSetting, of type: Word.Type) throws -> Word?
    where Word.RawValue == String {
        try text(setting).map { try Self.word($0, setting) }
    }

    func words<Word: RawRepresentable & CaseIterable>(_ setting: ServeSetting, of type: Word.Type) throws -> [Word]
    where Word.RawValue == String {
        try list(setting).map { try Self.word($0, setting) }
    }

    private static func word<Word: RawRepresentable & CaseIterable>(
        _ text: String, _ setting: ServeSetting
    ) throws -> Word where Word.RawValue == String {
        guard let word = Word(rawValue: text) else {
            let all = Word.allCases.map(\.rawValue).joined(separator: ", ")
            throw ValidationError("\(setting.rawValue) is \"\(text.prefix(80))\"; it should be one of \(all)")
        }
        return word
    }

    /// A value, or nil where the setting is not given; what is given and is of another type is an
    /// error, and not the default.
    private func value<Value>(
        _ setting: ServeSetting, _ read: (ConfigReader, ConfigKey) -> Value?, as kind: () -> String
    ) throws -> Value? {
        let key = ConfigKey(setting.rawValue)
        if let value = read(reader, key) { return value }
        let isGiven =
            reader.string(forKey: key) != nil || reader.int(forKey: key) != nil || reader.double(forKey: key) != nil
            || reader.bool(forKey: key) != nil || reader.stringArray(forKey: key) != nil
        if isGiven { throw ValidationError("\(setting.rawValue) should be \(kind())") }
        return nil
    }

    /// `tls.privateKey` is `MESHCHAT_TLS_PRIVATE_KEY`.
    private static func variable(_ name: String) -> String {
        "MESHCHAT_"
            + name.reduce(into: "") { text, letter in
                if letter.isUppercase { text += "_" }
                text += letter == "." ? "_" : letter.uppercased()
            }
    }

    /// The names that a file sets, with those of the objects they are in.
    private static func names(inFile path: String) throws -> [String] {
        guard let data = FileManager.default.contents(atPath: path) else {
            throw ValidationError("\(path) cannot be read")
        }
        guard let object = try? JSONSerialization.jsonObject(with: data) as? [String: Any] else {
            throw ValidationError("\(path) is not an object in JSON")
        }
        return object.flatMap { name, value in
            (value as? [String: Any]).map { $0.keys.map { name + "." + $0 } } ?? [name]
        }.sorted()
    }
}
