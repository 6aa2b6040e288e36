// The tree, live. The server says where each box stands; here it is drawn, and moves when it has to.

const tree = {
  nodes: new Map(),   // by PID: what is drawn of it
  opened: new Set(),
  revealed: null,
  seq: 0,
  width: 0,
  height: 0,
  scale: 1,
  x: 0,
  y: 0,
  isFitted: true,
  focus: null,
  selected: null,
  /** Restarts and starts to be shown as such, until when. */
  glow: new Map(),
  /** Whom a process follows that was restarted, until when that is shown. */
  followed: new Map(),
  /** Who has ended, and when that was heard. */
  ended: new Map(),
  /** Who is drawn no more: folded, or ended, of which nobody has heard yet. */
  departed: new Map(),
  query: '',
};

const shapes = {
  supervisor: 'M-6 -6h12v12h-12z',
  dynamic_supervisor: 'M0 -7.5L7.5 0L0 7.5L-7.5 0z',
  server: 'M-6 0a6 6 0 1 0 12 0a6 6 0 1 0 -12 0z',
  agent: 'M-3.5 -6h7l3.5 6l-3.5 6h-7l-3.5 -6z',
  process: 'M0 -6.5L6.5 5.5h-13z',
  unknown: 'M-4 0a4 4 0 1 0 8 0a4 4 0 1 0 -8 0z',
};
const signs = { running: '▶', waiting: '…', suspended: '‖', zombie: '✕' };

const refreshTree = new Refresher(async () => {
  const query = new URLSearchParams();
  if (tree.opened.size) query.set('open', [...tree.opened].join(','));
  if (tree.revealed) query.set('reveal', tree.revealed);
  const snapshot = await api('tree?' + query);
  drawTree(snapshot);
  if (snapshot.seq < shared.seq) refreshTree.ask();
  return snapshot.cost;
});

/** All boxes of a snapshot in one row, parents first. */
function flatten(snapshot) {
  const row = [];
  const pending = snapshot.trees.map((node) => ({ node, parent: null, level: 1 })).reverse();
  while (pending.length) {
    const { node, parent, level } = pending.pop();
    row.push({ key: node.pid, node, parent, level, place: node.place });
    if (node.hidden?.place) {
      row.push({ key: 'rest ' + node.pid, rest: node.hidden, of: node.pid, parent: node.pid, level: level + 1, place: node.hidden.place });
    }
    for (const child of [...node.children].reverse()) pending.push({ node: child, parent: node.pid, level: level + 1 });
  }
  return row;
}

function drawTree(snapshot) {
  const isFirst = tree.nodes.size === 0;
  Object.assign(tree, { seq: snapshot.seq, width: snapshot.width, height: snapshot.height });
  const row = flatten(snapshot);
  const boxes = new Map(row.map((box) => [box.key, box]));
  for (const [key, drawn] of tree.nodes) {
    if (boxes.has(key)) continue;
    if (drawn.box.node) {
      if (tree.ended.has(key)) leaveGhost(drawn);
      else tree.departed.set(key, { drawn, at: performance.now() });
    }
    drawn.element.remove();
    drawn.edge?.remove();
    tree.nodes.delete(key);
  }
  let before = null;
  for (const box of row) {
    let drawn = tree.nodes.get(box.key);
    if (!drawn) {
      drawn = makeBox(box);
      tree.nodes.set(box.key, drawn);
      if (box.node) followGhost(box);
      if (!isFirst && box.node?.age_s < 3 && !tree.glow.has(box.key)) {
        tree.glow.set(box.key, { tone: box.node.restarts > 0 ? 'reborn' : 'fresh', until: performance.now() + 3000 });
      }
    }
    if (!drawn.element.parentNode || drawn.element.previousSibling !== before) $('#nodes').insertBefore(drawn.element, before ? before.nextSibling : $('#nodes').firstChild);
    before = drawn.element;
    updateBox(drawn, box, boxes);
  }
  clearGhosts(row);
  if (!tree.nodes.has(tree.focus)) setFocusable(row[0]?.key);
  const empty = $('#tree-empty');
  empty.hidden = row.length > 0;
  if (!row.length) empty.textContent = 'No supervision tree runs. The shell’s start brings it up again.';
  markFound();
  // While ghosts show where something stood, the view stays as it is.
  if (tree.isFitted && $('#ghosts').firstChild) tree.isFitDue = true;
  else if (tree.isFitted) fit();
}

