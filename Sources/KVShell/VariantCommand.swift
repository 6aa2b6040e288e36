internal import KV
internal import Shell

/// The guide's designs, to be lived through.
extension KVApplication {
  var variantCommand: Command {
    let words = Variant.allCases.map(\.rawValue)
    return Command(
      "variant", .application, usage: "[\(words.joined(separator: "|"))]",
      "start the application again in one of the guide's designs",
      details: """
        Stops the application in order, buckets and all, and starts it in that design. Without a name,
        lists them with what is to be seen in each:

        """ + Variant.allCases.map { "  \($0.rawValue): \($0.lesson)." }.joined(separator: "\n"),
      examples: [
        "variant", .init("variant linked; create a b; crash bucket a; buckets"),
        .init("variant leaky; create a; crash bucket a; tree"),
        .init("variant one_for_one; create a; kill registry; tree"),
        .init("variant rest_for_one; create a; kill bucket-supervisor; kill registry; tree"),
        "variant one_for_all",
      ],
      arguments: [.choice(words)], arity: 0...1, acts: true
    ) { [self] session, invocation in
      guard let word = invocation.arguments.first else { return list }
      guard let chosen = Variant(rawValue: word) else {
        let near = Suggestion.best(for: word, among: words).map { "did you mean `\($0)`? " } ?? ""
        throw CommandError.usage(
          "no design is called \(word.shown): \(near)there are \(words.joined(separator: ", ")).")
      }
      variant = chosen
      // That everything stops and starts is what was asked for.
      try await session.printer.withoutEvents { try await session.restart() }
      return CommandResult(text: "\(banner): \(chosen.lesson)", value: .string(chosen.rawValue))
    }
  }

  private var list: CommandResult {
    var table = TextTable([.left(""), .left("", role: .name), .left("")])
    for design in Variant.allCases {
      table.append([design == variant ? "*" : "", design.rawValue, design.lesson])
    }
    return CommandResult(text: table.render(), value: .string(variant.rawValue))
  }
}
