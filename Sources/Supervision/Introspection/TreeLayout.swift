package import Processes

/// A tree of processes in a row: behind each those below it, so that they lie side by side.
///
/// Differs from `SupervisionTree`, which is made of one, in that whoever makes it says who belongs below whom.
/// Nothing here recurses, so supervisors may be nested as deep as they like.
package struct TreeLayout: Sendable {
  package let processes: [ProcessSnapshot]
  /// For each process, the place of the one above it; -1 at the top.
  package let parents: [Int]
  /// For each process, the place behind the last of those below it.
  package let ends: [Int]

  /// - Parameters:
  ///   - tops: Those above whom there is nobody, in any order; the oldest comes first.
  ///   - children: Those below a process, in any order; they come in that of starting.
  /// - Complexity: O(n log n) in the number of processes, of which the logarithm is for sorting.
  package init(
    tops: [ProcessSnapshot], children: (ProcessSnapshot) -> [ProcessSnapshot]
  ) {
    var row: [ProcessSnapshot] = []
    var parents: [Int] = []
    // What is still to come, the next one last.
    var pending = tops.sorted { $0.pid > $1.pid }.map { (process: $0, parent: -1) }
    while let (process, parent) = pending.popLast() {
      let below = children(process).sorted { ($0.order, $0.pid) > ($1.order, $1.pid) }
      for child in below { pending.append((child, row.count)) }
      row.append(process)
      parents.append(parent)
    }
    var sizes = Array(repeating: 1, count: row.count)
    for index in row.indices.reversed() where parents[index] >= 0 {
      sizes[parents[index]] += sizes[index]
    }
    processes = row
    self.parents = parents
    ends = row.indices.map { $0 + sizes[$0] }
  }

  /// The places of those that lie side by side from one place to another.
  package func siblings(from start: Int, to end: Int) -> [Int] {
    var places: [Int] = []
    var place = start
    while place < end {
      places.append(place)
      place = ends[place]
    }
    return places
  }

  /// The places of those directly below a process.
  ///
  /// - Complexity: O(children).
  package func children(of place: Int) -> [Int] { siblings(from: place + 1, to: ends[place]) }

  /// The places of those at the top.
  package var tops: [Int] { siblings(from: 0, to: processes.count) }

  /// How many processes there are below one, at any depth.
  package func descendantCount(of place: Int) -> Int { ends[place] - place - 1 }
}
