// Looking at the tree: pan and zoom, the keys, search.

const stage = $('#stage');

function applyView() {
  $('#world').style.transform = `translate(${tree.x}px, ${tree.y}px) scale(${tree.scale})`;
}

function fit() {
  const { clientWidth, clientHeight } = stage;
  if (!clientWidth || !tree.width) return;
  tree.isFitted = true;
  tree.isFitDue = false;
  // Small boxes can't be read: then the beginning is shown, and the rest is reached by panning.
  tree.scale = Math.min(1.25, Math.max(0.6, Math.min(clientWidth / (tree.width + 60), clientHeight / (tree.height + 20))));
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
  if (event.key === 'ArrowRight' && !child && box.node?.hidden) toggleFold(tree.focus);
  else if (event.key === 'ArrowLeft' && tree.opened.has(tree.focus)) toggleFold(tree.focus);
  else if (go) focusBox(go);
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
