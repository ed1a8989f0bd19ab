import Gateway

/// Items, the places where they lie, and the stocktakes that go on.
actor Inventory {
    struct Item: Codable, Sendable {
        let id: Int
        var name: String
        var cents: Int
        var tags: [String] = []
        var note: String?
        /// How many lie where.
        var stock: [String: Int] = [:]
        /// What has come and gone.
        var history: [Movement] = []

        var count: Int { stock.values.reduce(0, +) }
    }

    struct Movement: Codable, Sendable {
        let place: String
        let count: Int
    }

    private static let mostItems = 10_000
    private static let mostStocktakes = 16

    private(set) var items: [Int: Item] = [:]
    private(set) var places: [String] = []
    private var stocktakes: [Int: Stocktake] = [:]
    private var nextItem = 1
    private var nextStocktake = 1

    init() {
        items = [:]
    }

    /// Everything as it is in the beginning: nothing, and one place.
    func reset() {
        for stocktake in stocktakes.values { stocktake.cancel() }
        (items, places, stocktakes, nextItem, nextStocktake) = ([:], ["shop"], [:], 1, 1)
    }

    func add(_ name: String, cents: Int) throws -> Item {
        guard items.count < Self.mostItems else {
            throw RPCError("full", "There are \(items.count) items, and no more.")
        }
        let item = Item(id: nextItem, name: try checked(name), cents: cents)
        nextItem += 1
        items[item.id] = item
        return item
    }

    func item(_ id: Int) throws -> Item {
        guard let item = items[id] else { throw RPCError("unknown-item", "There is no item \(id).") }
        return item
    }

    /// Changes an item; nothing, if the change cannot be made.
    func change<Value>(_ id: Int, _ body: (inout Item) throws -> Value) throws -> Value {
        var item = try item(id)
        let value = try body(&item)
        items[id] = item
        return value
    }

    func remove(_ id: Int) throws {
        _ = try item(id)
        items[id] = nil
    }

    /// All items in the order in which they came.
    var sorted: [Item] { items.values.sorted { $0.id < $1.id } }

    func addPlace(_ name: String) throws -> [String] {
        guard places.count < 100 else { throw RPCError("full", "There are 100 places, and no more.") }
        let name = try checked(name)
        guard !places.contains(name) else { throw RPCError("exists", "There is a place \"\(name)\" already.") }
        places.append(name)
        return places
    }

    func removePlace(_ name: String) throws -> [String] {
        try checkPlace(name)
        guard !items.values.contains(where: { $0.stock[name, default: 0] > 0 }) else {
            throw RPCError("not-empty", "Something lies in \"\(name)\".")
        }
        places.removeAll { $0 == name }
        return places
    }

    func checkPlace(_ name: String) throws {
        guard places.contains(name) else { throw RPCError("unknown-place", "There is no place \"\(name)\".") }
    }

    /// Takes `count` items to a place, or from it where that is negative. How many there are then.
    func move(_ id: Int, _ count: Int, to place: String) throws -> Int {
        try checkPlace(place)
        return try change(id) { item in
            let (there, isTooMany) = item.stock[place, default: 0].addingReportingOverflow(count)
            guard !isTooMany, there <= 1_000_000 else { throw RPCError("full", "No place has room for that.") }
            guard there >= 0 else {
                throw RPCError("out-of-stock", "There are not \(-count) of item \(id) in \"\(place)\".")
            }
            item.stock[place] = there == 0 ? nil : there
            item.history = (item.history + [Movement(place: place, count: count)]).suffix(100)
            return item.count
        }
    }

    func checked(_ name: String) throws -> String {
        guard !name.isEmpty, name.utf8.count <= 400 else {
            throw RPCError.malformed("A name has 1 to 400 bytes.")
        }
        return name
    }

    // MARK: Stocktakes

    func startStocktake() throws -> Int {
        let id = nextStocktake
        nextStocktake += 1
        stocktakes[id] = Stocktake()
        // Those of long ago are let go, with whoever still waits for them.
        stocktakes.removeValue(forKey: id - Self.mostStocktakes)?.cancel()
        return id
    }

    func stocktake(_ id: Int) throws -> Stocktake {
        guard let stocktake = stocktakes[id] else {
            throw RPCError("unknown-stocktake", "There is no stocktake \(id).")
        }
        return stocktake
    }

    /// Ends a stocktake: what was counted otherwise than it is in the books, by item.
    func closeStocktake(_ id: Int) throws -> [String: Int] {
        let stocktake = try stocktake(id)
        var differences: [String: Int] = [:]
        for (item, count) in try stocktake.counts() {
            let difference = count - (items[item]?.count ?? 0)
            if difference != 0 { differences["\(item)"] = difference }
        }
        try stocktake.close(differences)
        return differences
    }
}
