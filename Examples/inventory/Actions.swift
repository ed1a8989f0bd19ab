import Gateway

/// What clients may ask for, by name.
struct Actions: Sendable {
    private typealias Answer = @Sendable (RPCRequest, Inventory) async throws -> RPCResponse

    private var answers: [String: Answer] = [:]

    static var all: Actions {
        var actions = Actions()
        actions.addItems()
        actions.addStock()
        actions.addPlaces()
        actions.addNotes()
        actions.addReports()
        actions.addStocktakes()
        actions.on("reset") { (inventory: isolated Inventory, _: Nothing) in
            inventory.reset()
            return Nothing?.none
        }
        let names = (Array(actions.answers.keys) + ["actions"]).sorted()
        actions.on("actions") { (_: isolated Inventory, _: Nothing) in names }
        return actions
    }

    func answer(_ request: RPCRequest, with inventory: Inventory) async throws -> RPCResponse {
        guard let answer = answers[request.action] else { throw RPCError.unknownAction(request.action) }
        return try await answer(request, inventory)
    }

    /// An action that has its result at once.
    ///
    /// - Parameters:
    ///   - name: what the request calls it.
    ///   - body: gets what the request's members say, and runs alone on the inventory.
    mutating func on<Asked: Decodable & Sendable, Told: Encodable & Sendable>(
        _ name: String, _ body: @escaping @Sendable (isolated Inventory, Asked) throws -> Told
    ) {
        answers[name] = { request, inventory in
            try .value(try await body(inventory, try request.decode(Asked.self)))
        }
    }

    /// An action whose answer takes its time, or comes in parts.
    mutating func onLater<Asked: Decodable & Sendable>(
        _ name: String, _ body: @escaping @Sendable (Inventory, Asked) async throws -> RPCResponse
    ) {
        answers[name] = { request, inventory in try await body(inventory, try request.decode(Asked.self)) }
    }
}

/// For actions that need no members, and for those that have nothing to say.
struct Nothing: Codable, Sendable {}
