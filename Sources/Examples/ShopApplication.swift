import Shell
import Supervision

/// What a shell needs to know of the shop: three commands, two words for its processes.
///
/// All else comes with the shell: `tree`, `kill clerk`, `why`, `chaos`, scripts, simulation.
struct ShopApplication: ShellApplication {
  let name = "shop"
  let version = "0.1.0"
  let rootName = Shop.supervisor
  let banner = "\(Shop.supervisor) is open"
  let aliases = ["till": Shop.till, "clerk": Shop.clerk]

  func start(in runtime: Runtime) async throws -> Application {
    try await Shop.start(in: runtime)
  }

  var commands: [Command] { [sell, total, receipt] }

  private var sell: Command {
    Command(
      "sell", .application, usage: "ITEM CENTS", "sell something",
      details: "A price that is no number is too much for the clerk.",
      examples: ["sell bread 320"], arguments: [.free, .free], arity: 2...2, acts: true
    ) { session, invocation in
      let words = invocation.arguments
      let clerk = ServerRef<Clerk.Message>(session.runtime, name: Shop.clerk)
      let cents = try await clerk.call { .sell(item: words[0], price: words[1], $0) }
      return CommandResult(text: "that makes \(cents) today", value: .integer(Int64(cents)))
    }
  }

  private var total: Command {
    Command("total", .application, "what the till holds", examples: ["total"]) { session, _ in
      let cents = try await Self.sales(session).reduce(0) { $0 + $1.cents }
      return CommandResult(text: "\(cents)", value: .integer(Int64(cents)))
    }
  }

  private var receipt: Command {
    Command("receipt", .application, "what was sold", examples: ["receipt"]) { session, _ in
      let sales = try await Self.sales(session)
      var table = TextTable([.left("ITEM", role: .name), .right("CENTS")])
      for sale in sales { table.append([sale.item, "\(sale.cents)"]) }
      return CommandResult(
        text: sales.isEmpty ? nil : table.render(style: session.printer.options.style),
        value: .array(sales.map { .string($0.item) }))
    }
  }

  private static func sales(_ session: Session) async throws -> [(item: String, cents: Int)] {
    try await ServerRef<Till.Message>(session.runtime, name: Shop.till).call { .sales($0) }
  }
}
