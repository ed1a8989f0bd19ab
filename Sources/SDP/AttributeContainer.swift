/// A session or media description: ordered lines, with the attributes among them.
public protocol AttributeContainer {
    /// The lines, in their order.
    var lines: [SDPLine] { get set }
}

extension AttributeContainer {
    /// The attributes in their order. Setting them keeps the other lines, and puts the attributes
    /// where the first one was, or at the end.
    public var attributes: [Attribute] {
        get {
            lines.compactMap { line in
                guard case .attribute(let attribute) = line else { return nil }
                return attribute
            }
        }
        set {
            replaceLines(with: newValue.map { .attribute($0) }) { line in
                if case .attribute = line { true } else { false }
            }
        }
    }

    /// Whether there is an attribute of that name.
    public func has(_ name: String) -> Bool {
        for case .attribute(let attribute) in lines where attribute.name == name { return true }
        return false
    }

    /// The value of the first attribute of that name; `nil` without one, or without a value.
    public func value(of name: String) -> String? {
        for case .attribute(let attribute) in lines where attribute.name == name { return attribute.value }
        return nil
    }

    /// The values of all attributes of that name that have one.
    public func values(of name: String) -> [String] {
        var found: [String] = []
        for case .attribute(let attribute) in lines where attribute.name == name {
            if let value = attribute.value { found.append(value) }
        }
        return found
    }

    /// Adds an attribute at the end.
    public mutating func append(_ attribute: Attribute) {
        lines.append(.attribute(attribute))
    }

    /// Puts these in the place of all attributes of that name, where the first of them was; at the
    /// end if there was none.
    public mutating func replace(_ name: String, with attributes: [Attribute]) {
        replaceLines(with: attributes.map { .attribute($0) }) { Self.attribute($0, named: name) != nil }
    }

    /// Removes all attributes of that name.
    public mutating func remove(_ name: String) {
        lines.removeAll { Self.attribute($0, named: name) != nil }
    }

    /// Sets the only value of an attribute; `nil` removes the attribute.
    public mutating func set(_ name: String, to value: String?) {
        replace(name, with: value.map { [Attribute(name, $0)] } ?? [])
    }

    /// Adds or removes an attribute that has no value.
    public mutating func setProperty(_ name: String, to isPresent: Bool) {
        if isPresent == has(name) { return }
        if isPresent { append(Attribute(name)) } else { remove(name) }
    }

    /// The typed values of all attributes of their name; those that cannot be understood are left
    /// out.
    public func all<Value: AttributeValue>(_ type: Value.Type = Value.self) -> [Value] {
        var found: [Value] = []
        for text in values(of: Value.attributeName) {
            if let value = Value(attributeValue: text) { found.append(value) }
        }
        return found
    }

    /// The first typed value that can be understood.
    public func first<Value: AttributeValue>(_ type: Value.Type = Value.self) -> Value? {
        all(type).first
    }

    /// Puts these in the place of all attributes of their name.
    public mutating func replaceAll<Value: AttributeValue>(with values: [Value]) {
        replace(Value.attributeName, with: values.map { Attribute($0) })
    }

    /// The value of the first `c=`. Setting it puts it in its place in the order of RFC 8866 §5.
    public var connection: ConnectionData? {
        get {
            for case .connection(let connection) in lines { return connection }
            return nil
        }
        set {
            replaceLines(with: newValue.map { [.connection($0)] } ?? []) { line in
                if case .connection = line { true } else { false }
            }
        }
    }

    /// The values of `b=`. Setting them puts them in their place in the order of RFC 8866 §5.
    public var bandwidths: [Bandwidth] {
        get {
            lines.compactMap { line in
                guard case .bandwidth(let bandwidth) = line else { return nil }
                return bandwidth
            }
        }
        set {
            replaceLines(with: newValue.map { .bandwidth($0) }) { line in
                if case .bandwidth = line { true } else { false }
            }
        }
    }

    private static func attribute(_ line: SDPLine, named name: String) -> Attribute? {
        guard case .attribute(let attribute) = line, attribute.name == name else { return nil }
        return attribute
    }

    private mutating func replaceLines(with new: [SDPLine], where isReplaced: (SDPLine) -> Bool) {
        if let place = lines.firstIndex(where: isReplaced) {
            lines.removeAll(where: isReplaced)
            lines.insert(contentsOf: new, at: place)
        } else if let rank = new.first?.rank, rank < SDPLine.lastRank {
            let place = lines.firstIndex { $0.rank > rank } ?? lines.endIndex
            lines.insert(contentsOf: new, at: place)
        } else {
            lines += new
        }
    }
}
