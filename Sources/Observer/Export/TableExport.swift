internal import Supervision
internal import Views

/// The table of processes for other programs, and for paper.
struct TableExport {
  let processes: [ProcessSnapshot]
  let titles: Titles

  private static let headings = [
    "PID", "NAME", "KIND", "SUPERVISOR", "STATUS", "MAILBOX", "HANDLED", "RESTARTS", "AGE",
  ]

  private var rows: [[String]] {
    processes.map { process in
      [
        process.pid.description, Sanitizer.sanitize(process.name ?? process.label ?? ""),
        process.kind.rawValue, Sanitizer.sanitize(titles[process.supervisor] ?? ""),
        process.status.rawValue, String(process.mailboxLength), String(process.handled),
        String(process.restarts), "\(process.age.components.seconds) s",
      ].map { $0.count > 60 ? String($0.prefix(59)) + "…" : $0 }
    }
  }

  var text: String {
    let rows = [Self.headings] + self.rows
    let widths = Self.headings.indices.map { column in
      rows.map { $0[column].count }.max() ?? 0
    }
    return rows.map { row in
      var line = zip(row, widths).map { cell, width in
        cell + String(repeating: " ", count: width - cell.count)
      }.joined(separator: "  ")
      while line.hasSuffix(" ") { line.removeLast() }
      return line + "\n"
    }.joined()
  }

  /// A node for each process, and an edge for each link and each monitor.
  var dot: String {
    var lines = ["digraph processes {", "  node [shape=box, fontname=\"sans-serif\"];"]
    let pids = Set(processes.map(\.pid))
    for process in processes {
      let title = process.title == process.pid.description ? "" : quoted(process.title) + "\\n"
      lines.append(
        "  \"\(process.pid)\" [label=\"\(title)\(process.pid)\\n\(process.kind.rawValue), \(process.status.rawValue)\"];"
      )
      for link in process.links where process.pid < link && pids.contains(link) {
        lines.append("  \"\(process.pid)\" -> \"\(link)\" [dir=both];")
      }
      for case .pid(let pid) in process.monitoring where pids.contains(pid) {
        lines.append("  \"\(process.pid)\" -> \"\(pid)\" [style=dashed];")
      }
    }
    return (lines + ["}", ""]).joined(separator: "\n")
  }

  private func quoted(_ text: String) -> String {
    var result = ""
    for character in Sanitizer.sanitize(text) {
      if character == "\"" || character == "\\" { result.append("\\") }
      result.append(character)
    }
    return result
  }

  var svg: String {
    let rows = [Self.headings] + self.rows
    let widths = Self.headings.indices.map { column in
      Double(rows.map { $0[column].count }.max() ?? 0) * 7.8 + 18
    }
    let (width, height) = (widths.reduce(20, +), Double(rows.count) * 20 + 20)
    var lines = [
      ##"<svg xmlns="http://www.w3.org/2000/svg" width="\##(Int(width))" height="\##(Int(height))" font-family="monospace" font-size="12">"##,
      ##"<rect width="100%" height="100%" fill="#ffffff"/>"##,
    ]
    for (index, row) in rows.enumerated() {
      var x = 10.0
      for (cell, width) in zip(row, widths) {
        let weight = index == 0 ? ##" font-weight="bold""## : ""
        lines.append(
          ##"<text x="\##(x)" y="\##(index * 20 + 24)" fill="#111827"\##(weight)>\##(SVGText.escape(cell))</text>"##
        )
        x += width
      }
    }
    return (lines + ["</svg>", ""]).joined(separator: "\n")
  }
}
