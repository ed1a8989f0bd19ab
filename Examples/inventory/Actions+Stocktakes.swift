import Gateway

extension Actions {
    private struct OfStocktake: Codable {
        let stocktake: Int
    }
    private struct Count: Codable {
        let stocktake: Int
        let item: Int
        let count: Int
    }

    /// Answers that take as long as people take.
    mutating func addStocktakes() {
        on("stocktake.start") { (inventory: isolated Inventory, _: Nothing) in try inventory.startStocktake() }
        on("stocktake.enter") { (inventory: isolated Inventory, asked: Count) in
            _ = try inventory.item(asked.item)
            return try inventory.stocktake(asked.stocktake).enter(.init(item: asked.item, count: asked.count))
        }
        onLater("stocktake.watch") { (inventory: Inventory, asked: OfStocktake) in
            let stocktake = try await inventory.stocktake(asked.stocktake)
            return .parts { writer in try await stocktake.watch { try await writer.send($0) } }
        }
        onLater("stocktake.wait") { (inventory: Inventory, asked: OfStocktake) in
            try .value(try await inventory.stocktake(asked.stocktake).end())
        }
        on("stocktake.close") { (inventory: isolated Inventory, asked: OfStocktake) in
            try inventory.closeStocktake(asked.stocktake)
        }
        on("stocktake.cancel") { (inventory: isolated Inventory, asked: OfStocktake) in
            try inventory.stocktake(asked.stocktake).cancel()
        }
    }
}
