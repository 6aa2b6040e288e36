/// Where the nodes of a tree stand when it is drawn tidily: children in a row, each parent at the middle of its
/// children, equal subtrees drawn alike, and everything as close together as that allows.
///
/// One coordinate, across the direction in which the tree grows; the other is the depth. A node needs a room of 1
/// and stands in its middle. Siblings stand at least 1 apart, others of the same depth `cousinDistance`.
///
/// Reingold and Tilford's drawing, by the algorithm of Buchheim, Jünger and Leipert (2002), which takes linear time
/// for nodes of any degree. Theirs recurses; here parents are treated in the reverse of preorder, in which all that is
/// below a node comes before it, so trees may be as deep as they like.
///
///     TidyTree(parents: [nil, 0, 0]).positions  // 0.5, 0, 1
struct TidyTree {
  /// Across the tree, from 0, in the order of the parents given.
  private(set) var positions: [Double]
  /// How far down each node is; roots are at 0.
  private(set) var depths: [Int]
  /// The largest position.
  var breadth: Double { positions.max() ?? 0 }

  static let cousinDistance = 1.25

  /// - Parameter parents: For each node the index of its parent, which is lower; nil for a root. Children have to be in
  ///   preorder: behind each node what is below it.
  /// - Complexity: O(n).
  init(parents: [Int?]) {
    var drawing = Drawing(parents: parents)
    drawing.walkUp()
    (positions, depths) = drawing.walkDown()
  }
}

/// The two walks through the tree. Node 0 is a hidden one above all roots; node i + 1 is the caller's node i.
private struct Drawing {
  private var parents: [Int]
  private var children: [[Int]]
  /// Which of its parent's children a node is.
  private var places: [Int]
  private var preliminary: [Double]
  private var modifier: [Double]
  private var shift: [Double]
  private var change: [Double]
  /// The next node along a contour, where that is no child.
  private var thread: [Int?]
  private var ancestor: [Int]

  init(parents given: [Int?]) {
    let count = given.count + 1
    parents = [-1] + given.map { $0.map { $0 + 1 } ?? 0 }
    children = Array(repeating: [], count: count)
    places = Array(repeating: 0, count: count)
    for node in 1..<max(1, count) {
      places[node] = children[parents[node]].count
      children[parents[node]].append(node)
    }
    let zeros = Array(repeating: 0.0, count: count)
    (preliminary, modifier, shift, change) = (zeros, zeros, zeros, zeros)
    thread = Array(repeating: nil, count: count)
    ancestor = Array(0..<count)
  }

  /// Places the children of each node beside each other, from the bottom up.
  mutating func walkUp() {
    for parent in parents.indices.reversed() where !children[parent].isEmpty {
      var defaultAncestor = children[parent][0]
      for (place, node) in children[parent].enumerated() {
        let middle = middle(of: node)
        if place > 0 {
          let left = children[parent][place - 1]
          preliminary[node] = preliminary[left] + 1
          modifier[node] = middle.map { preliminary[node] - $0 } ?? 0
        } else {
          preliminary[node] = middle ?? 0
        }
        apportion(node, &defaultAncestor)
      }
      executeShifts(parent)
    }
  }

  private func middle(of node: Int) -> Double? {
    guard let first = children[node].first, let last = children[node].last else { return nil }
    return (preliminary[first] + preliminary[last]) / 2
  }

  /// Moves a subtree away from those on its left, along whose contours it is led.
  private mutating func apportion(_ node: Int, _ defaultAncestor: inout Int) {
    let siblings = children[parents[node]]
    guard places[node] > 0 else { return }
    var innerRight = node
    var outerRight = node
    var innerLeft = siblings[places[node] - 1]
    var outerLeft = siblings[0]
    var sumInnerRight = modifier[innerRight]
    var sumOuterRight = modifier[outerRight]
    var sumInnerLeft = modifier[innerLeft]
    var sumOuterLeft = modifier[outerLeft]
    while let left = rightmost(innerLeft), let right = leftmost(innerRight) {
      innerLeft = left
      innerRight = right
      outerLeft = leftmost(outerLeft) ?? outerLeft
      outerRight = rightmost(outerRight) ?? outerRight
      ancestor[outerRight] = node
      let distance =
        (preliminary[innerLeft] + sumInnerLeft) - (preliminary[innerRight] + sumInnerRight)
        + (parents[innerLeft] == parents[innerRight] ? 1 : TidyTree.cousinDistance)
      if distance > 0 {
        let lead = ancestor[innerLeft]
        let from = parents[lead] == parents[node] ? lead : defaultAncestor
        move(from, node, by: distance)
        sumInnerRight += distance
        sumOuterRight += distance
      }
      sumInnerLeft += modifier[innerLeft]
      sumInnerRight += modifier[innerRight]
      sumOuterLeft += modifier[outerLeft]
      sumOuterRight += modifier[outerRight]
    }
    if let next = rightmost(innerLeft), rightmost(outerRight) == nil {
      thread[outerRight] = next
      modifier[outerRight] += sumInnerLeft - sumOuterRight
    }
    if let next = leftmost(innerRight), leftmost(outerLeft) == nil {
      thread[outerLeft] = next
      modifier[outerLeft] += sumInnerRight - sumOuterLeft
      defaultAncestor = node
    }
  }

  private func leftmost(_ node: Int) -> Int? { children[node].first ?? thread[node] }
  private func rightmost(_ node: Int) -> Int? { children[node].last ?? thread[node] }

  /// Moves a subtree; those between it and the one it collided with share the room later.
  private mutating func move(_ left: Int, _ right: Int, by distance: Double) {
    let subtrees = Double(places[right] - places[left])
    change[right] -= distance / subtrees
    shift[right] += distance
    change[left] += distance / subtrees
    preliminary[right] += distance
    modifier[right] += distance
  }

  private mutating func executeShifts(_ parent: Int) {
    var moved = 0.0
    var changed = 0.0
    for node in children[parent].reversed() {
      preliminary[node] += moved
      modifier[node] += moved
      changed += change[node]
      moved += shift[node] + changed
    }
  }

  /// Adds up what ancestors were moved by, from the top down.
  func walkDown() -> (positions: [Double], depths: [Int]) {
    var sums = Array(repeating: 0.0, count: parents.count)
    var depths = Array(repeating: -1, count: parents.count)
    var positions = Array(repeating: 0.0, count: parents.count)
    for node in parents.indices.dropFirst() {
      let parent = parents[node]
      sums[node] = sums[parent] + modifier[parent]
      depths[node] = depths[parent] + 1
      positions[node] = preliminary[node] + sums[node]
    }
    let least = positions.dropFirst().min() ?? 0
    return (positions.dropFirst().map { $0 - least }, Array(depths.dropFirst()))
  }
}