function makeBox(box) {
  const drawn = { box, since: performance.now(), element: s('g', { role: 'treeitem', tabindex: '-1', data: { key: box.key } }) };
  if (box.parent) { drawn.edge = s('path', { class: 'edge' }); $('#edges').append(drawn.edge); }
  const { element } = drawn;
  if (box.rest) {
    element.setAttribute('class', 'node rest');
    element.append(s('rect', { height: 28, y: 6, rx: 14 }), s('text', { x: 14, y: 24 }));
    const open = () => {
      // More than a picture can hold is for the table.
      if (tree.opened.has(box.of)) return showView('processes', true);
      toggleFold(box.of);
    };
    element.addEventListener('click', open);
    element.addEventListener('keydown', (event) => { if (event.key === 'Enter' || event.key === ' ') { open(); event.preventDefault(); } });
    return drawn;
  }
  drawn.process = box.node;
  element.append(
    s('title'), s('rect', { class: 'frame', height: 40 }), s('rect', { class: 'inner', x: 3, y: 3, height: 34, rx: 5 }),
    s('path', { class: 'shape', d: shapes[box.node.kind] ?? shapes.process, transform: 'translate(20 20)' }),
    s('text', { class: 'name', x: 36, y: 17 }), s('text', { class: 'notes', x: 36, y: 32 }),
    s('text', { class: 'sign', y: 17, 'text-anchor': 'end' }), s('text', { class: 'fold', y: 24 }), s('text', { class: 'application', x: 2, y: -5 }), s('text', { class: 'was', y: 17, 'text-anchor': 'end' }));
  showsProcess(element, () => drawn.process);
  element.addEventListener('click', () => { setFocusable(box.key); });
  $('.fold', element).addEventListener('click', () => toggleFold(box.key));
  return drawn;
}

/** Draws all below a process, or again only some; the process itself stays where it is. */
async function toggleFold(key) {
  const before = tree.nodes.get(key)?.box;
  if (tree.opened.has(key)) tree.opened.delete(key);
  else if (before?.node?.hidden) tree.opened.add(key);
  else return;
  tree.isFitted = false;
  await refreshTree.now();
  const after = tree.nodes.get(key)?.box;
  if (after) pan((before.place.x - after.place.x) * tree.scale, (before.place.y - after.place.y) * tree.scale);
}

function updateBox(drawn, box, boxes) {
  drawn.box = box;
  const { element } = drawn;
  const { x, y, width } = box.place;
  element.style.transform = `translate(${x}px, ${y}px)`;
  element.setAttribute('aria-level', box.level);
  if (drawn.edge) {
    const from = boxes.get(box.parent).place;
    const [x1, y1, x2, y2] = [from.x + from.width, from.y + 20, x, y + 20];
    const middle = (x1 + x2) / 2;
    drawn.edge.setAttribute('d', `M${x1} ${y1}C${middle} ${y1} ${middle} ${y2} ${x2} ${y2}`);
  }
  if (box.rest) {
    const text = `… and ${number(box.rest.children)} more`;
    $('text', element).textContent = text;
    $('rect', element).setAttribute('width', 28 + text.length * 7.6);
    element.setAttribute('aria-label', `${text}, ${number(box.rest.processes)} processes, folded`);
    return;
  }
  const { node } = box;
  drawn.process = node;
  const name = nameOf(node);
  const glow = tree.glow.get(node.pid);
  const isGlowing = glow && glow.until > performance.now();
  element.setAttribute('class', [
    'node', 'kind-' + node.kind, 'status-' + node.status, ...node.marks.map((mark) => 'mark-' + mark),
    isGlowing ? glow.tone : '', node.mailbox > 100 ? 'crowded' : '', tree.selected === node.pid ? 'selected' : '',
  ].join(' '));
  const frame = $('.frame', element);
  frame.setAttribute('width', width);
  frame.setAttribute('rx', node.kind.endsWith('supervisor') ? 8 : 20);
  $('.inner', element).setAttribute('width', Math.max(0, width - 6));
  write($('.name', element), shown(name, 60), width - 50);
  write($('.notes', element), shown(node.subtitle, 80), width - 50);
  const was = $('.was', element);
  was.setAttribute('x', width - 14);
  const followed = tree.followed.get(node.pid);
  was.textContent = followed ? `✕ ${followed.pid}` : '';
  const sign = $('.sign', element);
  sign.setAttribute('x', width - 12);
  sign.textContent = signs[node.status] && !(node.status === 'waiting' && node.kind === 'process') ? signs[node.status] : '';
  const fold = $('.fold', element);
  // In the box where there are lines behind it.
  const isOpened = tree.opened.has(node.pid);
  fold.setAttribute('x', isOpened ? width - 24 : width + 8);
  fold.setAttribute('y', isOpened ? 32 : 24);
  fold.textContent = isOpened ? '◂' : node.hidden && !node.hidden.place ? `▸ ${number(node.hidden.processes)}` : '';
  $('.application', element).textContent = node.application ? `application ${shown(node.application, 30)}` : '';
  const words = `${shown(name, 100)}, ${kindWords[node.kind]}, ${shown(node.subtitle, 200)}, ${node.status}`;
  element.setAttribute('aria-label', words);
  if (node.children.length || node.hidden) element.setAttribute('aria-expanded', String(node.children.length > 0));
  else element.removeAttribute('aria-expanded');
  $('title', element).textContent = words;
}

