import Gateway

/// The members that name a place.
struct OfPlace: Codable, Sendable {
    let name: String
}

extension Actions {
    private struct Change: Codable {
        let item: Int
        let count: Int
        let place: String?
    }
    private struct Transfer: Codable {
        let item: Int
        let count: Int
        let from: String
        let to: String
    }

    mutating func addStock() {
        on("stock.receive") { (inventory: isolated Inventory, asked: Change) in
            guard asked.count > 0 else { throw RPCError.malformed("\"count\" should be more than 0.") }
            return try inventory.move(asked.item, asked.count, to: asked.place ?? "shop")
        }
        on("stock.ship") { (inventory: isolated Inventory, asked: Change) in
            guard (1...1_000_000).contains(asked.count) else {
                throw RPCError.malformed("\"count\" should be more than 0.")
            }
            return try inventory.move(asked.item, -asked.count, to: asked.place ?? "shop")
        }
        on("stock.move") { (inventory: isolated Inventory, asked: Transfer) in
            guard (1...1_000_000).contains(asked.count) else {
                throw RPCError.malformed("\"count\" should be more than 0.")
            }
            try inventory.checkPlace(asked.to)
            _ = try inventory.move(asked.item, -asked.count, to: asked.from)
            _ = try inventory.move(asked.item, asked.count, to: asked.to)
            return try inventory.item(asked.item).stock
        }
        on("stock.count") { (inventory: isolated Inventory, asked: OfItem) in try inventory.item(asked.item).count }
        on("stock.value") { (inventory: isolated Inventory, _: Nothing) in
            Double(inventory.items.values.reduce(0) { $0 + $1.cents * $1.count }) / 100
        }
        onLater("stock.history") { (inventory: Inventory, asked: OfItem) in
            let history = try await inventory.item(asked.item).history
            return .parts { writer in
                for movement in history { try await writer.send(movement) }
            }
        }
    }

    mutating func addPlaces() {
        on("place.add") { (inventory: isolated Inventory, asked: OfPlace) in try inventory.addPlace(asked.name) }
        on("place.list") { (inventory: isolated Inventory, _: Nothing) in inventory.places }
        on("place.remove") { (inventory: isolated Inventory, asked: OfPlace) in try inventory.removePlace(asked.name) }
    }
}
