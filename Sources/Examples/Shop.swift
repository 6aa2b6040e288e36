import Supervision

/// A shop in two processes: a till that keeps what was sold, and a clerk who does the risky part.
///
///     Shop.Supervisor  one_for_one
///     ├─ Shop.Till
///     └─ Shop.Clerk
///
/// The clerk reads prices as customers write them, and fails over a bad one. The till never sees it, so
/// nothing is lost when the clerk is started again: state lives apart from what may fail.
enum Shop {
  static let supervisor = "Shop.Supervisor"
  static let till = "Shop.Till"
  static let clerk = "Shop.Clerk"

  static func start(in runtime: Runtime) async throws -> Application {
    try await Application.start(
      "shop", in: runtime,
      root: Supervisor.childSpec(
        name: supervisor,
        children: [
          Till.childSpec(name: till) { _ in Till() },
          Clerk.childSpec(name: clerk) { process in
            Clerk(till: ServerRef(process.runtime, name: till))
          },
        ]))
  }
}

/// Keeps what was sold.
struct Till: GenServer {
  enum Message: Sendable {
    case add(item: String, cents: Int, ReplyTo<Int>)
    case sales(ReplyTo<[(item: String, cents: Int)]>)
  }

  private var sales: [(item: String, cents: Int)] = []

  mutating func handle(_ message: Message, _ process: ProcessContext) -> Next {
    switch message {
    case .add(let item, let cents, let reply):
      sales.append((item, cents))
      reply(sales.reduce(0) { $0 + $1.cents })
    case .sales(let reply): reply(sales)
    }
    return .receive
  }
}

/// Sells.
struct Clerk: GenServer {
  enum Message: Sendable {
    /// Answered with all that the till holds then, in cents.
    case sell(item: String, price: String, ReplyTo<Int>)
  }

  struct UnreadablePrice: Error, CustomStringConvertible {
    let price: String
    var description: String { "nobody can read the price \(price)" }
  }

  let till: ServerRef<Till.Message>

  mutating func handle(_ message: Message, _ process: ProcessContext) async throws -> Next {
    guard case .sell(let item, let price, let reply) = message else { return .receive }
    // No excuses here: a clerk who can't read a price fails, and a fresh one takes over.
    guard let cents = Int(price), cents >= 0 else { throw UnreadablePrice(price: price) }
    reply(try await till.call { .add(item: item, cents: cents, $0) })
    return .receive
  }
}
