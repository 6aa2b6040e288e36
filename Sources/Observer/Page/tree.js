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
    if (drawn.box.node) leaveGhost(drawn);
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
      if (!isFirst && box.node && !tree.glow.has(box.key)) {
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
  const drawn = { box, element: s('g', { role: 'treeitem', tabindex: '-1', data: { key: box.key } }) };
  if (box.parent) { drawn.edge = s('path', { class: 'edge' }); $('#edges').append(drawn.edge); }
  const { element } = drawn;
  if (box.rest) {
    element.setAttribute('class', 'node rest');
    element.append(s('rect', { height: 28, y: 6, rx: 14 }), s('text', { x: 14, y: 24 }));
    const open = () => {
      // More than a picture can hold is for the table.
      if (tree.opened.has(box.of)) return showView('processes', true);
      tree.opened.add(box.of);
      tree.isFitted = false;
      refreshTree.askNow();
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
  return drawn;
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
  fold.setAttribute('x', width + 8);
  fold.textContent = node.hidden && !node.hidden.place ? `▸ ${number(node.hidden.processes)}` : '';
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
  const ghost = [...$('#ghosts').children].findLast((ghost) => ghost.process === nameOf(box.node));
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
  }
  if (event.event === 'started') {
    tree.glow.set(event.pid, { tone: event.restart ? 'reborn' : 'fresh', until: performance.now() + 3000 });
    if (tree.glow.size > 2000) tree.glow.delete(tree.glow.keys().next().value);
  }
}

setInterval(() => {
  const now = performance.now();
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

// Looking around

const stage = $('#stage');

function applyView() {
  $('#world').style.transform = `translate(${tree.x}px, ${tree.y}px) scale(${tree.scale})`;
}

function fit() {
  const { clientWidth, clientHeight } = stage;
  if (!clientWidth || !tree.width) return;
  tree.isFitted = true;
  tree.isFitDue = false;
  tree.scale = Math.min(1.25, Math.max(0.08, Math.min(clientWidth / (tree.width + 60), clientHeight / (tree.height + 20))));
  // Small boxes can't be read: then the beginning is shown, and the rest is reached by panning.
  tree.scale = Math.max(tree.scale, 0.6);
  tree.x = Math.max(0, (clientWidth - tree.width * tree.scale) / 2 - 10);
  tree.y = (clientHeight - tree.height * tree.scale) / 2 - 10;
  if (tree.y < 0) {
    // The first root in the middle, or as near to that as there is something above it.
    const root = $('#nodes').firstChild;
    const y = (root && tree.nodes.get(root.dataset.key)?.box.place.y) ?? 0;
    tree.y = Math.min(0, clientHeight / 2 - y * tree.scale);
  }
  applyView();
}

function zoom(factor, x = stage.clientWidth / 2, y = stage.clientHeight / 2) {
  const scale = Math.min(4, Math.max(0.05, tree.scale * factor));
  tree.x = x - (x - tree.x) * (scale / tree.scale);
  tree.y = y - (y - tree.y) * (scale / tree.scale);
  tree.scale = scale;
  tree.isFitted = false;
  applyView();
}

function pan(x, y) {
  tree.x += x;
  tree.y += y;
  tree.isFitted = false;
  applyView();
}

stage.addEventListener('wheel', (event) => {
  event.preventDefault();
  const box = stage.getBoundingClientRect();
  if (event.ctrlKey || event.metaKey) zoom(Math.exp(-event.deltaY / 180), event.clientX - box.left, event.clientY - box.top);
  else pan(-event.deltaX, -event.deltaY);
}, { passive: false });

const pointers = new Map();
stage.addEventListener('pointerdown', (event) => {
  if (event.button !== 0) return;
  pointers.set(event.pointerId, event);
  if (!event.target.closest('.node')) stage.setPointerCapture(event.pointerId);
});
stage.addEventListener('pointermove', (event) => {
  const before = pointers.get(event.pointerId);
  if (!before) return;
  if (pointers.size === 1) pan(event.clientX - before.clientX, event.clientY - before.clientY);
  else {
    const other = [...pointers.values()].find((pointer) => pointer.pointerId !== event.pointerId);
    const far = (pointer) => Math.hypot(pointer.clientX - other.clientX, pointer.clientY - other.clientY) || 1;
    const box = stage.getBoundingClientRect();
    zoom(far(event) / far(before), (event.clientX + other.clientX) / 2 - box.left, (event.clientY + other.clientY) / 2 - box.top);
  }
  pointers.set(event.pointerId, event);
});
for (const name of ['pointerup', 'pointercancel', 'pointerleave']) stage.addEventListener(name, (event) => pointers.delete(event.pointerId));

$('#zoom-in').onclick = () => zoom(1.25);
$('#zoom-out').onclick = () => zoom(0.8);
$('#zoom-fit').onclick = fit;
new ResizeObserver(() => { if (tree.isFitted) fit(); }).observe(stage);

/** Brings a box into view. */
function centre(key) {
  const place = tree.nodes.get(key)?.box.place;
  if (!place) return;
  const [left, top] = [place.x * tree.scale + tree.x, place.y * tree.scale + tree.y];
  const [width, height] = [place.width * tree.scale, 40 * tree.scale];
  if (left >= 0 && top >= 0 && left + width <= stage.clientWidth && top + height <= stage.clientHeight) return;
  pan(stage.clientWidth / 2 - left - width / 2, stage.clientHeight / 2 - top - height / 2);
}

// By the keys

function setFocusable(key) {
  tree.nodes.get(tree.focus)?.element.setAttribute('tabindex', '-1');
  tree.focus = key ?? null;
  tree.nodes.get(tree.focus)?.element.setAttribute('tabindex', '0');
}

function focusBox(key) {
  if (!tree.nodes.has(key)) return;
  setFocusable(key);
  tree.nodes.get(key).element.focus({ preventScroll: true });
  centre(key);
}

$('#picture').addEventListener('keydown', (event) => {
  const keys = [...$('#nodes').children].map((element) => element.dataset.key);
  const place = keys.indexOf(tree.focus);
  const box = tree.nodes.get(tree.focus)?.box;
  if (!box) return;
  const child = keys.find((key) => tree.nodes.get(key).box.parent === tree.focus);
  const go = { ArrowDown: keys[place + 1], ArrowUp: keys[place - 1], ArrowLeft: box.parent, ArrowRight: child, Home: keys[0], End: keys.at(-1) }[event.key];
  if (event.key === 'ArrowRight' && !child && box.node?.hidden) { tree.opened.add(tree.focus); refreshTree.askNow(); }
  if (go) focusBox(go);
  if (event.key.startsWith('Arrow') || event.key === 'Home' || event.key === 'End') event.preventDefault();
});

// Search

function markFound() {
  const words = tree.query.toLowerCase();
  let found = 0;
  let first = null;
  for (const [key, drawn] of tree.nodes) {
    const { node } = drawn.box;
    const isFound = words !== '' && node != null && `${nameOf(node)} ${node.pid} ${node.kind} ${node.role ?? ''}`.toLowerCase().includes(words);
    drawn.element.classList.toggle('found', isFound);
    drawn.element.classList.toggle('dimmed', words !== '' && !isFound);
    if (isFound) { found += 1; first ??= key; }
  }
  return { found, first };
}

const searchTree = new Refresher(async () => {
  const { found, first } = markFound();
  const label = $('#tree-found');
  tree.revealed = null;
  if (tree.query === '') { label.textContent = ''; refreshTree.askNow(); return 0; }
  if (found) {
    label.textContent = `${number(found)} found`;
    centre(first);
    setFocusable(first);
    return 0;
  }
  // Perhaps in what is folded: the server knows.
  const table = await api('processes?limit=5&filter=' + encodeURIComponent(tree.query));
  label.textContent = table.matching ? `${number(table.matching)} found` : 'nothing found';
  if (table.matching) {
    tree.revealed = table.processes.map((process) => process.pid).join(',');
    await refreshTree.now();
    centre(table.processes[0].pid);
    setFocusable(table.processes[0].pid);
  }
  return table.cost;
}, { least: 150 });

$('#tree-search').addEventListener('input', (event) => { tree.query = event.target.value.trim(); searchTree.askNow(); });
$('#tree-search').addEventListener('keydown', (event) => {
  if (event.key === 'Enter' && tree.focus) focusBox(tree.focus);
});

/** Shows the tree, with this process in the middle. */
async function showInTree(pid) {
  showView('tree');
  if (!tree.nodes.has(pid)) {
    tree.revealed = pid;
    await refreshTree.now();
  }
  tree.isFitted = false;
  focusBox(pid);
}

$('#legend').append(...Object.entries({ supervisor: 'supervisor', dynamic_supervisor: 'dynamic', server: 'server', agent: 'agent', process: 'process' })
  .map(([kind, word]) => h('span', {}, s('svg', { viewBox: '-9 -9 18 18', width: 13, height: 13, class: 'kind-' + kind }, s('path', { class: 'shape', d: shapes[kind] })), word)));
