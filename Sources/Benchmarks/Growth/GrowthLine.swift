/// A line of a growth measurement: what something costs each of so many processes.
///
///     {"growth":"start","size":1000,"ns_each":1834.2}
///     {"growth":"bytes","size":1000,"bytes_each":840.0}
///
/// Printed by `benchmarks --grow`, read by `benchmarks --plot`.
struct GrowthLine: Equatable, Sendable {
  enum Unit: String, Sendable, CaseIterable {
    case nanoseconds = "ns_each"
    case bytes = "bytes_each"
  }

  let name: String
  let size: Int
  let unit: Unit
  let each: Double

  init(name: String, size: Int, unit: Unit, each: Double) {
    self.name = name
    self.size = size
    self.unit = unit
    self.each = each
  }

  /// Reads what `description` wrote; nil for anything else.
  init?(_ text: some StringProtocol) {
    guard text.hasPrefix("{"), text.hasSuffix("}") else { return nil }
    var fields: [Substring: Substring] = [:]
    for member in text.dropFirst().dropLast().split(separator: ",") {
      let parts = member.split(separator: ":", maxSplits: 1)
      guard parts.count == 2, let key = Self.unquoted(parts[0]) else { return nil }
      fields[key] = Substring(parts[1])
    }
    guard let name = fields["growth"].flatMap(Self.unquoted), !name.isEmpty,
      let size = fields["size"].flatMap({ Int($0) }), size > 0,
      let unit = Unit.allCases.first(where: { fields[Substring($0.rawValue)] != nil }),
      let each = fields[Substring(unit.rawValue)].flatMap({ Double($0) }), each.isFinite, each > 0
    else { return nil }
    self.init(name: String(name), size: size, unit: unit, each: each)
  }

  private static func unquoted(_ text: some StringProtocol) -> Substring? {
    guard text.count >= 2, text.hasPrefix("\""), text.hasSuffix("\"") else { return nil }
    return Substring(text.dropFirst().dropLast())
  }
}

extension GrowthLine: CustomStringConvertible {
  var description: String {
    let tenths = (each * 10).rounded() / 10
    return #"{"growth":"\#(name)","size":\#(size),"\#(unit.rawValue)":\#(tenths)}"#
  }
}
