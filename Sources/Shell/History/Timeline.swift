internal import Supervision

/// The lives of processes drawn against time, one row for each name.
///
///                       0 s                           12.3 s
///     KV.Registry       ●━━━━━━━━━━━━━━✗●━━━━━━━━━━━━━━━━━━
///     KV.BucketSupervisor ●━━━━━━━━━━━━┿●━━━━━━━━━━━━━━━━━━
///     shopping              ●━━━━━━━━━━┿
///
/// `●` starts, `✗` fails, `┿` stops in order; a digit says how many deaths fall on one column.
struct Timeline {
  struct Row {
    let title: String
    var cells: [Character]
    /// How many lives there were, and how many of them failed.
    var starts = 0
    var failures = 0
  }

  private(set) var rows: [Row] = []
  let from: Duration
  let to: Duration

  /// - Parameters:
  ///   - columns: How wide the rows are.
  ///   - from: The moment at the left; nil, that of the first event.
  init(_ events: [RuntimeEvent], columns: Int, from: Duration?, to: Duration) {
    let columns = max(columns, 2)
    let start = from ?? events.first?.time ?? .zero
    self.from = start
    self.to = max(to, start)
    let span = max(Self.seconds(self.to - start), 1e-9)
    func column(_ time: Duration) -> Int {
      min(columns - 1, max(0, Int(Self.seconds(time - start) / span * Double(columns - 1))))
    }

    var places: [String: Int] = [:]
    var rows: [Row] = []
    var alive: [String: (pid: PID, column: Int)] = [:]
    var deaths: [String: [Int: Int]] = [:]
    func row(_ identity: ProcessIdentity) -> Int {
      if let place = places[identity.title] { return place }
      places[identity.title] = rows.count
      rows.append(Row(title: identity.title, cells: Array(repeating: " ", count: columns)))
      return rows.count - 1
    }
    for event in events {
      switch event.kind {
      case .started(let identity, _):
        let place = row(identity)
        let at = column(event.time)
        rows[place].starts += 1
        // A death in the same column stays visible.
        if rows[place].cells[at] == " " || rows[place].cells[at] == "━" {
          rows[place].cells[at] = "●"
        }
        alive[identity.title] = (identity.pid, at)
      case .exited(let identity, let reason):
        let place = row(identity)
        let at = column(event.time)
        // Started before the history begins: it was alive from the left on.
        let since = alive.removeValue(forKey: identity.title)?.column ?? -1
        Self.fill(&rows[place].cells, since + 1, at)
        if !reason.isOrderly { rows[place].failures += 1 }
        let count = deaths[identity.title]?[at] ?? 0
        deaths[identity.title, default: [:]][at] = count + 1
        rows[place].cells[at] =
          if count > 0 {
            count >= 9 ? "+" : Character("\(count + 1)")
          } else {
            reason.isOrderly ? "┿" : "✗"
          }
      default: continue
      }
    }
    for (title, life) in alive {
      if let place = places[title] { Self.fill(&rows[place].cells, life.column + 1, columns) }
    }
    self.rows = rows
  }

  private static func fill(_ cells: inout [Character], _ from: Int, _ to: Int) {
    guard from < to else { return }
    for index in from..<to where cells[index] == " " { cells[index] = "━" }
  }

  private static func seconds(_ duration: Duration) -> Double {
    let (seconds, attoseconds) = duration.components
    return Double(seconds) + Double(attoseconds) / 1e18
  }

  func text(style: Style) -> String {
    let width = rows.map { Sanitizer.sanitize($0.title).displayWidth }.max() ?? 0
    let cells = rows.first?.cells.count ?? 0
    let (left, right) = (Self.moment(from), Self.moment(to))
    let gap = max(1, cells - left.count - right.count)
    var lines = [
      style.apply(
        .dim,
        to: String(repeating: " ", count: width + 2) + left + String(repeating: " ", count: gap)
          + right)
    ]
    for row in rows {
      let title = Sanitizer.sanitize(row.title)
      let padding = String(repeating: " ", count: width - title.displayWidth + 2)
      var line = String(row.cells)
      while line.hasSuffix(" ") { line.removeLast() }
      lines.append(style.apply(.name, to: title) + padding + line)
    }
    return lines.joined(separator: "\n")
  }

  /// A moment to the hundredth of a second.
  static func moment(_ time: Duration) -> String {
    let hundredths = Int64((seconds(time) * 100).rounded())
    let fraction = hundredths % 100
    return "\(hundredths / 100)." + (fraction < 10 ? "0" : "") + "\(fraction) s"
  }

  var json: JSONValue {
    .array(
      rows.map { row in
        [
          "title": .string(row.title), "starts": .integer(Int64(row.starts)),
          "failures": .integer(Int64(row.failures)), "cells": .string(String(row.cells)),
        ]
      })
  }
}