/** Writes a text as far as there is room for it. */
function write(element, text, room) {
  if (element.dataset.full === text) return;
  element.dataset.full = text;
  element.textContent = text;
  let length = text.length;
  while (length > 4 && element.getComputedTextLength() > room) {
    length = Math.min(length - 1, Math.ceil(length * room / element.getComputedTextLength()));
    element.textContent = text.slice(0, length - 1) + '…';
  }
}

/** What has just ended is shown where it stood, for a moment. */
function leaveGhost(drawn) {
  const ghost = drawn.element.cloneNode(true);
  ghost.removeAttribute('tabindex');
  ghost.removeAttribute('role');
  ghost.setAttribute('aria-hidden', 'true');
  ghost.setAttribute('class', drawn.element.getAttribute('class').replace(/fresh|reborn|selected/g, '') + ' ghost gone');
  Object.assign(ghost, { place: { ...drawn.box.place }, pid: drawn.box.key, process: nameOf(drawn.box.node) });
  $('#ghosts').append(ghost);
  setTimeout(() => ghost.remove(), 2600);
}

/** Who is back says itself whom it follows, in place of the ghost: in the same snapshot or in a later one. */
function followGhost(box) {
  const ghost = [...$('#ghosts').children].findLast((ghost) => ghost.process === nameOf(box.node) && ghost.pid !== box.key);
  if (!ghost) return;
  tree.followed.set(box.key, { pid: ghost.pid, until: performance.now() + 3500 });
  ghost.remove();
}

/** Moves ghosts out from behind boxes that stand there now. */
function clearGhosts(row) {
  for (const ghost of [...$('#ghosts').children].slice(-100)) {
    const { place } = ghost;
    const covering = row.filter((box) => Math.abs(box.place.y - place.y) < 40 && box.place.x < place.x + place.width && box.place.x + box.place.width > place.x);
    if (!covering.length) continue;
    place.x = Math.max(...covering.map((box) => box.place.x + box.place.width)) + 28;
    ghost.style.transform = `translate(${place.x}px, ${place.y}px)`;
  }
}

/** An event that the picture can show before the next snapshot comes. */
function noteInTree(event) {
  if (event.event === 'exited') {
    tree.nodes.get(event.pid)?.element.classList.add('gone');
    tree.opened.delete(event.pid);
    tree.ended.set(event.pid, performance.now());
    const left = tree.departed.get(event.pid);
    if (left) {
      // The picture was faster than the event.
      tree.departed.delete(event.pid);
      leaveGhost(left.drawn);
      const boxes = new Map([...tree.nodes].map(([key, drawn]) => [key, drawn.box]));
      const follower = [...tree.nodes.values()].find(({ box, since }) => box.node && since >= left.at && nameOf(box.node) === nameOf(left.drawn.box.node));
      if (follower) {
        followGhost(follower.box);
        updateBox(follower, follower.box, boxes);
      }
      clearGhosts([...boxes.values()]);
    }
  }
  if (event.event === 'started') {
    tree.glow.set(event.pid, { tone: event.restart ? 'reborn' : 'fresh', until: performance.now() + 3000 });
    if (tree.glow.size > 2000) tree.glow.delete(tree.glow.keys().next().value);
  }
}

setInterval(() => {
  const now = performance.now();
  for (const [pid, at] of tree.ended) if (at < now - 30000) tree.ended.delete(pid);
  for (const [pid, left] of tree.departed) if (left.at < now - 3000) tree.departed.delete(pid);
  for (const [pid, glow] of tree.glow) {
    if (glow.until > now) continue;
    tree.glow.delete(pid);
    tree.nodes.get(pid)?.element.classList.remove('fresh', 'reborn');
  }
  for (const [pid, followed] of tree.followed) {
    if (followed.until > now) continue;
    tree.followed.delete(pid);
    const drawn = tree.nodes.get(pid);
    if (drawn) $('.was', drawn.element).textContent = '';
  }
  if (tree.isFitted && tree.isFitDue && !$('#ghosts').firstChild) fit();
}, 500);
